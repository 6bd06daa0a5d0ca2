using System.Diagnostics;
using System.Globalization;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Samples;
using Triptych.Columnar.Symbols;
using Triptych.Model;
using Triptych.Model.Attributes;
using Triptych.Model.Labels;
using Triptych.Testing;

namespace Triptych.Benchmarks.Scan;

/// <summary>
/// What narrow questions to one block of each signal cost beside reading all of it: time, bytes that were asked of the object store, and both as a
/// share of the full read in the same run. Rounds take turns; the shortest counts.
/// <code>dotnet run -c Release --project bench/Triptych.Benchmarks -- scan [ROUNDS]</code>
/// </summary>
internal static class ScanReport
{
    private static readonly ColumnRef[] LogProjection = [LogColumns.Stream, LogColumns.TimeUnixNanos, LogColumns.Line, LogColumns.Metadata];

    private static readonly ColumnRef[] SpanProjection =
    [
        SpanColumns.TraceId, SpanColumns.SpanId, SpanColumns.Name, SpanColumns.ServiceName, SpanColumns.StartUnixNanos, SpanColumns.DurationNanos,
        SpanColumns.SpanAttributes,
    ];

    public static async Task RunAsync(int rounds)
    {
        Console.WriteLine($"{"question",-44} {"rows",9} | {"time",10} {"of full",8} | {"read",10} {"of full",8}");
        await using (var metrics = await ScanData.MetricsAsync()) await ReportAsync(metrics.Objects, rounds, MetricQuestions(metrics));
        await using (var logs = await ScanData.LogsAsync()) await ReportAsync(logs.Objects, rounds, LogQuestions(logs));
        await using (var traces = await ScanData.TracesAsync()) await ReportAsync(traces.Objects, rounds, TraceQuestions(traces));
    }

