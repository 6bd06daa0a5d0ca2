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
            .Where(IsTold)
            .GroupBy(e => "/" + e.RoutePattern.RawText!.TrimStart('/'), StringComparer.Ordinal)
            .OrderBy(e => e.Key, StringComparer.Ordinal)
            .Select(e => (e.Key, (IReadOnlyList<string>)[.. e.SelectMany(MethodsOf).Distinct().Order(StringComparer.Ordinal)])),
    ];

    private static bool IsTold(RouteEndpoint endpoint) =>
        endpoint.RoutePattern.RawText is { } pattern && endpoint.Metadata.GetMetadata<ApiFamilyMetadata>() is { } family
        && ((family.Family.HasFlag(ApiFamily.Prometheus) && family.Family != ApiFamily.All)
            || RouteDescriptions.All.ContainsKey("/" + pattern.TrimStart('/')));

    private static IEnumerable<string> MethodsOf(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [];

    private static string Write(IReadOnlyList<(string Path, IReadOnlyList<string> Methods)> routes, BuildInfo build)
    {
        var yaml = new StringBuilder();
        yaml.Append("openapi: 3.1.0\ninfo:\n  title: The HTTP API of Prometheus as Triptych serves it, and operations\n  version: ").Append(Quote(build.Version)).Append('\n');
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

        // With a form body, each may stand in either place.
        var takesForm = method != "GET" && description.Bodies.Length == 0;
        if (description.Parameters.Length > 0) yaml.Append("      parameters:\n");
        foreach (var parameter in description.Parameters)
        {
            var name = parameter.TrimEnd('*');
            var isInPath = IsInPath(path, name);
            var isRequired = isInPath || (!takesForm && parameter.EndsWith('*'));
            yaml.Append("        - {name: ").Append(Quote(name)).Append(", in: ").Append(isInPath ? "path" : "query")
                .Append(", required: ").Append(isRequired ? "true" : "false").Append(", schema: ").Append(SchemaOf(name)).Append("}\n");
        }

        if (takesForm) WriteForm(yaml, path, description);
        else if (method != "GET") WriteBodies(yaml, description);
        WriteResponses(yaml, description);
    }

    private static void WriteForm(StringBuilder yaml, string path, RouteDescription description)
    {
        string[] names = [.. description.Parameters.Select(p => p.TrimEnd('*')).Where(name => !IsInPath(path, name))];
        if (names.Length == 0) return;
        yaml.Append("      requestBody:\n        content:\n          application/x-www-form-urlencoded:\n            schema:\n              type: object\n");
        yaml.Append("              properties:\n");
        foreach (var name in names) yaml.Append("                ").Append(Quote(name)).Append(": ").Append(SchemaOf(name)).Append('\n');
    }

    private static void WriteBodies(StringBuilder yaml, RouteDescription description)
    {
        yaml.Append("      requestBody:\n        required: true\n        content:\n");
        foreach (var type in description.Bodies)
            yaml.Append("          ").Append(Quote(type)).Append(": {schema: ").Append(BodyOf(type)).Append("}\n");
    }

    private static void WriteResponses(StringBuilder yaml, RouteDescription description)
    {
        yaml.Append("      responses:\n");
        foreach (var status in description.Statuses)
        {
            yaml.Append("        \"").Append(status).Append("\":\n          description: ").Append(Quote(Meaning(status))).Append('\n');
            if (status == StatusCodes.Status204NoContent) continue;

            // What takes samples in, and what others read from, says what is wrong in a line; the rest as it answers.
            var isPlain = status >= 400 && !description.Answers.Contains(RouteDescription.Json) && description.Bodies.Length > 0;
            yaml.Append("          content:\n");
            foreach (var type in isPlain ? [RouteDescription.Text] : description.Answers)
            {
                var schema = type == RouteDescription.Json ? "{$ref: \"#/components/schemas/Answer\"}" : BodyOf(type);
                yaml.Append("            ").Append(Quote(type)).Append(": {schema: ").Append(schema).Append("}\n");
            }
        }
    }

    private static string Meaning(int status) => status switch
    {
        200 => "Done.",
        204 => "Done; nothing to say.",
        400 => "A parameter or the body is not valid, and no resend will change that.",
        403 => "Not enabled.",
        404 => "There is no such thing, or no longer.",
        413 => "The body is larger than the configuration allows.",
        415 => "A content type or encoding that is not known.",
        422 => "The query failed or would use more than it may.",
        429 => "Too much at once: come again after Retry-After.",
        500 => "Not supported, or not enabled.",
        503 => "Interrupted, out of time, or no place now: come again.",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "a status that has no meaning here"),
    };

    private static bool IsInPath(string path, string name) => path.Contains($"{{{name}}}", StringComparison.Ordinal);

    private static string SchemaOf(string parameter) =>
        parameter.EndsWith("[]", StringComparison.Ordinal) ? "{type: array, items: {type: string}}" : "{type: string}";

    private static string BodyOf(string type) => type.Contains("protobuf", StringComparison.Ordinal) ? "{type: string, format: binary}"
        : type is RouteDescription.Json or RouteDescription.Bare ? "{type: object}" : "{type: string}";

    // A string of JSON is one of YAML too.
    private static string Quote(string text) => $"\"{JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
}
