using Microsoft.AspNetCore.Http;
using Triptych.Api.Http;
using Triptych.Api.Otlp;

namespace Triptych.Api.Grpc;

/// <summary>How a call that brings data fails: the status that says whether it may be sent again, and then when.</summary>
internal static class GrpcFailure
{
    /// <summary>Answers with the failure.</summary>
    public static Task WriteAsync(HttpResponse response, BodyError error, TimeSpan retryAfter)
    {
        var status = error.StatusCode switch
        {
            StatusCodes.Status413PayloadTooLarge => GrpcStatus.ResourceExhausted,
            StatusCodes.Status415UnsupportedMediaType => GrpcStatus.Unimplemented,
            _ when error.IsRetryable => GrpcStatus.Unavailable,
            _ => GrpcStatus.InvalidArgument,
        };
        return error.IsRetryable
            ? GrpcUnary.WriteStatusAsync(response, status, error.Message, OtlpResponse.RetryLater((int)status, error.Message, retryAfter))
            : GrpcUnary.WriteStatusAsync(response, status, error.Message);
    }
}
