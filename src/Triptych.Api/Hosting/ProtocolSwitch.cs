using System.Buffers;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Triptych.Api.Hosting;

/// <summary>
/// Lets one cleartext port answer HTTP/1.1 and prior-knowledge HTTP/2 (gRPC, h2c), which Kestrel does not do by itself.
/// A listener that only speaks HTTP/2 (a Unix socket nobody is told of) gives its pipeline to this object; each real listener speaks HTTP/1.1, looks at the
/// first bytes of a connection without consuming them, and hands a connection that begins with HTTP/2's preface to that pipeline. No copy, no proxy.
/// </summary>
public sealed class ProtocolSwitch
{
    private static readonly TimeSpan PrefaceTimeout = TimeSpan.FromSeconds(10);

    private ConnectionDelegate? _http2;

    // RFC 9113, section 3.4.
    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <summary>Takes the HTTP/2 pipeline of a listener.</summary>
    public void TakeHttp2Pipeline(ListenOptions listener)
    {
        listener.Protocols = HttpProtocols.Http2;
        listener.Use(next =>
        {
            _http2 = next;
            return next;
        });
    }

    /// <summary>Makes a listener answer both protocols.</summary>
    public void Attach(ListenOptions listener)
    {
        listener.Protocols = HttpProtocols.Http1;
        listener.Use(next => connection => ChooseAsync(connection, next));
    }

    private async Task ChooseAsync(ConnectionContext connection, ConnectionDelegate http1)
    {
        bool isHttp2;
        using (var timeout = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed))
        {
            timeout.CancelAfter(PrefaceTimeout);
            try
            {
                isHttp2 = await BeginsWithPrefaceAsync(connection, timeout.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or ConnectionResetException or ConnectionAbortedException)
            {
                // The client went away, or never said which protocol it speaks.
                connection.Abort();
                return;
            }
        }

        await (isHttp2 && _http2 is not null ? _http2(connection) : http1(connection));
    }

    private static async ValueTask<bool> BeginsWithPrefaceAsync(ConnectionContext connection, CancellationToken cancellationToken)
    {
        var input = connection.Transport.Input;
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            var verdict = Compare(read.Buffer);
            if (verdict is not null || read.IsCompleted)
            {
                // Examined up to the start only, so that the pipeline's first read returns at once with the same bytes.
                input.AdvanceTo(read.Buffer.Start);
                return verdict ?? false;
            }

            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static bool? Compare(ReadOnlySequence<byte> received)
    {
        Span<byte> first = stackalloc byte[24];
        var length = (int)Math.Min(received.Length, Preface.Length);
        received.Slice(0, length).CopyTo(first);
        if (!Preface.StartsWith(first[..length])) return false;
        return length == Preface.Length ? true : null;
    }
}
