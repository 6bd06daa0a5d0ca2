using System.Buffers.Binary;
using Microsoft.AspNetCore.Http;
using Triptych.Primitives.Binary;

namespace Triptych.Api.Grpc;

/// <summary>
/// The answer of a call that streams: messages one after another, each flushed, then the status in the trailers. One thread at a time.
/// </summary>
internal sealed class GrpcStream(HttpResponse response)
{
    private readonly byte[] _prefix = new byte[GrpcUnary.PrefixBytes];
    private bool _hasBegun;

    /// <summary>Sends a message.</summary>
    public async ValueTask SendAsync(PooledBufferWriter message, CancellationToken cancellationToken)
    {
        if (!_hasBegun)
        {
            _hasBegun = true;
            response.ContentType = "application/grpc";
            await response.StartAsync(cancellationToken);
        }

        BinaryPrimitives.WriteInt32BigEndian(_prefix.AsSpan(1), message.Length);
        await response.Body.WriteAsync(_prefix, cancellationToken);
        await response.Body.WriteAsync(message.WrittenMemory, cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
    }

    /// <summary>Ends the call; a failure may follow messages.</summary>
    public Task EndAsync(GrpcStatus status, string message) => GrpcUnary.WriteStatusAsync(response, status, message);
}
