using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Triptych.Api.Admin;
using Triptych.Api.Hosting;
using Triptych.Api.Http;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Protobuf;
using Triptych.Query;
using Triptych.Query.Budgets;
using Triptych.TraceQL.Functions;
using Triptych.TraceQL.Planning;

namespace Triptych.Api.Tempo;

/// <summary>
/// Tempo's HTTP API for reading: traces by id, search, tags, metrics. Answers have no envelope; failures are one line of text: 400 for what
/// is not valid or
/// not evaluated, 404 for a trace that is not known, 422 for what is beyond a limit, 499 and 504 for queries that were cancelled or ran too
/// long, 500 for storage, 503 for what is not replayed yet.
/// Without start and end, searches look at the last hour and look-ups by id at all times.
/// </summary>
public sealed class TempoEndpoints(TraceQLEngine engine, QueryRunner queries, BuildInfo build, TimeProvider time)
{
    private const int MaxTraceBytes = 512 << 20;
    private const string Protobuf = "application/protobuf";

    /// <summary>Maps the endpoints.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        Get("/api/traces/{id}", context => TraceAsync(context, isVersion2: false));
        Get("/api/v2/traces/{id}", context => TraceAsync(context, isVersion2: true));
        Get("/api/search", SearchAsync);
        Get("/api/search/tags", TagNamesAsync);
        Get("/api/v2/search/tags", TagNamesByScopeAsync);
        Get("/api/search/tag/{tag}/values", context => TagValuesAsync(context, isVersion2: false));
        Get("/api/v2/search/tag/{tag}/values", context => TagValuesAsync(context, isVersion2: true));
        Get("/api/metrics/query_range", MetricsRangeAsync);
        Get("/api/metrics/query", MetricsInstantAsync);
        Get("/api/echo", context => PlainText.WriteAsync(context.Response, StatusCodes.Status200OK, "echo"));
        Get("/api/status/buildinfo", context => context.Response.WriteAsJsonAsync(build.ToDictionary(), context.RequestAborted));