    /// <summary>The first question is the full read.</summary>
    private static async Task ReportAsync(CountingObjectStore objects, int rounds, IReadOnlyList<(string Name, Func<Task<long>> Ask)> questions)
    {
        var times = Enumerable.Repeat(TimeSpan.MaxValue, questions.Count).ToArray();
        var bytes = new long[questions.Count];
        var rows = new long[questions.Count];
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < questions.Count; i++)
            {
                var ask = questions[i].Ask;
                var start = Stopwatch.GetTimestamp();

                // The last round counts: footers and page indexes are kept open by then.
                bytes[i] = await objects.BytesOfAsync(async () => rows[i] = await ask());
                var time = Stopwatch.GetElapsedTime(start);
                if (time < times[i]) times[i] = time;
            }
        }

        for (var i = 0; i < questions.Count; i++)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{questions[i].Name,-44} {rows[i],9} | {times[i].TotalMilliseconds,7:0.00} ms {times[i] / times[0],8:0.0000} | {bytes[i] / 1024.0,6:0} KiB {(double)bytes[i] / bytes[0],8:0.0000}"));
        }
    }

    private static IReadOnlyList<(string Name, Func<Task<long>> Ask)> MetricQuestions(ScanData data) =>
    [
        ("metrics: all", () => SamplesAsync(data, [], long.MinValue, long.MaxValue)),
        ("metrics: one series", () => SamplesAsync(data, [Is("__name__", "node_metric_17_total"), Is("instance", "host-77:9100")], long.MinValue, long.MaxValue)),
        ("metrics: one name", () => SamplesAsync(data, [Is("__name__", "node_metric_17_total")], long.MinValue, long.MaxValue)),
        ("metrics: 1 % of the time", () => SamplesAsync(data, [], data.MinTime, data.MinTime + ((data.MaxTime - data.MinTime) / 100))),
    ];

    private static IReadOnlyList<(string Name, Func<Task<long>> Ask)> LogQuestions(ScanData data)
    {
        var span = data.MaxTime - data.MinTime;
        var trace = new RowPredicate.Compare(LogColumns.MetadataValue("trace_id"), CompareOp.Equal, AttributeValue.String(ScanData.LogTraceId(123_456)));
        var key = new RowPredicate.Compare(LogColumns.MetadataValue("deploy"), CompareOp.Equal, AttributeValue.String("blue"));
        return
        [
            ("logs: all", () => LinesAsync(data, [], null, data.MinTime, long.MaxValue)),
            ("logs: all, level only", () => LinesAsync(data, [], null, data.MinTime, long.MaxValue, LogColumns.Level)),
            ("logs: one stream of 200", () => LinesAsync(data, [Is("pod", "shop-77")], null, data.MinTime, long.MaxValue)),
            ("logs: 1 % of the time", () => LinesAsync(data, [], null, data.MinTime + (span / 2), data.MinTime + (span / 2) + (span / 100))),
            ("logs: one stream, 1 % of the time", () => LinesAsync(data, [Is("pod", "shop-77")], null, data.MinTime + (span / 2), data.MinTime + (span / 2) + (span / 100))),
            ("logs: trace_id = one", () => LinesAsync(data, [], trace, data.MinTime, long.MaxValue)),
            ("logs: a key that few lines have", () => LinesAsync(data, [], key, data.MinTime, long.MaxValue)),
            ("logs: a needle in the lines", () => LinesAsync(data, [], new RowPredicate.Contains(LogColumns.Line, "item=777777 "u8.ToArray()), data.MinTime, long.MaxValue)),
        ];
    }

    private static IReadOnlyList<(string Name, Func<Task<long>> Ask)> TraceQuestions(ScanData data)
    {
        RowPredicate Equal(ColumnRef column, string text) => new RowPredicate.Compare(column, CompareOp.Equal, AttributeValue.String(text));
        var span = data.MaxTime - data.MinTime;
        var id = new RowPredicate.IdIn(SpanColumns.TraceId, new HashSet<ReadOnlyMemory<byte>>(BytesComparer.Instance) { ScanData.TraceId(12_345) });
        var slow = new RowPredicate.Compare(SpanColumns.DurationNanos, CompareOp.Greater, AttributeValue.Int(long.MaxValue / 2));
        return
        [
            ("traces: all", () => SpansAsync(data, null, data.MinTime, long.MaxValue)),
            ("traces: one trace", () => SpansAsync(data, id, data.MinTime, long.MaxValue)),
            ("traces: 1 % of the time", () => SpansAsync(data, null, data.MinTime + (span / 2), data.MinTime + (span / 2) + (span / 100))),
            ("traces: a service that is not there", () => SpansAsync(data, Equal(SpanColumns.ServiceName, "shop-5x"), data.MinTime, long.MaxValue)),
            ("traces: a resource attribute not there", () => SpansAsync(data, Equal(SpanColumns.ResourceAttribute("host.name"), "x"), data.MinTime, long.MaxValue)),
            ("traces: a service of one in 5,000 spans", () => SpansAsync(data, Equal(SpanColumns.ServiceName, "rare"), data.MinTime, long.MaxValue)),
            ("traces: a span attribute that few have", () => SpansAsync(data, Equal(SpanColumns.SpanAttribute("db.shard"), "7"), data.MinTime, long.MaxValue)),
            ("traces: a value of a frequent attribute", () => SpansAsync(data, Equal(SpanColumns.SpanAttribute("http.route"), "/api/7"), data.MinTime, long.MaxValue)),
            ("traces: longer than any", () => SpansAsync(data, slow, data.MinTime, long.MaxValue)),
        ];
    }

    private static LabelMatcher Is(string name, string value) => LabelMatcher.Create(name, MatchOp.Equal, value);

    private static async Task<long> SamplesAsync(ScanData data, IReadOnlyList<LabelMatcher> matchers, long min, long max)
    {
        var request = new SampleScanRequest
        {
            Tenant = TenantId.Default,
            Matchers = matchers,
            MinTimeMs = min,
            MaxTimeMs = max,
            Symbols = new SymbolTable(),
        };
        await using var scan = await data.Metrics!.OpenAsync(request, CancellationToken.None);
        var samples = 0L;
        while (await scan.NextAsync(CancellationToken.None) is { } batch) samples += batch.SampleCount;
        return samples;
    }

    private static Task<long> LinesAsync(
        ScanData data, IReadOnlyList<LabelMatcher> matchers, RowPredicate? predicate, long min, long max, params ColumnRef[] columns) =>
        RowsAsync(data.Logs!, matchers, predicate, min, max, columns.Length == 0 ? LogProjection : columns);

    private static Task<long> SpansAsync(ScanData data, RowPredicate? predicate, long min, long max) =>
        RowsAsync(data.Traces!, [], predicate, min, max, SpanProjection);

    private static async Task<long> RowsAsync(
        IRowSource source, IReadOnlyList<LabelMatcher> matchers, RowPredicate? predicate, long min, long max, ColumnRef[] projection)
    {
        var request = new RowScanRequest
        {
            Tenant = TenantId.Default,
            MinTimeUnixNanos = min,
            MaxTimeUnixNanos = max,
            Symbols = new SymbolTable(),
            Projection = projection,
            Matchers = matchers,
            Predicate = predicate,
        };
        await using var scan = await source.OpenAsync(request, CancellationToken.None);
        var rows = 0L;
        while (await scan.NextAsync(CancellationToken.None) is { } batch) rows += batch.RowCount;
        return rows;
    }
}
