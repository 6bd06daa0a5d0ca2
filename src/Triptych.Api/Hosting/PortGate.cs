using Microsoft.AspNetCore.Http;

namespace Triptych.Api.Hosting;

/// <summary>Answers 404 to what the port that a request came in by does not answer for.</summary>
public sealed class PortGate(IEnumerable<Listener> listeners)
{
    private readonly Dictionary<int, ApiFamily> _families = listeners.ToDictionary(l => l.Port, l => l.Families | ApiFamily.Health);

    /// <summary>To be run after routing and before the endpoint.</summary>
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var wanted = context.GetEndpoint()?.Metadata.GetMetadata<ApiFamilyMetadata>()?.Family ?? ApiFamily.Ui;
        var allowed = _families.GetValueOrDefault(context.Connection.LocalPort, ApiFamily.None);
        if ((wanted & allowed) != 0) return next(context);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync($"404 page not found: {context.Request.Path} is not served on port {context.Connection.LocalPort}\n");
    }
}
