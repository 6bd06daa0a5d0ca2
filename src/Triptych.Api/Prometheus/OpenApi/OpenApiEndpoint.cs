using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Triptych.Api.Admin;
using Triptych.Api.Hosting;

namespace Triptych.Api.Prometheus.OpenApi;

/// <summary><c>openapi.yaml</c>: the routes of the Prometheus family that are mapped, as an OpenAPI 3.1 document.</summary>
public static class OpenApiEndpoint
{
    private const string Path = "/api/v1/openapi.yaml";

    /// <summary>Maps the endpoint, after all that it tells of.</summary>
    public static void Map(IEndpointRouteBuilder routes, BuildInfo build)
    {
        var text = "";
        routes.MapGet(Path, http =>
        {
            http.Response.ContentType = "application/yaml; charset=utf-8";
            return http.Response.WriteAsync(text, http.RequestAborted);
        }).WithMetadata(new ApiFamilyMetadata(ApiFamily.Prometheus));
        text = Write(Routes(routes), build);
    }

    /// <summary>The paths of the family with their methods, in order.</summary>
    internal static IReadOnlyList<(string Path, IReadOnlyList<string> Methods)> Routes(IEndpointRouteBuilder routes) =>
    [
        .. routes.DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<ApiFamilyMetadata>() is { } family && family.Family.HasFlag(ApiFamily.Prometheus))
            .Where(e => e.Metadata.GetMetadata<ApiFamilyMetadata>()!.Family != ApiFamily.All && e.RoutePattern.RawText is not null)
            .GroupBy(e => "/" + e.RoutePattern.RawText!.TrimStart('/'), StringComparer.Ordinal)
            .OrderBy(e => e.Key, StringComparer.Ordinal)
            .Select(e => (e.Key, (IReadOnlyList<string>)[.. e.SelectMany(MethodsOf).Distinct().Order(StringComparer.Ordinal)])),
    ];

    private static IEnumerable<string> MethodsOf(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [];

    private static string Write(IReadOnlyList<(string Path, IReadOnlyList<string> Methods)> routes, BuildInfo build)
    {
        var yaml = new StringBuilder();
        yaml.Append("openapi: 3.1.0\ninfo:\n  title: The HTTP API of Prometheus as Triptych serves it\n  version: ").Append(Quote(build.Version)).Append('\n');
        yaml.Append("paths:\n");
        foreach (var (path, methods) in routes)
        {
            yaml.Append("  ").Append(Quote(path)).Append(":\n");
            foreach (var method in methods) WriteOperation(yaml, path, method);
        }

        yaml.Append("""
            components:
              schemas:
                Answer:
                  type: object
                  required: [status]
                  properties:
                    status: {type: string, enum: [success, error]}
                    data: {}
                    errorType: {type: string}
                    error: {type: string}
                    warnings: {type: array, items: {type: string}}
                    infos: {type: array, items: {type: string}}

            """);
        return yaml.ToString();
    }

    private static void WriteOperation(StringBuilder yaml, string path, string method)
    {
        var description = RouteDescriptions.All.GetValueOrDefault(path) ?? new RouteDescription("");
        yaml.Append("    ").Append(method.ToLowerInvariant()).Append(":\n");
        yaml.Append("      summary: ").Append(Quote(description.Summary)).Append('\n');

        // A form body has the same ones.
        if (description.Parameters.Length > 0) yaml.Append("      parameters:\n");
        foreach (var parameter in description.Parameters)
        {
            var name = parameter.TrimEnd('*');
            var isInPath = path.Contains($"{{{name}}}", StringComparison.Ordinal);
            var isRequired = method == "GET" && parameter.EndsWith('*');
            var schema = name.EndsWith("[]", StringComparison.Ordinal) ? "{type: array, items: {type: string}}" : "{type: string}";
            yaml.Append("        - {name: ").Append(Quote(name)).Append(", in: ").Append(isInPath ? "path" : "query")
                .Append(", required: ").Append(isRequired || isInPath ? "true" : "false").Append(", schema: ").Append(schema).Append("}\n");
        }

        yaml.Append("      responses:\n        default:\n          description: ").Append(Quote(description.Summary)).Append('\n');
        if (path.StartsWith("/api/v1/", StringComparison.Ordinal) && path is not ("/api/v1/write" or "/api/v1/read" or "/api/v1/otlp/v1/metrics" or Path))
            yaml.Append("          content:\n            application/json:\n              schema: {$ref: \"#/components/schemas/Answer\"}\n");
    }

    // A string of JSON is one of YAML too.
    private static string Quote(string text) => $"\"{JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
}
