using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Triptych.Api.Dashboards;
using Triptych.Api.DataSources.Sql;
using Triptych.Api.Hosting;
using Triptych.Api.Http;

namespace Triptych.Api.DataSources;

/// <summary>
/// Data sources as Grafana's clients ask them: <c>/grafana/api/datasources</c> lists them, <c>…/proxy/uid/:uid/*</c> passes a question on to a server that
/// speaks HTTP, <c>/grafana/api/ds/query</c> puts SQL to PostgreSQL. What goes out has only headers of the configuration and those few of the caller that
/// shape an answer; what comes back has only a status, a type that no browser runs, and the body.
/// </summary>
public sealed class DataSourceEndpoints(DataSourceSet sources, IngestLimits limits, TimeProvider time)
{
    private const string Prefix = "/grafana/api";
    private const string ProxyRoute = "/datasources/proxy/uid/";

    private static readonly ApiFamilyMetadata Family = new(ApiFamily.Ui);
    private static readonly string[] PassedHeaders = ["Accept", "X-Loki-Response-Encoding-Flags", "X-Query-Tags"];

    // What a page of this origin could be made of stays outside, whatever the other server says.
    private static readonly string[] PassedTypes = ["application/json", "text/plain", "application/protobuf", "application/vnd.google.protobuf"];

