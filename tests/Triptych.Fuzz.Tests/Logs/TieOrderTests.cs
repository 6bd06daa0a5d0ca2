using System.Globalization;
using System.Text;
using Triptych.Columnar.Rows;
using Triptych.Logs.Compaction;
using Triptych.Logs.Tests;
using Triptych.LogQL.Planning;
using Triptych.Model;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;
using Triptych.Testing;

namespace Triptych.Fuzz.Tests.Logs;

/// <summary>Rows with equal times have one order, by stream and then by arrival, in heads, in blocks and in merged ones.</summary>
public sealed class TieOrderTests
{
    private const long Second = 1_000_000_000;

    private static readonly string[] s_streams = ["app=z,n=1", "app=b,env=x,n=1", "app=c,n=1", "n=1", "app=a,n=1,zone=q"];

    private static readonly string[] s_metrics =
    [
        """first_over_time({n="1"} | json | v > 30 | unwrap v | __error__="" [2h]) by (level)""",
        """last_over_time({n="1"} | json | unwrap v | __error__="" [2h]) by (level, app)""",
        """last_over_time({n="1"} | json | unwrap v | __error__="" [10s]) by (n)""",
        """sum(rate_counter({n="1"} | json | unwrap v | __error__="" [20s]))""",
        """sum by (level) (first_over_time({n="1",app!="c"} |= "v" | json | unwrap v | __error__="" [20s]))""",
    ];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, MergeRun.Seeds)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Rows_with_equal_times_have_one_order_wherever_they_lie(int seed)
    {
        var random = new Random(seed);
        await using var fixture = await LogStoreFixture.OpenAsync();
        var origin = fixture.Now - (3_600 * Second);
        var next = 0;
        for (var part = 0; part < 3; part++)
        {
            for (var append = 0; append < 5; append++)
                await fixture.AppendAsync([.. Enumerable.Range(0, 120).Select(_ => NextLine(random, origin, part, next++))]);
            var answers = await AnswersAsync(fixture, origin);
            answers.Count(a => a.Contains(':', StringComparison.Ordinal)).ShouldBeGreaterThan(4);
            await fixture.FlushAsync();
            (await AnswersAsync(fixture, origin)).ShouldBe(answers, $"seed {seed}, part {part} in a block");
        }

        var before = await AnswersAsync(fixture, origin);
        await MergeRun.RunAsync(
            new LogBlockMerger(), fixture.Catalog, MergeRun.Job(fixture.Catalog, fixture.Objects, MergeRun.Blocks(fixture.Catalog, Signal.Logs)));
        MergeRun.Blocks(fixture.Catalog, Signal.Logs).Count.ShouldBe(1);
        (await AnswersAsync(fixture, origin)).ShouldBe(before, $"seed {seed} merged");
    }

    /// <summary>Lines at few times, which parts share: the next part begins in the middle of the one before.</summary>
    private static Line NextLine(Random random, long origin, int part, int number)
    {
        var level = random.Next(3) == 0 ? "error" : "info";
        var text = random.Next(20) == 0
            ? string.Create(CultureInfo.InvariantCulture, $$"""{"v":{{random.Next(100)}},"id":"\t{{number}}","level":"{{level}}"} behind""")
            : string.Create(CultureInfo.InvariantCulture, $$"""{"v":{{random.Next(100)}},"level":"{{level}}","id":"{{number}}"}""");
        return new Line(s_streams[random.Next(s_streams.Length)], origin + (((part * 20) + random.Next(40)) * Second), text);
    }

    private static async Task<List<string>> AnswersAsync(LogStoreFixture fixture, long origin)
    {
        var answers = new List<string>();
        var end = origin + (200 * Second);
        foreach (var query in s_metrics)
        {
            var grid = query.Contains("[2h]", StringComparison.Ordinal) ? StepGrid.Instant(end) : StepGrid.Range(origin, end, 5 * Second);
            answers.Add(await AskAsync(fixture, new LogQLRequest { Query = query, Grid = grid, IsInstant = grid.Count == 1 }));
        }

        foreach (var query in new[] { """{n="1"}""", """{n="1"} | json | v > 50""" })
        {
            foreach (var direction in new[] { LogDirection.Forward, LogDirection.Backward })
            {
                foreach (var limit in new[] { 7, 250, 10_000 })
                {
                    answers.Add(await AskAsync(fixture, new LogQLRequest
                    {
                        Query = query,
                        Grid = StepGrid.Instant(0),
                        StartUnixNanos = origin,
                        EndUnixNanos = end,
                        Limit = limit,
                        Direction = direction,
                    }));
                }
            }
        }

        return answers;
    }

    private static async Task<string> AskAsync(LogStoreFixture fixture, LogQLRequest request)
    {
        var context = new QueryContext(TenantId.Default, new QueryLimits(), CancellationToken.None);
        var result = await new LogQLEngine(fixture.Store, new LogQLOptions()).QueryAsync(request, context);
        result.Error.ShouldBeNull(request.Query);
        var rows = result.Value!.Matrix is { } matrix
            ? matrix.Rows.Select(row => FieldQueryTests.Labels(context.Symbols, row.Labels) + ": " + string.Join(' ', row.Values.Select(FieldQueryTests.Text)))
                .Order(StringComparer.Ordinal)
            : result.Value.Lines!.Select(l => l.TimeUnixNanos.ToString(CultureInfo.InvariantCulture) + " " + Encoding.UTF8.GetString(l.Line.Span));
        return request.Query + "\n" + string.Join('\n', rows);
    }
}
