using System.Net.Sockets;
using Triptych.Collect.Instruments;
using Triptych.Ingest;
using Triptych.Ingest.Intake;
using Triptych.Primitives.Memory;

namespace Triptych.Collect.Syslog;

/// <summary>
/// Takes syslog messages on the configured ports. Life: construct, which binds the ports → <see cref="Start"/> → dispose. What a connection brought is appended
/// and durable before more is read from it, so that a store that takes nothing slows senders down rather than filling memory. UDP's datagrams wait in the
/// system's buffer meanwhile, and are lost where that is full, as is UDP's way.
/// </summary>
public sealed class SyslogServer : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<SyslogPort> _ports = [];
    private readonly List<Task> _running = [];

    /// <summary>Binds the ports.</summary>
    /// <param name="options">Which.</param>
    /// <param name="intake">Limits of log records.</param>
    /// <param name="frontDoor">Where messages go.</param>
    /// <param name="budget">What messages on their way are charged to.</param>
    /// <param name="time">The clock.</param>
    /// <param name="events">What there is to tell.</param>
    /// <exception cref="IOException">A port cannot be had, or a certificate not be read; the message names it.</exception>
    public SyslogServer(
        IReadOnlyList<SyslogOptions> options, LogIntakeOptions intake, FrontDoor frontDoor, MemoryBudget budget, TimeProvider time, ICollectEvents events)
    {
        try
        {
            foreach (var port in options) _ports.Add(Open(port, new SyslogIntake(port, intake, frontDoor, budget, time, events)));
        }
        catch
        {
            foreach (var port in _ports) port.Dispose();
            throw;
        }
    }

    /// <summary>Begins to take messages.</summary>
    public void Start()
    {
        foreach (var port in _ports) _running.Add(Task.Run(() => port.RunAsync(_stop.Token)));
    }

    /// <summary>Stops and waits for what is under way.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
        foreach (var port in _ports) port.Dispose();
        _stop.Dispose();
    }

    private static SyslogPort Open(SyslogOptions options, SyslogIntake intake)
    {
        try
        {
            return options.Transport == SyslogTransport.Udp ? new SyslogUdpPort(options, intake) : new SyslogTcpPort(options, intake);
        }
        catch (SocketException e)
        {
            throw new IOException($"syslog port {options.Port} on {options.Address} cannot be opened ({e.Message}): set another in logs.syslog", e);
        }
    }
}

/// <summary>An open port.</summary>
internal abstract class SyslogPort : IDisposable
{
    /// <summary>Takes messages until cancelled; ends without an exception then.</summary>
    public abstract Task RunAsync(CancellationToken stop);

    /// <inheritdoc/>
    public abstract void Dispose();
}
