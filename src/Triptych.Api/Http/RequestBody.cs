using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Triptych.Primitives.Compression;
using Triptych.Primitives.Memory;

namespace Triptych.Api.Http;

/// <summary>
/// Reads a request's body into one piece of memory outside the garbage collector's heap, decompressing as it goes. Every byte is taken from the budget of bytes
/// in flight before it is written, and the size after decompression is bounded, so that a compression bomb ends with a 413 after at most
/// <see cref="IngestLimits.MaxBodyBytes"/>.
/// </summary>
public static class RequestBody
{
    private const int FirstBytes = 16 * 1024;

    // What a header promises is no reason to hold the budget for bytes that may never come: beyond this, room is taken as they arrive.
    private const int MostBytesOnPromise = 1024 * 1024;

    /// <summary>Reads the body as its <c>Content-Encoding</c> says: identity, gzip, deflate, zstd, and snappy's block format.</summary>
    /// <returns>The bytes, which the caller disposes, or what is wrong.</returns>
    public static async ValueTask<(PooledBytes? Bytes, BodyError? Error)> ReadAsync(
        HttpRequest request, IngestLimits limits, CancellationToken cancellationToken)
    {
        if (request.Headers.ContentEncoding.Count > 1) return (null, new BodyError(415, "several content encodings are not supported"));
        var encoding = request.Headers.ContentEncoding.ToString().Trim().ToLowerInvariant();
        if (encoding == "snappy") return await ReadSnappyAsync(request, limits, cancellationToken);
        return await ReadAsync(request.Body, encoding, request.ContentLength, limits, cancellationToken);
    }

    /// <summary>
    /// Reads snappy's block format, which remote write and Loki's protobuf push use also where their headers do not say so; another
    /// <c>Content-Encoding</c> stands around it.
    /// </summary>
    public static async ValueTask<(PooledBytes? Bytes, BodyError? Error)> ReadSnappyAsync(
        HttpRequest request, IngestLimits limits, CancellationToken cancellationToken)
    {
        if (request.Headers.ContentEncoding.Count > 1) return (null, new BodyError(415, "several content encodings are not supported"));
        var around = request.Headers.ContentEncoding.ToString().Trim().ToLowerInvariant();
        var (compressed, error) = await ReadAsync(request.Body, around == "snappy" ? "" : around, request.ContentLength, limits, cancellationToken);
        if (compressed is null) return (null, error);
        using (compressed)
        {
            return DecompressSnappy(compressed.Span, limits);
        }
    }

    /// <summary>Reads a stream that is compressed in the given way, <paramref name="knownLength"/> bytes as sent where that is known.</summary>
    public static async ValueTask<(PooledBytes? Bytes, BodyError? Error)> ReadAsync(
        Stream source, string encoding, long? knownLength, IngestLimits limits, CancellationToken cancellationToken)
    {
        if (knownLength > limits.MaxCompressedBytes) return (null, TooLarge(limits.MaxCompressedBytes, "as sent"));
        var tail = encoding is "gzip" or "deflate" ? new CompressedTail(source) : null;
        Stream? decoder = encoding switch
        {
            "" or "identity" => null,
            "gzip" => new GZipStream(tail!, CompressionMode.Decompress, leaveOpen: true),
            "deflate" => new ZLibStream(tail!, CompressionMode.Decompress, leaveOpen: true),
            "zstd" => new ZstdDecompressStream(source, leaveOpen: true),
            _ => Stream.Null,
        };
        if (ReferenceEquals(decoder, Stream.Null))
        {
            return (null, new BodyError(415, $"content encoding \"{Shorten(encoding)}\" is not supported (known: identity, gzip, deflate, zstd, snappy)"));
        }

        try
        {
            var promised = decoder is null ? knownLength ?? FirstBytes : Math.Max(FirstBytes, 4 * (knownLength ?? FirstBytes));
            var first = Math.Min(Math.Min(promised, MostBytesOnPromise), limits.MaxBodyBytes);
            var most = decoder is null ? Math.Min(knownLength ?? long.MaxValue, limits.MaxBodyBytes) : limits.MaxBodyBytes;
            var (bytes, error) = await FillAsync(decoder ?? source, (int)first, (int)most, limits, cancellationToken);
            if (bytes is null || tail is not { HasAny: true })
                return (bytes, error);

            // Whether the decoder has seen what follows the end depends on how the bytes arrived; the answer must not.
            var endsWell = await tail.ReadAsync(new byte[1], cancellationToken) == 0
                && (encoding == "gzip" ? tail.EndsGzip(bytes.Span) : tail.EndsZlib(bytes.Span));
            if (endsWell)
                return (bytes, error);
            bytes.Dispose();
            return (null, new BodyError(400, $"body is not valid {encoding}: it is cut off before its end, or goes on behind it"));
        }
        catch (Exception e) when (e is InvalidDataException || (e is IOException && e.GetType().Assembly == typeof(ZLibStream).Assembly))
        {
            // The second, whose type is not public, is for a preset dictionary, which no client can have agreed on with this server.
            return (null, new BodyError(400, $"body is not valid {encoding}: {e.Message}"));
        }
        catch (BadHttpRequestException e)
        {
            return (null, new BodyError(e.StatusCode, e.Message));
        }
        finally
        {
            if (decoder is not null) await decoder.DisposeAsync();
        }
    }

    private static async ValueTask<(PooledBytes? Bytes, BodyError? Error)> FillAsync(
        Stream source, int firstBytes, int mostBytes, IngestLimits limits, CancellationToken cancellationToken)
    {
        if (!PooledBytes.TryRent(Math.Max(firstBytes, 1), limits.InFlight, out var bytes)) return (null, limits.NoRoom(firstBytes));
        var owned = true;
        try
        {
            var length = 0;
            while (true)
            {
                if (length == bytes.Length)
                {
                    // Full: it may be exactly the end, which only another read tells.
                    var probe = new byte[1];
                    if (await source.ReadAsync(probe, cancellationToken) == 0) break;
                    if (length >= limits.MaxBodyBytes) return (null, TooLarge(limits.MaxBodyBytes, "after decompression"));
                    var larger = (int)Math.Min(Math.Max(FirstBytes, (long)length * 2), Math.Max(mostBytes, length + 1));
                    if (!PooledBytes.TryRent(larger, limits.InFlight, out var grown)) return (null, limits.NoRoom(larger));
                    bytes.Span[..length].CopyTo(grown.Span);
                    bytes.Dispose();
                    bytes = grown;
                    bytes.Span[length++] = probe[0];
                    continue;
                }

                var read = await source.ReadAsync(bytes.Memory[length..], cancellationToken);
                if (read == 0) break;
                length += read;
            }

            bytes.Shrink(length);
            owned = false;
            return (bytes, null);
        }
        finally
        {
            if (owned) bytes.Dispose();
        }
    }

    private static (PooledBytes? Bytes, BodyError? Error) DecompressSnappy(ReadOnlySpan<byte> compressed, IngestLimits limits) =>
        Snappy.TryDecompress(compressed, limits.MaxBodyBytes, limits.InFlight, out var bytes) switch
        {
            CodecStatus.Done => (bytes, null),
            CodecStatus.TooLarge => (null, TooLarge(limits.MaxBodyBytes, "after decompression")),
            CodecStatus.OutOfBudget => (null, limits.NoRoom(Snappy.TryReadLength(compressed, out var length) ? length : 0)),
            _ => (null, new BodyError(400, "body is not valid snappy (block format)")),
        };

    private static BodyError TooLarge(long limitBytes, string when) => new(413, $"body is larger than {limitBytes} bytes {when}");

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
