using System.Globalization;
using System.Text;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Logs.Block;
using Triptych.Logs.Compaction;
using Triptych.Logs.Tests;
using Triptych.LogQL.Planning;
using Triptych.LogQL.Tests.Sources;
using Triptych.Model;
using Triptych.Model.Labels;
using Triptych.Model.Logs;
using Triptych.Primitives.Memory;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;
using Triptych.Storage.Compaction;
using Triptych.Testing;

namespace Triptych.Fuzz.Tests.Logs;

/// <summary>
/// Questions over stored columns of fields have the answers that the lines give: the engine over the store against the engine over plain lines.
/// </summary>
public sealed class FieldQueryTests
{
    private const long Second = 1_000_000_000;

    private static readonly string[] s_streams = ["app=a,env=prod,n=1", "app=b,n=1", "app=c,n=1,status=77", "env=dev,level=info,n=1"];

    private static readonly string[] s_metadata = ["", "", "", "status=900", "trace_id=abcdef,pod=p1", "level=meta", "detected_level=odd"];

    private static readonly string[] s_metrics =
    [
        """sum by (app) (count_over_time({n="1"} | json | __error__="" | duration_ms > 50 [2h]))""",
        """sum by (status) (count_over_time({n="1"} | json | __error__="" [2h]))""",
        """sum by (level, http_status) (count_over_time({n="1"} | json | __error__="" [2h]))""",
        """sum by (app, level) (count_over_time({n="1"} | json | status="500" | __error__="" [2h]))""",
        """sum by (app) (count_over_time({n="1"} | json | level!="info" | __error__="" [2h]))""",
        """sum by (duration_ms) (count_over_time({n="1"} | json | duration_ms > 190 | __error__="" [2h]))""",
        """sum(count_over_time({n="1"} | json | __error__!="" [2h]))""",
        """sum(count_over_time({n="1"} | json | status >= 500 and level="error" | __error__="" [2h]))""",
        """sum by (app) (count_over_time({n="1"} | json | status >= 500 or level="error" | __error__="" [2h]))""",
        """sum by (trace_id, detected_level) (count_over_time({n="1"} | json | __error__="" [2h]))""",
        """sum by (level) (sum_over_time({n="1"} | json | unwrap duration_ms | __error__="" [2h]))""",
        """max by (app) (max_over_time({n="1"} | json | status < 500 | unwrap duration_ms | __error__="" [2h]))""",
        """quantile_over_time(0.9, {n="1"} | json | unwrap duration_ms | duration_ms < 100 | __error__="" [2h]) by (app)""",
        """sum by (status) (sum_over_time({n="1"} | json | unwrap status | __error__="" [2h]))""",
        """sum(avg_over_time({n="1"} | json | unwrap duration(duration_ms) | __error__="" [2h]))""",
        """sum by (status) (count_over_time({n="1"} | logfmt | status >= 500 | __error__="" [2h]))""",
        """sum by (status, level) (count_over_time({n="1"} | logfmt | __error__="" [2h]))""",
        """sum by (status) (count_over_time({n="1"} | logfmt --strict | __error__="" [2h]))""",
        """sum by (status, level) (count_over_time({n="1"} | logfmt --keep-empty | __error__="" [2h]))""",
        """sum by (level) (sum_over_time({n="1"} | logfmt | unwrap duration_ms | __error__="" [2h]))""",
        """sum by (level) (count_over_time({n="1"} | json | logfmt | __error__="" [2h]))""",
        """sum by (lvl) (count_over_time({n="1"} | json | label_format lvl=level | status > 200 | __error__="" [2h]))""",
        """sum by (level) (count_over_time({n="1"} | json | drop status | status > 200 | __error__="" [2h]))""",
        """sum by (status) (count_over_time({n="1"} | json | keep level | __error__="" [2h]))""",
        """sum by (level) (count_over_time({n="1"} |= "status" | json | status=~"5.." | __error__="" [2h]))""",
        """sum by (level) (bytes_over_time({n="1"} | json | status=200 | __error__="" [2h]))""",
        """sum by (level) (count_over_time({n="1"} | status > 5 | json | status > 200 | __error__="" [2h]))""",
        """sum by (status_extracted) (count_over_time({n="1"} | json | __error__="" [2h]))""",
        """sum by (app_extracted, level) (count_over_time({n="1"} | json | status_extracted > 300 | __error__="" [2h]))""",
        """sum(count_over_time({n="1"} | logfmt | status_extracted!="" | __error__="" [2h]))""",
        """sum(sum_over_time({n="1"} | json | label_format size=duration_ms | unwrap size | __error__="" [2h]))""",
        """sum(sum_over_time({n="1"} | logfmt | __error__="" | label_format status=duration_ms | unwrap status | __error__="" [2h]))""",
        """max_over_time({n="1"} | json | label_format duration_ms=status | unwrap duration_ms | __error__="" [2h]) by (app)""",
        """sum by (app) (sum_over_time({n="1"} | logfmt | drop status | unwrap status | __error__="" [2h]))""",
        """sum by (app) (sum_over_time({n="1"} | json | keep duration_ms | unwrap duration_ms | __error__="" [2h]))""",
        """sum by (level) (sum_over_time({n="1",app=~".+"} | json | unwrap size | __error__="" [2h]))""",
        """count_over_time({n="1"} | json | __error__="" | level="error" [2h])""",
        """sum by (app) (rate({n="1"} | json | __error__="" [10m]))""",
        """sum(count_over_time({n="1"} | json [2h]))""",
        """sum(sum_over_time({app="a"} | json | unwrap level [2h]))""",
        """sum by (__error__) (count_over_time({n="1"} | json | __error__="" [2h]))""",
    ];

