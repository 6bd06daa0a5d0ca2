using System.Text.Json;
using Triptych.Api.Http;
using Triptych.Columnar;
using Triptych.Columnar.Samples;
using Triptych.Model.Labels;
using Triptych.PromQL.Syntax;

namespace Triptych.Api.Prometheus;

/// <summary>Tells which labels, values, metadata and exemplars there are. Start and end are honoured exactly.</summary>
internal sealed class LookupEndpoints(ISampleSource source, QueryRunner runner, ParserOptions parser)
{
    private const string Truncated = "results truncated due to limit";

    /// <summary><c>labels</c>.</summary>
    public Task LabelsAsync(ApiCall call) =>
        AnswerNamesAsync(call, (lookup, statistics, cancellationToken) => source.LabelNamesAsync(lookup, statistics, cancellationToken));

    /// <summary><c>label/{name}/values</c>.</summary>
    public Task LabelValuesAsync(ApiCall call)
    {
        var name = EscapedName.Unescape(call.RouteValue("name"));
        return name.Length == 0
            ? call.FailAsync(ApiError.BadData("invalid label name: \"\""))
            : AnswerNamesAsync(call, (lookup, statistics, cancellationToken) => source.LabelValuesAsync(name, lookup, statistics, cancellationToken));
    }

    /// <summary><c>metadata</c>.</summary>
    public async Task MetadataAsync(ApiCall call)
    {
        var limit = call.Parameters.Number("limit") ?? -1;
        var perMetric = call.Parameters.Number("limit_per_metric") ?? -1;
        var metric = call.Parameters.Get("metric");
        if (call.Parameters.Problem is { } problem)
        {
            await call.FailAsync(problem);
            return;
        }

        var answer = await call.LookUpAsync(
            runner,
            (context, statistics) =>
                source.MetadataAsync(call.Tenant, metric.Length == 0 ? null : metric, statistics, context.CancellationToken));
        if (answer is null) return;
        await using var response = ApiResponse.Begin(call.Response);
        var json = response.Json;
        json.WriteStartObject();
        foreach (var entries in answer.Found.GroupBy(m => m.MetricName, StringComparer.Ordinal).Take(limit < 0 ? int.MaxValue : limit))
        {
            json.WriteStartArray(entries.Key);
            foreach (var entry in entries.Take(perMetric <= 0 ? int.MaxValue : perMetric)) WriteMetadata(json, entry);
            json.WriteEndArray();
            await response.FlushIfFullAsync();
        }

        json.WriteEndObject();
        await response.EndAsync(answer.Context.Warnings, []);
    }

    /// <summary><c>query_exemplars</c>: of all series that the query selects, at any depth. 204 where it selects none.</summary>
    public async Task ExemplarsAsync(ApiCall call)
    {
        var (startMs, endMs) = call.Parameters.Range();
        var parsed = PromQLParser.Parse(call.Parameters.Get("query"), parser);
        var problem = call.Parameters.Problem
            ?? (endMs < startMs ? ApiError.BadData("end timestamp must not be before start timestamp") : null)
            ?? (parsed.Error is { } error ? ApiError.BadData(error.ToString()) : null);
        if (problem is not null)
        {
            await call.FailAsync(problem);
            return;
        }

        IReadOnlyList<LabelMatcher>[] selectors =
            [.. SyntaxWalk.All(parsed.Expression!).OfType<VectorSelector>().Select(s => s.Matchers.Select(m => m.Matcher).ToArray())];
        if (selectors.Length == 0)
        {
            call.Response.StatusCode = 204;
            return;
        }

        var lookup = new LabelLookup(call.Tenant, selectors, startMs, endMs);
        var answer = await call.LookUpAsync(
            runner, (context, statistics) => source.ExemplarsAsync(lookup with { Budget = context.Memory }, statistics, context.CancellationToken));
        if (answer is null) return;
        await using var response = ApiResponse.Begin(call.Response);
        response.Json.WriteStartArray();
        foreach (var series in answer.Found)
        {
            WriteExemplars(response.Json, series);
            await response.FlushIfFullAsync();
        }

        response.Json.WriteEndArray();
        await response.EndAsync(answer.Context.Warnings, []);
    }

    private async Task AnswerNamesAsync(
        ApiCall call, Func<LabelLookup, ScanStatistics, CancellationToken, ValueTask<IReadOnlyList<string>>> look)
    {
        var (startMs, endMs) = call.Parameters.Range();
        var selectors = call.Parameters.Selectors();
        var limit = call.Parameters.Limit();
        if (call.Parameters.Problem is { } problem)
        {
            await call.FailAsync(problem);
            return;
        }

        var lookup = new LabelLookup(call.Tenant, selectors, startMs, endMs);
        var answer = await call.LookUpAsync(
            runner,
            (context, statistics) => startMs <= endMs
                ? look(lookup with { Budget = context.Memory }, statistics, context.CancellationToken)
                : ValueTask.FromResult<IReadOnlyList<string>>([]));
        if (answer is null) return;
        await using var response = ApiResponse.Begin(call.Response);
        response.Json.WriteStartArray();
        foreach (var name in answer.Found.Take(limit))
        {
            response.Json.WriteStringValue(name);
            await response.FlushIfFullAsync();
        }

        response.Json.WriteEndArray();
        if (limit < answer.Found.Count) answer.Context.Warn(Truncated);
        await response.EndAsync(answer.Context.Warnings, []);
    }

    private static void WriteMetadata(Utf8JsonWriter json, MetricMetadata entry)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, entry.Type);
        json.WriteString("unit"u8, entry.Unit);
        json.WriteString("help"u8, entry.Help);
        json.WriteEndObject();
    }

    private static void WriteExemplars(Utf8JsonWriter json, SeriesExemplars series)
    {
        json.WriteStartObject();
        WriteLabels(json, "seriesLabels", series.SeriesLabels);
        json.WriteStartArray("exemplars"u8);
        foreach (var exemplar in series.Exemplars)
        {
            json.WriteStartObject();
            WriteLabels(json, "labels", exemplar.Labels);
            json.WritePropertyName("value"u8);
            AnswerJson.WriteValue(json, exemplar.Value);
            json.WritePropertyName("timestamp"u8);
            AnswerJson.WriteTime(json, exemplar.TimestampMs);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteLabels(Utf8JsonWriter json, string key, IReadOnlyList<KeyValuePair<string, string>> labels)
    {
        json.WriteStartObject(key);
        foreach (var (name, value) in labels) json.WriteString(name, value);
        json.WriteEndObject();
    }
}