        void Get(string pattern, RequestDelegate handler) =>
            routes.MapGet(pattern, handler).WithMetadata(new ApiFamilyMetadata(ApiFamily.Tempo));
    }

    /// <summary>Whether protobuf is asked for by name, and JSON not more, or as much and before it.</summary>
    private static bool PrefersProtobuf(StringValues accept)
    {
        if (!MediaTypeHeaderValue.TryParseList(accept, out var types)) return false;
        var wanted = types.Where(static t => t.Quality is not 0).OrderByDescending(static t => t.Quality ?? 1).Select(static t => t.MediaType.Value);
        return wanted.FirstOrDefault(static t => t is Protobuf or "application/json") == Protobuf;
    }

    private async Task TraceAsync(HttpContext context, bool isVersion2)
    {
        var accept = context.Request.Headers.Accept.ToString();
        var isProtobuf = PrefersProtobuf(context.Request.Headers.Accept);
        if (accept.Trim().Equals("application/vnd.grafana.llm", StringComparison.OrdinalIgnoreCase))
        {
            await PlainText.WriteAsync(
                context.Response, StatusCodes.Status406NotAcceptable, $"{accept} is not supported (known: application/json, {Protobuf})");
            return;
        }

        var parameters = ParametersOf(context);
        var (start, end) = parameters.LookupRange();
        var id = (string)context.Request.RouteValues["id"]!;
        if (await RunAsync(context, parameters, run => engine.TraceByIdAsync(id, start, end, run)) is not var (trace, query))
        {
            return;
        }

        if (!isVersion2 && trace.SpanCount == 0)
        {
            await PlainText.WriteAsync(context.Response, StatusCodes.Status404NotFound, $"trace {id} not found");
        }
        else if (isProtobuf)
        {
            await WriteProtobufAsync(context, trace, isVersion2 ? query : null);
        }
        else
        {
            await WriteJsonAsync(context, trace, isVersion2 ? query : null);
        }
    }

    private static async Task WriteJsonAsync(HttpContext context, TraceDetail trace, QueryContext? version2)
    {
        await using var answer = new JsonAnswer(context.Response);
        var json = answer.Json;
        json.WriteStartObject();
        if (version2 is null)
        {
            await TraceJson.WriteResourcesAsync(answer, "batches", trace);
        }
        else
        {
            json.WriteStartObject("trace");
            if (trace.Resources.Count > 0) await TraceJson.WriteResourcesAsync(answer, "resourceSpans", trace);
            json.WriteEndObject();
            MetricsJson.WriteCost(json, version2);
            MetricsJson.WritePartial(json, version2.Warnings);
        }

        json.WriteEndObject();
    }

    // TraceByIDResponse: trace 1, metrics 2 {inspected_bytes 1}, status 3 (1 is PARTIAL), message 4.
    private static async Task WriteProtobufAsync(HttpContext context, TraceDetail trace, QueryContext? version2)
    {
        using var output = new PooledBufferWriter(MaxTraceBytes);
        try
        {
            var writer = new ProtoWriter(output);
            if (version2 is null)
            {
                TraceProtobuf.Write(writer, trace);
            }
            else
            {
                var message = writer.BeginMessage(1, 3);
                TraceProtobuf.Write(writer, trace);
                writer.EndMessage(message);
                var metrics = writer.BeginMessage(2);
                if (version2.BytesRead != 0) writer.WriteInt64(1, version2.BytesRead);
                writer.EndMessage(metrics);
                if (version2.Warnings.Count > 0)
                {
                    writer.WriteVarint(3, 1);
                    writer.WriteString(4, string.Join("; ", version2.Warnings));
                }
            }
        }
        catch (BufferLimitExceededException)
        {
            await PlainText.WriteAsync(
                context.Response, StatusCodes.Status422UnprocessableEntity, $"trace is larger than {MaxTraceBytes} bytes");
            return;
        }

        context.Response.ContentType = Protobuf;
        context.Response.ContentLength = output.Length;
        await context.Response.Body.WriteAsync(output.WrittenMemory, context.RequestAborted);
    }

    private async Task SearchAsync(HttpContext context)
    {
        var parameters = ParametersOf(context);
        var request = TempoRequests.Search(parameters);
        if (await RunAsync(context, parameters, run => engine.SearchAsync(request, run)) is not var (result, _)) return;
        await using var answer = new JsonAnswer(context.Response);
        await SearchJson.WriteAsync(answer, result);
    }

    private async Task TagNamesAsync(HttpContext context)
    {
        var parameters = ParametersOf(context);
        if (await FindTagNamesAsync(context, parameters) is not var (names, limit, query)) return;
        var scope = parameters.Text("scope");
        await using var answer = new JsonAnswer(context.Response);
        var json = answer.Json;
        json.WriteStartObject();
        json.WriteStartArray("tagNames");

        foreach (var tag in NamesOf(names, scope, limit))
        {
            json.WriteStringValue(tag);
            await answer.FlushIfFullAsync();
        }

        json.WriteEndArray();
        MetricsJson.WriteCost(json, query);
        json.WriteEndObject();
    }

    /// <summary>
    /// The names of all scopes, each once. Intrinsics are listed where they are asked for: the first version has no place to tell them from attributes.
    /// </summary>
    internal static IEnumerable<string> NamesOf(TagNames names, string? scope, int limit) => names.Scopes
        .Where(s => s.Name != "intrinsic" || scope == "intrinsic")
        .SelectMany(s => s.Tags)
        .Distinct(StringComparer.Ordinal)
        .Order(StringComparer.Ordinal)
        .Take(limit);

    private async Task TagNamesByScopeAsync(HttpContext context)
    {
        var parameters = ParametersOf(context);
        if (await FindTagNamesAsync(context, parameters) is not var (names, limit, query)) return;
        await using var answer = new JsonAnswer(context.Response);
        var json = answer.Json;
        json.WriteStartObject();
        json.WriteStartArray("scopes");
        foreach (var scope in names.Scopes.Where(scope => scope.Tags.Count > 0))
        {
            json.WriteStartObject();
            json.WriteString("name", scope.Name);
            json.WriteStartArray("tags");
            foreach (var tag in scope.Tags.Take(limit))
            {
                json.WriteStringValue(tag);
                await answer.FlushIfFullAsync();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        MetricsJson.WriteCost(json, query);
        json.WriteEndObject();
    }

    /// <summary>Names of a scope, of all spans or of those that a filter (<c>q</c>) leaves.</summary>
    private async Task<(TagNames Names, int Limit, QueryContext Query)?> FindTagNamesAsync(HttpContext context, TempoParameters parameters)
    {
        var (request, limit) = TempoRequests.TagNames(parameters);
        if (await RunAsync(context, parameters, run => engine.TagNamesAsync(request, run)) is not var (names, query)) return null;
        return (names, limit, query);
    }

    private async Task TagValuesAsync(HttpContext context, bool isVersion2)
    {
        var parameters = ParametersOf(context);
        // The server has decoded the path once. Grafana encodes a tag twice, and a slash stays encoded at any rate.
        var tag = Uri.UnescapeDataString((string)context.Request.RouteValues["tag"]!);
        var request = TempoRequests.TagValues(parameters, tag, isVersion2);
        if (await RunAsync(context, parameters, run => engine.TagValuesAsync(request, run)) is not var (values, query)) return;
        await using var answer = new JsonAnswer(context.Response);
        var json = answer.Json;
        json.WriteStartObject();
        json.WriteStartArray("tagValues");
        foreach (var value in isVersion2 ? values.Values : values.Values.DistinctBy(v => v.Value, StringComparer.Ordinal))
        {
            if (isVersion2)
            {
                json.WriteStartObject();
                json.WriteString("type", value.Type);
                if (value.Value.Length > 0) json.WriteString("value", value.Value);
                json.WriteEndObject();
            }
            else
            {
                json.WriteStringValue(value.Value);
            }

            await answer.FlushIfFullAsync();
        }

        json.WriteEndArray();
        MetricsJson.WriteCost(json, query);
        json.WriteEndObject();
    }

    private async Task MetricsRangeAsync(HttpContext context)
    {
        var parameters = ParametersOf(context);
        var request = TempoRequests.MetricsRange(parameters);
        if (await RunAsync(context, parameters, run => engine.MetricsAsync(request, run)) is not var (result, query)) return;
        await using var answer = new JsonAnswer(context.Response);
        await MetricsJson.WriteRangeAsync(answer, result, request.MaxSeries, query);
    }

    private async Task MetricsInstantAsync(HttpContext context)
    {
        var parameters = ParametersOf(context);
        var request = TempoRequests.MetricsInstant(parameters);
        if (await RunAsync(context, parameters, run => engine.MetricsAsync(request, run)) is not var (result, query)) return;
        if (result.IsTruncated)
        {
            // This answer has no member that could say that it is not complete.
            await PlainText.WriteAsync(
                context.Response,
                StatusCodes.Status422UnprocessableEntity,
                $"the query has more than {request.MaxSeries} series; group by less, or keep some with topk()");
            return;
        }

        await using var answer = new JsonAnswer(context.Response);
        await MetricsJson.WriteInstantAsync(answer, result, query);
    }

    private TempoParameters ParametersOf(HttpContext context) => new(context.Request.Query, time.GetUtcNow());

    /// <summary>Runs a query whose parameters are valid; null where the answer, a failure, has been written.</summary>
    private async Task<(T Value, QueryContext Query)?> RunAsync<T>(
        HttpContext context, TempoParameters parameters, Func<QueryContext, ValueTask<QueryResult<T>>> run)
        where T : class
    {
        var tenant = TenantHeader.Read(context.Request);
        var problem = tenant is null ? TenantHeader.Error : parameters.Error;
        if (problem is not null)
        {
            await PlainText.WriteAsync(context.Response, StatusCodes.Status400BadRequest, problem);
            return null;
        }

        var ended = await queries.RunAsync("traceql", tenant!.Value, null, run, context.RequestAborted, TempoOrigin.Of(context, parameters));
        context.Response.RegisterForDispose(ended);
        if (ended.Result.Error is { } error)
        {
            RetryAfterHeader.Set(context.Response, error.RetryAfter);
            await PlainText.WriteAsync(context.Response, StatusOf(error.Kind), error.Message);
            return null;
        }

        if (ended.Context.Warnings.Count > 0) context.Response.Headers.Warning = WarningHeader.Of(ended.Context.Warnings);
        return (ended.Result.Value!, ended.Context);
    }

    private static int StatusOf(QueryErrorKind kind) => kind switch
    {
        QueryErrorKind.BadData or QueryErrorKind.NotEvaluated => StatusCodes.Status400BadRequest,
        QueryErrorKind.Execution => StatusCodes.Status422UnprocessableEntity,
        QueryErrorKind.Canceled or QueryErrorKind.Stopped => StatusCodes.Status499ClientClosedRequest,
        QueryErrorKind.Timeout => StatusCodes.Status504GatewayTimeout,
        QueryErrorKind.NotReady => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };
}