    /// <summary>Maps the endpoints.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        var sql = new SqlQueryEndpoint(sources, time);
        routes.MapGet(Prefix + "/datasources", context => DashboardJson.WriteAsync(context, sources.All.Select(Describe))).WithMetadata(Family);
        routes.MapGet(Prefix + "/datasources/uid/{uid}", GetAsync).WithMetadata(Family);
        routes.MapGet(Prefix + "/datasources/uid/{uid}/health", HealthAsync).WithMetadata(Family);
        routes.MapMethods(Prefix + ProxyRoute + "{uid}/{**path}", ["GET", "POST"], ForwardAsync).WithMetadata(Family);
        routes.MapPost(Prefix + "/ds/query", context => DashboardJson.WithBodyAsync(context, limits, body => sql.AnswerAsync(context, body)))
            .WithMetadata(Family);
    }

    private static object Describe(DataSource source) => new
    {
        source.Uid,
        source.Name,
        Type = source.GrafanaType,
        Access = "proxy",
        source.IsDefault,
        ReadOnly = true,
        JsonData = source.TimeInterval.Length > 0 ? new { source.TimeInterval } : (object)new { },
    };

    private Task GetAsync(HttpContext context) =>
        sources.Find(DashboardJson.RouteOf(context, "uid")) is { } source ? DashboardJson.WriteAsync(context, Describe(source)) : RefuseUnknownAsync(context);

    private async Task HealthAsync(HttpContext context)
    {
        if (sources.Find(DashboardJson.RouteOf(context, "uid")) is not { } source)
        {
            await RefuseUnknownAsync(context);
            return;
        }

        using var room = sources.NewAnswerRoom();
        var problem = source.Kind == DataSourceKind.Postgres
            ? await sources.ReaderOf(source).FindProblemAsync(room, context.RequestAborted)
            : await FindProblemAsync(source, context.RequestAborted);
        if (problem is not null) context.Response.StatusCode = 400;
        await DashboardJson.WriteAsync(context, new { Status = problem is null ? "OK" : "ERROR", Message = problem ?? "The data source answers." });
    }

    private async Task<string?> FindProblemAsync(DataSource source, CancellationToken cancellationToken)
    {
        var question = source.Kind switch
        {
            DataSourceKind.Prometheus => "api/v1/query?query=1%2B1",
            DataSourceKind.Loki => "loki/api/v1/labels",
            _ => "api/echo",
        };
        var (answer, error) = await sources.ClientOf(source).SendAsync(HttpMethod.Get, question, form: null, [], cancellationToken);
        using (answer)
        {
            if (answer is null) return error!.Message;
            return answer.StatusCode < 300 ? null : $"the data source {source.Name} answered with status {answer.StatusCode}";
        }
    }

    private async Task ForwardAsync(HttpContext context)
    {
        var uid = DashboardJson.RouteOf(context, "uid");
        if (sources.Find(uid) is not { } source)
        {
            await RefuseUnknownAsync(context);
            return;
        }

        if (source.Kind == DataSourceKind.Postgres)
        {
            await RefuseAsync(context, 400, $"the data source {source.Name} is PostgreSQL: its questions go to {Prefix}/ds/query");
            return;
        }

        var (path, query) = TargetOf(context, uid);
        var problem = path is null ? "the path cannot be read" : ProxyPaths.FindProblem(source.Kind, context.Request.Method, path);
        if (problem is not null)
        {
            await RefuseAsync(context, 403, problem);
            return;
        }

        PooledForm form = default;
        if (HttpMethods.IsPost(context.Request.Method))
        {
            form = await ReadFormAsync(context);
            if (form.Error is { } error)
            {
                await RefuseAsync(context, error.StatusCode, error.Message);
                return;
            }
        }

        using (form.Bytes)
        {
            var method = form.Bytes is null ? HttpMethod.Get : HttpMethod.Post;
            var (answer, error) = await sources.ClientOf(source).SendAsync(
                method, path + query, form.Bytes?.Memory, Passed(context.Request.Headers), context.RequestAborted);
            using (answer)
            {
                if (answer is null) await RefuseAsync(context, error!.StatusCode, error.Message);
                else await PassOnAsync(context, source, answer);
            }
        }
    }

    private static async Task PassOnAsync(HttpContext context, DataSource source, DataSourceAnswer answer)
    {
        if (answer.Body.Length > 0 && !PassedTypes.Contains(answer.ContentType))
        {
            var type = answer.ContentType.Length == 0 ? "no type" : "the type " + answer.ContentType;
            await RefuseAsync(context, 502, $"the data source {source.Name} answered {answer.StatusCode} with {type}, which is no answer of such a server");
            return;
        }

        context.Response.StatusCode = answer.StatusCode;
        context.Response.ContentType = answer.ContentType.StartsWith("text/", StringComparison.Ordinal) ? "text/plain; charset=utf-8" : answer.ContentType;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.ContentSecurityPolicy = "sandbox";
        if (answer.StatusCode is not (204 or 205 or 304)) await context.Response.Body.WriteAsync(answer.Body.Memory, context.RequestAborted);
    }

    private readonly record struct PooledForm(Primitives.Memory.PooledBytes? Bytes, BodyError? Error);

    private async Task<PooledForm> ReadFormAsync(HttpContext context)
    {
        var type = context.Request.ContentType?.Split(';')[0].Trim();
        if (!string.Equals(type, "application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase))
            return new PooledForm(null, new BodyError(415, "Content-Type has to be application/x-www-form-urlencoded"));
        var (bytes, error) = await RequestBody.ReadAsync(context.Request, limits.ForRequest(), context.RequestAborted);
        return new PooledForm(bytes, error);
    }

    // As the client wrote it: what is unescaped once too often would be another path.
    private static (string? Path, string Query) TargetOf(HttpContext context, string uid)
    {
        var target = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        var before = $"{Prefix}{ProxyRoute}{uid}/";
        if (!target.StartsWith(before, StringComparison.Ordinal)) return (null, "");
        var question = target.IndexOf('?', StringComparison.Ordinal);
        return question < 0 ? (target[before.Length..], "") : (target[before.Length..question], target[question..]);
    }

    private static IEnumerable<KeyValuePair<string, string>> Passed(IHeaderDictionary headers) => PassedHeaders
        .Where(headers.ContainsKey)
        .Select(name => KeyValuePair.Create(name, headers[name].ToString()));

    private static Task RefuseUnknownAsync(HttpContext context) => RefuseAsync(context, 404, "Data source not found");

    private static Task RefuseAsync(HttpContext context, int status, string message) =>
        DashboardJson.RefuseAsync(context, new DashboardRefusal(status, status == 404 ? "not-found" : "data-source", message));
}
