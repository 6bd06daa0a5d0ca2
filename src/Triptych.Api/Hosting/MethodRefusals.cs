using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Triptych.Api.Http;

namespace Triptych.Api.Hosting;

/// <summary>
/// 405 with <c>Allow</c> where a path is known but not by the method of the request. Routing says so by itself only where nothing else matches, and the
/// UI's start page, which is for every path, always does.
/// </summary>
public static class MethodRefusals
{
    // After what answers for the method, before the fallback, which is the last there can be.
    private const int Order = int.MaxValue - 1;

    /// <summary>Maps a refusal for each path that is mapped so far; each belongs to the families of its path.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var known = routes.DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>().ToList();
        foreach (var path in known.GroupBy(e => ShapeOf(e.RoutePattern), StringComparer.OrdinalIgnoreCase))
        {
            var methods = path.Select(e => e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []).ToList();
            if (methods.Exists(m => m.Count == 0)) continue;
            var allow = string.Join(", ", methods.SelectMany(m => m).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
            var families = path.Aggregate(ApiFamily.None, (all, e) => all | (e.Metadata.GetMetadata<ApiFamilyMetadata>()?.Family ?? ApiFamily.Ui));
            routes.Map(path.First().RoutePattern, context => RefuseAsync(context, allow)).WithMetadata(new ApiFamilyMetadata(families)).WithOrder(Order);
        }
    }

    private static Task RefuseAsync(HttpContext context, string allow)
    {
        var (request, response) = (context.Request, context.Response);
        response.Headers.Allow = allow;
        return PlainText.WriteAsync(
            response, StatusCodes.Status405MethodNotAllowed, $"405 method not allowed: {request.Method} {request.Path} (allowed: {allow})");
    }

    // Two patterns that differ only in what they call their parameters match the same paths: two refusals of them would be ambiguous.
    private static string ShapeOf(RoutePattern pattern) =>
        string.Join('/', pattern.PathSegments.Select(s => string.Concat(s.Parts.Select(p => p switch
        {
            RoutePatternLiteralPart literal => literal.Content,
            RoutePatternSeparatorPart separator => separator.Content,
            RoutePatternParameterPart { IsCatchAll: true } => "{*}",
            _ => "{}",
        }))));
}
