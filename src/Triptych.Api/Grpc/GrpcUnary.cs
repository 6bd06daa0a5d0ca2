using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Triptych.Api.Http;
using Triptych.Primitives.Memory;

namespace Triptych.Api.Grpc;

/// <summary>
/// gRPC on Kestrel's HTTP/2: a message is <code>compressed:u8 length:u32be bytes</code>, the status stands in trailers
/// (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). This reads the one message of a unary call and writes the one answer.
/// </summary>
public static class GrpcUnary
{
    /// <summary>Bytes before each message.</summary>
    public const int PrefixBytes = 5;

    /// <summary>Whether a request is a gRPC call.</summary>
    public static bool IsGrpc(HttpRequest request) =>
        HttpProtocol.IsHttp2(request.Protocol) && request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Reads the call's message, decompressed as <c>grpc-encoding</c> says.</summary>
    /// <returns>The bytes, which the caller disposes, or what is wrong.</returns>
    public static async ValueTask<(PooledBytes? Bytes, BodyError? Error)> ReadAsync(
        HttpRequest request, IngestLimits limits, CancellationToken cancellationToken)
    {
        // Kestrel's limit would end the call without a gRPC status; the message's length is checked below.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
        var prefix = new byte[PrefixBytes];
        var read = await request.Body.ReadAtLeastAsync(prefix, PrefixBytes, throwOnEndOfStream: false, cancellationToken);
        if (read < PrefixBytes) return (null, new BodyError(400, "gRPC message is cut off before its length"));
        if (prefix[0] > 1) return (null, new BodyError(400, $"gRPC message has the unknown flag {prefix[0]}"));
        var length = BinaryPrimitives.ReadUInt32BigEndian(prefix.AsSpan(1));
        if (length > limits.MaxCompressedBytes)
        {
            return (null, new BodyError(413, $"gRPC message of {length} bytes is larger than {limits.MaxCompressedBytes} bytes"));
        }
        var encoding = prefix[0] == 0 ? "" : request.Headers["grpc-encoding"].ToString().Trim().ToLowerInvariant();
        if (prefix[0] == 1 && encoding is "" or "identity") return (null, new BodyError(400, "gRPC message is compressed, and grpc-encoding does not say how"));
        using var message = new LengthLimitedStream(request.Body, length);
        var (bytes, error) = await RequestBody.ReadAsync(message, encoding, length, limits, cancellationToken);
        if (bytes is not null && message.Remaining > 0)
        {
            bytes.Dispose();
            return (null, new BodyError(400, $"gRPC message is cut off {message.Remaining} bytes before its end"));
        }

        if (bytes is not null && await request.Body.ReadAsync(prefix, cancellationToken) > 0)
        {
            bytes.Dispose();
            return (null, new BodyError(400, "a second gRPC message in a call that takes one"));
        }

        return (bytes, error);
    }

    /// <summary>Writes the answer and a status in the trailers.</summary>
    public static async Task WriteAsync(HttpResponse response, ReadOnlyMemory<byte> message)
    {
        response.ContentType = "application/grpc";
        response.DeclareTrailer("grpc-status");
        var prefix = new byte[PrefixBytes];
        BinaryPrimitives.WriteInt32BigEndian(prefix.AsSpan(1), message.Length);
        await response.Body.WriteAsync(prefix);
        await response.Body.WriteAsync(message);
        response.AppendTrailer("grpc-status", "0");
    }

    /// <summary>Answers with a status alone.</summary>
    /// <param name="response">The call's response, begun only where messages of a stream went before.</param>
    /// <param name="status">The code.</param>
    /// <param name="message">One line; percent-encoded as the protocol wants.</param>
    /// <param name="details">A <c>google.rpc.Status</c> for <c>grpc-status-details-bin</c>, or empty.</param>
    public static async Task WriteStatusAsync(HttpResponse response, GrpcStatus status, string message, ReadOnlyMemory<byte> details = default)
    {
        if (!response.HasStarted)
        {
            // Headers, then trailers: a status in headers is one only when they end the stream, and Kestrel ends it with a frame of its own.
            response.ContentType = "application/grpc";
            await response.StartAsync();
        }

        response.AppendTrailer("grpc-status", ((int)status).ToString(CultureInfo.InvariantCulture));
        if (message.Length > 0) response.AppendTrailer("grpc-message", PercentEncode(message));
        if (!details.IsEmpty) response.AppendTrailer("grpc-status-details-bin", Convert.ToBase64String(details.Span));
    }

    private static string PercentEncode(string message)
    {
        var encoded = new StringBuilder(message.Length);
        foreach (var b in Encoding.UTF8.GetBytes(message))
        {
            if (b is >= 0x20 and <= 0x7e and not (byte)'%') encoded.Append((char)b);
            else encoded.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }

        return encoded.ToString();
    }
}
