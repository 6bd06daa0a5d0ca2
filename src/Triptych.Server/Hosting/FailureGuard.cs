using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Triptych.Api.Http;
using Triptych.Primitives.Memory;

namespace Triptych.Server.Hosting;

/// <summary>
/// What no endpoint expected, at the edge: one line for the client, the whole of it in our diagnostics. A client that went away is no failure; a budget that is used up is worth another try.
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
            await PlainText.WriteAsync(context.Response, e.StatusCode, e.Message);
        }
        catch (MemoryBudgetExceededException e) when (!context.Response.HasStarted)
        {
            context.Response.Headers.RetryAfter = "1";
            await PlainText.WriteAsync(context.Response, StatusCodes.Status503ServiceUnavailable, e.Message);
        }
        catch (Exception e)
        {
            Unexpected(context.Request.Method, context.Request.Path, e);
            if (context.Response.HasStarted) context.Abort();
            else await PlainText.WriteAsync(context.Response, StatusCodes.Status500InternalServerError, "internal error: the server's diagnostics say more");
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed unexpectedly")]
    private partial void Unexpected(string method, PathString path, Exception error);
}
