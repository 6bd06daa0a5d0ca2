using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Triptych.Api.Admin;
using Triptych.Api.Hosting;
using Triptych.Query.Budgets;

namespace Triptych.Api.Tempo;

/// <summary>
/// Tempo's pages about the process: <c>/status</c> and its parts, as text or YAML. What a Tempo has several modules for is one program here, and what it
/// keeps of other kinds (usage statistics, overrides of single tenants) does not exist.
/// </summary>
/// <param name="build">The version.</param>
/// <param name="limits">What queries may use.</param>
/// <param name="configYaml">The configuration as YAML, without secrets.</param>
public sealed class TempoStatusEndpoints(BuildInfo build, QueryLimits limits, Func<string> configYaml)
{
    private const string Yaml = "application/yaml; charset=utf-8";

    private (string Name, string Type, Func<IEndpointRouteBuilder, string> Write)[] Parts =>
    [
        ("version", "text/plain; charset=utf-8", _ => $"triptych, version {build.Version} (revision: {build.Revision})\n"),
        ("services", "text/plain; charset=utf-8", _ => "triptych Running\n"),
        ("endpoints", "text/plain; charset=utf-8", Endpoints),
        ("config", Yaml, _ => configYaml()),
        ("runtime_config", Yaml, _ => "# the configuration does not change while the program runs\n{}\n"),
        ("overrides", Yaml, _ => Overrides()),
        ("usage-stats", "text/plain; charset=utf-8", _ => "usage statistics are neither kept nor reported\n"),
    ];

    /// <summary>Maps the endpoints.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        var family = new ApiFamilyMetadata(ApiFamily.Tempo);
        foreach (var (name, type, write) in Parts) routes.MapGet($"/status/{name}", context => WriteAsync(context, type, write(routes))).WithMetadata(family);
        routes.MapGet("/status", context => WriteAsync(context, "text/plain; charset=utf-8", All(routes))).WithMetadata(family);
    }

    private string All(IEndpointRouteBuilder routes)
    {
        var text = new StringBuilder();
        foreach (var (name, _, write) in Parts) text.Append("---\n# ").Append(name).Append('\n').Append(write(routes));
        return text.ToString();
    }

    /// <summary>Every path of the API with its method.</summary>
    private static string Endpoints(IEndpointRouteBuilder routes)
    {
        var paths = routes.DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<ApiFamilyMetadata>()?.Family == ApiFamily.Tempo)
            .Where(endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>() is { HttpMethods.Count: > 0 })
            .Select(endpoint => $"{endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods[0]} {endpoint.RoutePattern.RawText}\n")
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);
        return string.Concat(paths);
    }

    private string Overrides() => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        # for every tenant alike
        read:
          max_bytes_per_query: {limits.MaxBytes}
          query_timeout: {limits.Timeout.TotalSeconds:0.###}s

        """).ReplaceLineEndings("\n");

    private static Task WriteAsync(HttpContext context, string type, string text)
    {
        context.Response.ContentType = type;
        return context.Response.WriteAsync(text, context.RequestAborted);
    }
}
