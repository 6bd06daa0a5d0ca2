using System.Net;
using System.Net.Sockets;
using System.Text;
using Triptych.Ingest;
using Triptych.Model.Logs;
using Triptych.Primitives.Memory;

namespace Triptych.Collect.Syslog;

/// <summary>Messages as datagrams. What has arrived meanwhile is appended together.</summary>
internal sealed class SyslogUdpPort : SyslogPort
{
    private const int LargestDatagram = 64 * 1024;
    private const int SystemBufferBytes = 4 * 1024 * 1024;
    private const int MostDatagramsInBatch = 4096;

    private readonly SyslogOptions _options;
    private readonly SyslogIntake _intake;
    private readonly Socket _socket;

    /// <summary>Binds the port.</summary>
    public SyslogUdpPort(SyslogOptions options, SyslogIntake intake)
    {
        _options = options;
        _intake = intake;
        _socket = new Socket(options.Address.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = SystemBufferBytes };
        try
        {
            _socket.Bind(new IPEndPoint(options.Address, options.Port));
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override async Task RunAsync(CancellationToken stop)
    {
        using var buffer = PooledBytes.Rent(LargestDatagram);
        using var batch = new LogBatch(_intake.Budget);
        var outcome = new DecodeOutcome();
        using var decoder = _intake.NewDecoder(batch, outcome);
        var anyone = new IPEndPoint(_options.Address.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                for (var count = 0; count == 0 || (_socket.Available > 0 && count < MostDatagramsInBatch); count++)
                {
                    var received = await _socket.ReceiveFromAsync(buffer.Memory, SocketFlags.None, anyone, stop);
                    Take(decoder, outcome, buffer.Span[..received.ReceivedBytes], (IPEndPoint)received.RemoteEndPoint);
                }

                await _intake.AppendAsync(batch, outcome, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (MemoryBudgetExceededException e)
            {
                _intake.Refuse("memory_limit", $"{batch.Entries.Length} messages: {e.Message}");
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                _intake.Events.LoopFailed("syslog over udp", e);
                await Task.Delay(TimeSpan.FromSeconds(1), _intake.Time, CancellationToken.None);
            }

            batch.Clear();
            outcome.Clear();
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _socket.Dispose();

    private void Take(Ingest.Syslog.SyslogDecoder decoder, DecodeOutcome outcome, ReadOnlySpan<byte> message, IPEndPoint sender)
    {
        if (message.Length > _options.MaxMessageLength)
        {
            outcome.Refuse("line_too_long", $"a message of {message.Length} bytes is longer than {_options.MaxMessageLength} bytes");
            return;
        }

        decoder.Take(message, _intake.Time.GetUtcNow(), Encoding.ASCII.GetBytes(sender.Address.ToString()));
    }
}
