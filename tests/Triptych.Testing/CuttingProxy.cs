using System.Net;
using System.Net.Sockets;

namespace Triptych.Testing;

/// <summary>Where a <see cref="CuttingProxy"/> cuts a connection to PostgreSQL, once.</summary>
public enum Cut
{
    /// <summary>Nowhere.</summary>
    None,

    /// <summary>The server never sees the COMMIT.</summary>
    BeforeCommit,

    /// <summary>The server has committed, and its answer is lost.</summary>
    AfterCommit,
}

/// <summary>A TCP proxy on loopback that loses connections to PostgreSQL at chosen moments.</summary>
public sealed class CuttingProxy : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Lock _gate = new();
    private readonly List<Socket> _open = [];
    private readonly int _serverPort;
    private Cut _next;

    public CuttingProxy(int serverPort)
    {
        _serverPort = serverPort;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _ = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Whether new connections are closed at once.</summary>
    public bool IsDown { get; set; }

    /// <summary>How many connections were cut.</summary>
    public int Cuts { get; private set; }

    /// <summary>What happens to the next COMMIT.</summary>
    public void CutNext(Cut cut)
    {
        lock (_gate)
            _next = cut;
    }

    /// <summary>Loses all connections now.</summary>
    public void CutAll()
    {
        lock (_gate)
        {
            foreach (var socket in _open)
                socket.Dispose();
            _open.Clear();
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        CutAll();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }

            var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            if (IsDown)
            {
                client.Dispose();
                continue;
            }

            await server.ConnectAsync(IPAddress.Loopback, _serverPort);
            lock (_gate)
                _open.AddRange([client, server]);
            var pair = new Pair(client, server);
            _ = PumpAsync(pair, client, server, fromClient: true);
            _ = PumpAsync(pair, server, client, fromClient: false);
        }
    }

    private async Task PumpAsync(Pair pair, Socket from, Socket to, bool fromClient)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var count)
            {
                var isCommit = buffer.AsSpan(0, count).IndexOf("COMMIT\0"u8) >= 0;
                if (isCommit && fromClient && Take(Cut.BeforeCommit))
                    break;
                if (isCommit && fromClient && Take(Cut.AfterCommit))
                    pair.LosesAnswer = true;
                if (isCommit && !fromClient && pair.LosesAnswer)
                    break;
                for (var sent = 0; sent < count;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // One side is gone: so is the other.
        }

        pair.Client.Dispose();
        pair.Server.Dispose();
    }

    private bool Take(Cut cut)
    {
        lock (_gate)
        {
            if (_next != cut)
                return false;
            _next = Cut.None;
            Cuts++;
            return true;
        }
    }

    private sealed record Pair(Socket Client, Socket Server)
    {
        public bool LosesAnswer { get; set; }
    }
}
