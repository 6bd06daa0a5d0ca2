using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Triptych.S3.Tests;

/// <summary>What becomes of a request on its way through a <see cref="FaultProxy"/>.</summary>
public sealed record ProxyFault
{
    /// <summary>Answer this status and S3 error code instead of passing it on.</summary>
    public (int Status, string Code)? Answer { get; init; }

    /// <summary>Never answer.</summary>
    public bool Stall { get; init; }

    /// <summary>Pass it on, and close the connection instead of handing over the answer.</summary>
    public bool LoseAnswer { get; init; }

    /// <summary>Close the connection after so many bytes of the answer, its head included.</summary>
    public long? CutAnswerAfterBytes { get; init; }

    /// <summary>Close both connections after so many bytes of the body.</summary>
    public long? CutRequestAfterBytes { get; init; }
}

/// <summary>Stands between a client and a gateway, one request per connection, and does to each what the test says.</summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private readonly int _gatewayPort;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<string> _requests = [];
    private readonly Task _accepting;
    private bool _isDisposed;

    public FaultProxy(int gatewayPort)
    {
        _gatewayPort = gatewayPort;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Endpoint => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>Asked with "METHOD target" for each request; null passes it on whole.</summary>
    public Func<string, ProxyFault?> Fault { get; set; } = static _ => null;

    /// <summary>"METHOD target" of each request so far.</summary>
    public IReadOnlyList<string> Requests
    {
        get
        {
            lock (_requests) return [.. _requests];
        }
    }

    /// <summary>From then on connections are refused.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true) connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
        }

        await Task.WhenAll(connections);
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var _ = client;
        try
        {
            var stream = client.GetStream();
            var head = await ReadHeadAsync(stream);
            if (head.Length == 0) return;
            var request = string.Join(' ', head.Split(' ', 3).Take(2));
            lock (_requests) _requests.Add(request);
            var fault = Fault(request) ?? new ProxyFault();
            if (fault.Stall) await Task.Delay(Timeout.Infinite, _stop.Token);
            if (fault.Answer is { } answer) await stream.WriteAsync(AnswerOf(answer.Status, answer.Code), _stop.Token);
            else await PassOnAsync(client, head, fault);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One of the two went away, or the test is over: the connection ends.
        }
    }

    private async Task PassOnAsync(TcpClient client, string head, ProxyFault fault)
    {
        using var gateway = new TcpClient();
        await gateway.ConnectAsync(IPAddress.Loopback, _gatewayPort, _stop.Token);
        var (near, far) = (client.GetStream(), gateway.GetStream());
        await far.WriteAsync(Encoding.ASCII.GetBytes(head[..^2] + "Connection: close\r\n\r\n"), _stop.Token);
        var up = CopyAsync(near, far, fault.CutRequestAfterBytes ?? long.MaxValue, closesBoth: fault.CutRequestAfterBytes is not null ? [client, gateway] : []);
        if (fault.LoseAnswer)
        {
            // "100 Continue" is no answer yet: without it the body would not come.
            var interim = await ReadHeadAsync(far);
            if (interim.StartsWith("HTTP/1.1 100", StringComparison.Ordinal))
            {
                await near.WriteAsync(Encoding.ASCII.GetBytes(interim), _stop.Token);
                await ReadHeadAsync(far);
            }
        }
        else
        {
            await CopyAsync(far, near, fault.CutAnswerAfterBytes ?? long.MaxValue, closesBoth: []);
        }

        client.Close();
        gateway.Close();
        await up;
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, long limit, TcpClient[] closesBoth)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            for (long done = 0; done < limit;)
            {
                var read = await from.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, limit - done)), _stop.Token);
                if (read == 0) return;
                await to.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
                done += read;
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The other direction ended the connection.
        }

        foreach (var connection in closesBoth) connection.Close();
    }

    // Byte by byte, so that nothing behind the head is lost.
    private async Task<string> ReadHeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!(head.Length >= 4 && head[^1] == '\n' && head[^2] == '\r' && head[^3] == '\n' && head[^4] == '\r'))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0) return "";
            head.Append((char)one[0]);
        }

        return head.ToString();
    }

    private static byte[] AnswerOf(int status, string code)
    {
        var body = $"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>as the test says</Message></Error>";
        return Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"HTTP/1.1 {status} {code}\r\nContent-Type: application/xml\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"));
    }
}
