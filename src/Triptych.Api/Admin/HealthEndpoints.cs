using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Triptych.Api.Hosting;
using Triptych.Api.Http;

namespace Triptych.Api.Admin;

/// <summary>Health under the paths of all that the program takes the place of, on every port.</summary>
public sealed class HealthEndpoints(Readiness readiness)
{
    private static readonly string[] Methods = ["GET", "HEAD"];

    /// <summary>Maps the endpoints.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        var health = new ApiFamilyMetadata(ApiFamily.Health);
        routes.MapMethods("/-/healthy", Methods, context => PlainText.WriteAsync(context.Response, 200, "Triptych is Healthy.")).WithMetadata(health);
        routes.MapMethods("/-/ready", Methods, context => ReadyAsync(context, "Triptych is Ready.")).WithMetadata(health);
        routes.MapMethods("/ready", Methods, context => ReadyAsync(context, "ready")).WithMetadata(health);
    }

    private Task ReadyAsync(HttpContext context, string yes)
    {
        if (readiness.Problem() is not { } problem) return PlainText.WriteAsync(context.Response, 200, yes);
        context.Response.Headers["X-Prometheus-Stopping"] = readiness.IsStopping ? "true" : "false";
        return PlainText.WriteAsync(context.Response, 503, $"not ready: {problem}");
    }
}
