using System.Net.WebSockets;
using Triptych.LogQL.Tailing;

namespace Triptych.Api.Loki.Tail;

/// <summary>
/// One client of a tail: frames go out as text messages; what comes in is read and forgotten, so that its pongs and its closing are seen. Ends when the client
/// goes, reads too slowly, is silent, has had its time, or the server stops.
/// </summary>
internal sealed class TailSession(WebSocket socket, LogTail tail, TailFrameWriter writer, LogTailOptions options, TimeProvider time)
{
    private static readonly TimeSpan CloseWait = TimeSpan.FromSeconds(1);

    /// <summary>Sends the lines that the client asked for from before, if any, then what comes.</summary>
    /// <param name="backlog">Oldest first.</param>
    /// <param name="stopping">The server stops.</param>
    public async Task RunAsync(TailFrame backlog, CancellationToken stopping)
    {
        using var limit = new CancellationTokenSource(options.MaxDuration, time);
        using var gone = new CancellationTokenSource();
        using var any = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, gone.Token, stopping);
        var receiving = ReceiveAsync(gone);
        try
        {
            await SendAllAsync(backlog, any.Token);
        }
        catch (OperationCanceledException) when (any.IsCancellationRequested)
        {
            if (gone.IsCancellationRequested) await CloseAsync(receiving, WebSocketCloseStatus.NormalClosure, "");
            else if (stopping.IsCancellationRequested) await CloseAsync(receiving, WebSocketCloseStatus.EndpointUnavailable, "the server is stopping");
            else await CloseAsync(receiving, WebSocketCloseStatus.NormalClosure, "reached tail max duration limit");
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException)
        {
            // The client is gone, or did not read what was sent in its time: nobody is left to be told.
            socket.Abort();
        }

        await receiving;
    }

    private async Task SendAllAsync(TailFrame backlog, CancellationToken cancellationToken)
    {
        if (backlog.Lines.Count > 0) await SendAsync(backlog);
        while (true) await SendAsync(await tail.NextAsync(cancellationToken));
    }

    private async Task SendAsync(TailFrame frame)
    {
        var message = writer.Write(frame);
        using var slow = new CancellationTokenSource(options.ClientTimeout, time);
        await socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, slow.Token);
    }

    private async Task ReceiveAsync(CancellationTokenSource gone)
    {
        var buffer = new byte[512];
        try
        {
            while (socket.State is WebSocketState.Open or WebSocketState.CloseSent)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                if (received.MessageType == WebSocketMessageType.Close) break;
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException)
        {
            // As good as closed.
        }

        await gone.CancelAsync();
    }

    private async Task CloseAsync(Task receiving, WebSocketCloseStatus status, string reason)
    {
        using var slow = new CancellationTokenSource(options.ClientTimeout, time);
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived) await socket.CloseOutputAsync(status, reason, slow.Token);
            // A client that does not close as well is not waited for.
            await receiving.WaitAsync(CloseWait, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException)
        {
            // It went first.
        }

        socket.Abort();
    }
}