    private static readonly string[] s_lineQueries =
    [
        """{n="1"} | json | status >= 500""",
        """{n="1"} | json | level="error" | status!="500" """,
        """{n="1"} | json | duration_ms > 100 | status < 400""",
        """{n="1"} |= "status" | json | __error__="" | status="404" | line_format "{{.level}}" """,
        """{n="1"} | logfmt | level=~"err.*|warn" | duration_ms >= 10""",
        """{n="1"} | json | size > 4KB""",
        """{n="1"} | json | status_extracted > 300""",
        """{n="1"} | json | level!="debug" | app_extracted="x1" """,
        """{n="1"} | logfmt | level_extracted!="" """,
        """{n="1"} | json | level="" """,
        """{n="1"} | json | http_method="POST" and http_status > 400 | drop http_status""",
    ];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, MergeRun.Seeds)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Fields_answer_as_lines_do(int seed)
    {
        var random = new Random(seed);
        await using var fixture = await LogStoreFixture.OpenAsync();
        var origin = fixture.Now - (3_600 * Second);
        var written = new List<Line>();
        var blocks = random.Next(2, 5);
        for (var block = 0; block < blocks; block++)
        {
            // Some flushes overlap in time with the one before, and services come and go.
            await FillAsync(fixture, written, random, origin + (block * random.Next(300, 700) * Second), first: random.Next(2));
            await fixture.FlushAsync();
        }

        var answers = await AnswersAsync(Plain(written), origin);
        answers.Count(a => a.Contains("BadData", StringComparison.Ordinal)).ShouldBeLessThan(answers.Count / 2);
        (await AnswersAsync(fixture.Store, origin)).ShouldBe(answers, $"seed {seed} in blocks");
        if (seed % 3 == 0) (await HasColumnsAsync(fixture)).ShouldBeTrue();

        // Little memory copies row groups that would be small else.
        var memory = new MemoryBudget("merge", random.Next(2) == 0 ? MergeJob.DefaultMemoryBytes : 6 << 20);
        var job = MergeRun.Job(fixture.Catalog, fixture.Objects, MergeRun.Blocks(fixture.Catalog, Signal.Logs), memory: memory);
        await MergeRun.RunAsync(new LogBlockMerger(), fixture.Catalog, job);
        (await AnswersAsync(fixture.Store, origin)).ShouldBe(answers, $"seed {seed} merged");
        if (seed % 3 == 0) (await HasColumnsAsync(fixture)).ShouldBeTrue();

        var deletion = new RowDeletion(
            origin + (100 * Second), origin + (600 * Second), [LabelMatcher.Create("app", MatchOp.NotEqual, "c")],
            new RowPredicate.Contains(LogColumns.Line, Encoding.UTF8.GetBytes("warn")));
        var rewrite = MergeRun.Job(fixture.Catalog, fixture.Objects, MergeRun.Blocks(fixture.Catalog, Signal.Logs), deletions: [deletion], memory: memory);
        await MergeRun.RunAsync(new LogBlockMerger(), fixture.Catalog, rewrite);
        written.RemoveAll(l => l.Time >= deletion.MinTime && l.Time <= deletion.MaxTime && !l.Stream.Contains("app=c", StringComparison.Ordinal)
            && l.Text.Contains("warn", StringComparison.Ordinal)).ShouldBeGreaterThan(0);
        answers = await AnswersAsync(Plain(written), origin);
        (await AnswersAsync(fixture.Store, origin)).ShouldBe(answers, $"seed {seed} with rows deleted");

        await FillAsync(fixture, written, random, origin + (2_000 * Second), first: 0);
        answers = await AnswersAsync(Plain(written), origin);
        (await AnswersAsync(fixture.Store, origin)).ShouldBe(answers, $"seed {seed} with a head");
    }

    private static async Task<bool> HasColumnsAsync(LogStoreFixture fixture)
    {
        foreach (var meta in MergeRun.Blocks(fixture.Catalog, Signal.Logs))
        {
            var block = await LogBlock.OpenAsync(fixture.Objects, meta, CancellationToken.None);
            if (!block.File.Schema.TryFind("json3_duration_ms", out _) && !block.File.Schema.TryFind("json_level", out _)) continue;
            using var parsed = await block.File.RowGroups[0].ReadColumnAsync(block.File.Schema.Column(LogBlockSchema.Parsed));
            if (parsed.Int32s.Contains((int)FieldFormat.Json)) return true;
        }

        return false;
    }

    private static async Task FillAsync(LogStoreFixture fixture, List<Line> written, Random random, long start, int first)
    {
        var lines = new FieldLines(random, new[] { 0.0005, 0.003, 0.1 }[random.Next(3)]);
        var batch = new List<Line>();
        for (var i = 0; i < 700; i++)
        {
            var service = first + random.Next(4);
            var level = (LogLevel)random.Next(5);
            var metadata = s_metadata[random.Next(s_metadata.Length)];
            var line = new Line(s_streams[service % s_streams.Length], start + (i * Second) + random.Next(1000), lines.Next(service), metadata, level);
            batch.Add(line);
        }

        await fixture.AppendAsync([.. batch]);
        written.AddRange(batch);
    }

    internal static MemoryLogSource Plain(List<Line> lines)
    {
        var plain = new MemoryLogSource();
        foreach (var line in lines) plain.Add(line.Stream, line.Time, line.Text, line.Level.ToString().ToLowerInvariant(), line.Metadata);
        return plain;
    }

    private static async Task<List<string>> AnswersAsync(ILogSource source, long origin)
    {
        var answers = new List<string>();
        foreach (var query in s_metrics)
        {
            var grid = query.Contains("[2h]", StringComparison.Ordinal)
                ? StepGrid.Instant(origin + (7_000 * Second))
                : StepGrid.Range(origin, origin + (3_600 * Second), 300 * Second);
            answers.Add(query + "\n" + await AskAsync(source, new LogQLRequest { Query = query, Grid = grid, IsInstant = grid.Count == 1 }));
        }

        foreach (var query in s_lineQueries)
        {
            var request = new LogQLRequest
            {
                Query = query,
                Grid = StepGrid.Instant(0),
                StartUnixNanos = origin,
                EndUnixNanos = origin + (7_000 * Second),
                Limit = 100_000,
            };
            answers.Add(query + "\n" + await AskAsync(source, request));
        }

        return answers;
    }

    internal static async Task<string> AskAsync(ILogSource source, LogQLRequest request)
    {
        var context = new QueryContext(TenantId.Default, new QueryLimits(), CancellationToken.None);
        var result = await new LogQLEngine(source, new LogQLOptions { MaxSeries = 100_000 }).QueryAsync(request, context);

        // Which of several rows with an error is named hangs on their order.
        if (result.Error is { } error) return $"{error.Kind}: {error.Message.Split(" for series")[0]}";
        if (result.Value!.Matrix is { } matrix)
        {
            var rows = matrix.Rows.Select(row => Labels(context.Symbols, row.Labels) + " " + string.Join(' ', row.Values.Select(Text)));
            return string.Join('\n', rows.Order(StringComparer.Ordinal));
        }

        var lines = result.Value.Lines!.Select(l => string.Create(
            CultureInfo.InvariantCulture,
            $"{l.TimeUnixNanos} {Labels(context.Symbols, l.Stream)} {Labels(context.Symbols, l.Metadata)} {Labels(context.Symbols, l.Parsed)} {Encoding.UTF8.GetString(l.Line.Span)}"));
        return string.Join('\n', lines.Order(StringComparer.Ordinal));
    }

    internal static string Text(double value) => StepRow.IsAbsent(value) ? "_" : value.ToString("G11", CultureInfo.InvariantCulture);

    internal static string Labels(SymbolTable symbols, ReadOnlySpan<LabelId> labels)
    {
        var texts = new List<string>();
        foreach (var label in labels) texts.Add($"{symbols.GetString(label.Name)}={symbols.GetString(label.Value)}");
        texts.Sort(StringComparer.Ordinal);
        return "{" + string.Join(',', texts) + "}";
    }
}
