using Triptych.Columnar;
using Triptych.Columnar.Rows;

namespace Triptych.Api.Loki;

/// <summary><c>patterns</c>: what the lines of some streams have in common, with their number by step.</summary>
internal sealed class LokiPatternRoutes(ILogSource source)
{
    // As in Loki, finer steps are counted by this one.
    private const long LeastStepNanos = 10_000_000_000;

    // What is kept with blocks is counted by ten seconds or by minutes.
    private const long MinuteNanos = 60_000_000_000;

    /// <summary>Answers, most frequent patterns first.</summary>
    public async Task PatternsAsync(LokiCall call)
    {
        var parameters = call.Parameters;
        var range = parameters.Range();
        var step = StepOf(Math.Max(parameters.StepNanos(range), parameters.Text("step") is null ? MinuteNanos : LeastStepNanos));
        var matchers = parameters.RequiredSelector("query");
        if (await call.RefusedAsync()) return;
        var found = await call.EvaluateAsync<Found>(async query =>
        {
            var lookup = new PatternLookup(call.Tenant, matchers, range.StartUnixNanos, range.EndUnixNanos, step) { Budget = query.Memory };
            var statistics = new ScanStatistics();
            var patterns = await source.PatternsAsync(lookup, statistics, query.CancellationToken);
            query.Add(statistics);
            return new Found(patterns, query.Warnings);
        });
        if (found is null) return;
        await using var reply = new JsonReply(call.Http);
        var json = reply.Writer;
        json.WriteStartObject();
        json.WriteString("status", "success");
        json.WriteStartArray("data");
        foreach (var pattern in found.Patterns)
        {
            json.WriteStartObject();
            json.WriteString("pattern", pattern.Text);
            json.WriteString("level", pattern.Level);
            json.WriteStartArray("samples");
            foreach (var (start, count) in pattern.Samples)
            {
                json.WriteStartArray();
                json.WriteNumberValue(start / 1_000_000_000);
                json.WriteNumberValue(count);
                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteEndObject();
            await reply.FlushIfFullAsync();
        }

        json.WriteEndArray();
        reply.WriteWarnings(found.Warnings);
        json.WriteEndObject();
        await reply.FinishAsync();
    }

    /// <summary>From a minute on whole minutes.</summary>
    private static long StepOf(long asked) => asked <= MinuteNanos ? asked : (asked + MinuteNanos - 1) / MinuteNanos * MinuteNanos;

    private sealed record Found(IReadOnlyList<LogPattern> Patterns, IReadOnlyCollection<string> Warnings);
}
