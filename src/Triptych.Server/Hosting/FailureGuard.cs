using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Triptych.Api.Grpc;
using Triptych.Api.Http;
using Triptych.Primitives.Memory;

namespace Triptych.Server.Hosting;

/// <summary>
/// What no endpoint expected, at the edge: one line for the client, the whole of it in our diagnostics; a gRPC call gets a status of its own protocol.
/// A client that went away is no failure; a budget that is used up is worth another try.
/// </summary>
internal sealed partial class FailureGuard(ILogger<FailureGuard> logger)
{
    /// <summary>Runs the rest of the pipeline.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);

            // Refused without a look at its body: let the body run out (Kestrel gives it five seconds), or the connection would be reset under the answer.
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested || e is ConnectionResetException)
        {
            // The client is gone: there is nobody to answer.
            context.Abort();
        }
        catch (BadHttpRequestException e) when (!context.Response.HasStarted)
        {
            await AnswerAsync(context, e.StatusCode, e.Message);
        }
        catch (MemoryBudgetExceededException e) when (!context.Response.HasStarted)
        {
            context.Response.Headers.RetryAfter = "1";
            await AnswerAsync(context, StatusCodes.Status503ServiceUnavailable, e.Message);
        }
        catch (Exception e)
        {
            Unexpected(context.Request.Method, context.Request.Path, e);
            if (context.Response.HasStarted) context.Abort();
            else await AnswerAsync(context, StatusCodes.Status500InternalServerError, "internal error: the server's diagnostics say more");
        }
    }

    private static Task AnswerAsync(HttpContext context, int statusCode, string message)
    {
        if (!GrpcUnary.IsGrpc(context.Request)) return PlainText.WriteAsync(context.Response, statusCode, message);
        context.Response.Clear();
        var status = statusCode switch
        {
            StatusCodes.Status413PayloadTooLarge => GrpcStatus.ResourceExhausted,
            StatusCodes.Status503ServiceUnavailable => GrpcStatus.Unavailable,
            >= 400 and < 500 => GrpcStatus.InvalidArgument,
            _ => GrpcStatus.Internal,
        };
        return GrpcUnary.WriteStatusAsync(context.Response, status, message);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed unexpectedly")]
    private partial void Unexpected(string method, PathString path, Exception error);
}
