using System.Net;
using System.Net.Sockets;

namespace Triptych.Testing;

/// <summary>
/// TCP ports of loopback for servers that are told which to listen on, often long after they were chosen and again after a restart. A port that is only
/// found free at one moment can be anybody's at the next: the kernel gives those of its own range to each connection that is made, and two that look at the
/// same time find the same one. These lie below that range, and the UDP port of the same number, taken for as long as the lease lasts, keeps
/// other leases away, also those of other processes.
/// </summary>
public sealed class PortLease : IDisposable
{
    // The kernel's own range begins at 32768; the Ceph cluster of the tests takes ports from 20000 on.
    private const int First = 10_000;
    private const int End = 20_000;
    private const int MostTries = 10_000;
    private readonly List<Socket> _leases = [];

    /// <summary>Takes ports at random.</summary>
    public PortLease(int count)
    {
        var ports = new List<int>();
        for (var tries = 0; ports.Count < count; tries++)
        {
            if (tries == MostTries)
                throw new InvalidOperationException($"no {count} ports are free between {First} and {End}");
            var port = Random.Shared.Next(First, End);
            if (TryBind(port, ProtocolType.Udp) is not { } lease)
                continue;
            using var probe = TryBind(port, ProtocolType.Tcp);
            if (probe is null)
            {
                lease.Dispose();
                continue;
            }

            _leases.Add(lease);
            ports.Add(port);
        }

        Ports = ports;
    }

    /// <summary>The ports.</summary>
    public IReadOnlyList<int> Ports { get; }

    /// <summary>Gives them back.</summary>
    public void Dispose()
    {
        foreach (var lease in _leases)
            lease.Dispose();
    }

    private static Socket? TryBind(int port, ProtocolType protocol)
    {
        var socket = new Socket(AddressFamily.InterNetwork, protocol == ProtocolType.Udp ? SocketType.Dgram : SocketType.Stream, protocol);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return socket;
        }
        catch (SocketException)
        {
            // Somebody else's.
            socket.Dispose();
            return null;
        }
    }
}
