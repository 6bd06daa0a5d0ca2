using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Triptych.Collect.Syslog;

/// <summary>Connections of TCP, within TLS where the options say so.</summary>
internal sealed class SyslogTcpPort : SyslogPort
{
    private const int Backlog = 512;
    private static readonly TimeSpan HandshakeTime = TimeSpan.FromSeconds(10);

    private readonly SyslogOptions _options;
    private readonly SyslogIntake _intake;
    private readonly Socket _socket;
    private readonly SslServerAuthenticationOptions? _tls;
    private readonly ConcurrentDictionary<Task, bool> _connections = new();

    /// <summary>Binds the port.</summary>
    /// <exception cref="IOException">A certificate cannot be read.</exception>
    public SyslogTcpPort(SyslogOptions options, SyslogIntake intake)
    {
        _options = options;
        _intake = intake;
        _tls = options.Transport == SyslogTransport.Tls ? SyslogCertificates.Load(options) : null;
        _socket = new Socket(options.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            _socket.Bind(new IPEndPoint(options.Address, options.Port));
            _socket.Listen(Backlog);
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
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var connection = await _socket.AcceptAsync(stop);
                Serve(connection, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                break;
            }
            catch (SocketException e)
            {
                // Out of file handles, or a connection that was gone before it was accepted.
                _intake.Refuse("connection_failed", e.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(100), _intake.Time, CancellationToken.None);
            }
        }

        await Task.WhenAll(_connections.Keys);
    }

    /// <inheritdoc/>
    public override void Dispose() => _socket.Dispose();

    private void Serve(Socket connection, CancellationToken stop)
    {
        if (_connections.Count >= _options.MaxConnections)
        {
            _intake.Refuse("too_many_connections", $"there are {_options.MaxConnections} connections already");
            connection.Dispose();
            return;
        }

        var task = Task.Run(() => ServeAsync(connection, stop), CancellationToken.None);
        _connections[task] = true;
        _ = task.ContinueWith(done => _connections.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private async Task ServeAsync(Socket socket, CancellationToken stop)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await using var idle = _intake.Time.CreateTimer(
            static source => ((CancellationTokenSource)source!).Cancel(), ended, HandshakeTime, Timeout.InfiniteTimeSpan);
        try
        {
            var address = ((IPEndPoint)socket.RemoteEndPoint!).Address.ToString();
            await using var network = new NetworkStream(socket, ownsSocket: true);
            await using var tls = _tls is null ? null : new SslStream(network, leaveInnerStreamOpen: true);
            if (tls is not null) await tls.AuthenticateAsServerAsync(_tls!, ended.Token);
            using var connection = new SyslogConnection(_intake, _options.MaxMessageLength, address);
            await connection.RunAsync((Stream?)tls ?? network, () => idle.Change(_options.IdleTimeout, Timeout.InfiniteTimeSpan), ended.Token, stop);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // Stopping, or nothing was said for too long.
        }
        catch (AuthenticationException e)
        {
            _intake.Refuse("tls", e.Message);
        }
        catch (IOException e)
        {
            _intake.Refuse("connection_failed", e.Message);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _intake.Events.LoopFailed("syslog over tcp", e);
        }
    }
}
