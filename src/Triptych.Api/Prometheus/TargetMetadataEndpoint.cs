using System.Text.Json;
using Triptych.Api.Http;
using Triptych.Columnar;
using Triptych.Columnar.Samples;
using Triptych.Model.Labels;
using Triptych.PromQL.Syntax;
using Triptych.Query.Budgets;

namespace Triptych.Api.Prometheus;

/// <summary>
/// <c>targets/metadata</c>: what is known about the metrics of each target. The store knows metadata by metric; which metrics a target has
/// now is seen in its series of the last lookback.
/// </summary>
internal sealed class TargetMetadataEndpoint(ISampleSource source, QueryRunner runner, ITargetSource targets, TimeProvider time)
{
    private static readonly string[] s_suffixes = ["", "_total", "_bucket", "_count", "_sum", "_created", "_info", "_gcount", "_gsum"];

    /// <summary>Answers.</summary>
    public async Task MetadataAsync(ApiCall call)
    {
        var limit = call.Parameters.Number("limit") ?? -1;
        var problem = call.Parameters.Problem;
        IReadOnlyList<SelectorMatcher> matchers = [];
        if (call.Parameters.Get("match_target") is { Length: > 0 } text)
        {
            var parsed = PromQLParser.ParseSelector(text, mayBeEmpty: true);
            if (parsed.Expression is VectorSelector selector) matchers = selector.Matchers;
            else problem ??= ApiError.BadParameter("match_target", parsed.Error!.ToString());
        }

        if (problem is not null)
        {
            await call.FailAsync(problem);
            return;
        }

        var metric = call.Parameters.Get("metric");
        var answer = await call.LookUpAsync(
            runner, async (context, statistics) => await CollectAsync(matchers, metric, limit, context, statistics));
        if (answer is null) return;
        await using var response = ApiResponse.Begin(call.Response);
        response.Json.WriteStartArray();
        foreach (var (target, entry) in answer.Found)
        {
            Write(response.Json, target, entry, withMetric: metric.Length == 0);
            await response.FlushIfFullAsync();
        }

        response.Json.WriteEndArray();
        await response.EndAsync(answer.Context.Warnings, []);
    }

    private async ValueTask<List<(TargetView Target, MetricMetadata Entry)>> CollectAsync(
        IReadOnlyList<SelectorMatcher> matchers, string metric, int limit, QueryContext context, ScanStatistics statistics)
    {
        var found = new List<(TargetView, MetricMetadata)>();
        var known = await source.MetadataAsync(context.Tenant, metric.Length == 0 ? null : metric, statistics, context.CancellationToken);
        var nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var target in targets.ActiveTargets)
        {
            if (limit >= 0 && found.Count >= limit) break;
            if (!matchers.All(m => m.Matcher.Matches(target.Labels.GetValueOrDefault(m.Name, "")))) continue;
            LabelMatcher[] ofTarget = [.. target.Labels.Select(l => LabelMatcher.Create(l.Key, MatchOp.Equal, l.Value))];
            var lookup = new LabelLookup(context.Tenant, [ofTarget], nowMs - (long)context.Limits.Lookback.TotalMilliseconds + 1, nowMs)
            {
                Budget = context.Memory,
            };
            var names = (await source.LabelValuesAsync(LabelNames.MetricName, lookup, statistics, context.CancellationToken))
                .ToHashSet(StringComparer.Ordinal);

            // The newest entry of a metric is what its target told last.
            foreach (var entry in known.DistinctBy(e => e.MetricName))
            {
                if (s_suffixes.Any(suffix => names.Contains(entry.MetricName + suffix))) found.Add((target, entry));
            }
        }

        return found;
    }

    private static void Write(Utf8JsonWriter json, TargetView target, MetricMetadata entry, bool withMetric)
    {
        json.WriteStartObject();
        json.WriteStartObject("target");
        foreach (var (name, value) in target.Labels.OrderBy(l => l.Key, StringComparer.Ordinal)) json.WriteString(name, value);
        json.WriteEndObject();
        if (withMetric) json.WriteString("metric", entry.MetricName);
        json.WriteString("type", entry.Type);
        json.WriteString("help", entry.Help);
        json.WriteString("unit", entry.Unit);
        json.WriteEndObject();
    }
}
