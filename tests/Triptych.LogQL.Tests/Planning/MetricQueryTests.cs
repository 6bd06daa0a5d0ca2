using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.LogQL.Planning;
using Triptych.LogQL.Tests.Sources;
using static Triptych.LogQL.Tests.Sources.Query;

namespace Triptych.LogQL.Tests.Planning;

public sealed class MetricQueryTests
{
    private readonly MemoryLogSource _source = new MemoryLogSource()
        .Add("app=a,env=prod", 10 * Second, "12345")
        .Add("app=a,env=prod", 20 * Second, "1234567", "error", "trace_id=t1")
        .Add("app=b,env=prod", 20 * Second, "12", "error")
        .Add("app=b,env=dev", 35 * Second, "1");

    [Fact]
    public async Task Windows_are_open_at_the_start_and_closed_at_the_end() =>
        (await MetricAsync(_source, """sum(count_over_time({env=~".+"}[10s]))""", 0, 50, 5)).ShouldBe("{} _ _ 1 1 2 2 _ 1 1 _ _");

    [Fact]
    public async Task Steps_wider_than_the_range_leave_lines_out() =>
        (await MetricAsync(_source, """sum(count_over_time({env=~".+"}[5s]))""", 10, 50, 20)).ShouldBe("{} 1 _ _");

    [Fact]
    public async Task An_offset_moves_the_window_back() =>
        (await MetricAsync(_source, """sum(count_over_time({env=~".+"}[10s] offset 10s))""", 0, 50, 10)).ShouldBe("{} _ _ 1 2 _ 1");

    [Fact]
    public async Task Series_have_all_labels_of_stream_and_metadata() =>
        (await InstantAsync(_source, """count_over_time({env=~".+"}[1m])""", 60)).ShouldBe(
            "{app=a,detected_level=error,env=prod,trace_id=t1} 1\n{app=a,detected_level=unknown,env=prod} 1\n"
            + "{app=b,detected_level=error,env=prod} 1\n{app=b,detected_level=unknown,env=dev} 1");

    [Theory]
    [InlineData("count_over_time({app=\"m\"}[1m])")]
    [InlineData("count_over_time({app=\"m\"} | logfmt [1m])")]
    [InlineData("sum without (k0) (count_over_time({app=\"m\"} | logfmt | k1=\"v\" [1m]))")]
    public async Task Series_may_have_many_labels(string query)
    {
        // Two lines that differ in the last of their labels alone, some of which are metadata and some fields.
        var source = new MemoryLogSource();
        foreach (var last in new[] { "x", "y" })
        {
            source.Add(
                "app=m", 10 * Second, string.Join(' ', Enumerable.Range(0, 40).Select(static i => $"k{i}=v")),
                metadata: string.Join(',', Enumerable.Range(0, 40).Select(static i => $"m{i}=v").Append($"z={last}")));
        }

        var series = (await InstantAsync(source, query, 60)).Split('\n');
        series.Select(static s => s.Split("z=")[1]).ShouldBe(["x} 1", "y} 1"]);
        series.ShouldAllBe(static s => s.Contains("m39=v"));
    }

    [Fact]
    public async Task Sum_by_groups_by_stream_labels_metadata_and_level()
    {
        (await InstantAsync(_source, """sum by (app) (count_over_time({env=~".+"}[1m]))""", 60)).ShouldBe("{app=a} 2\n{app=b} 2");
        (await InstantAsync(_source, """sum by (trace_id, none) (count_over_time({env=~".+"}[1m]))""", 60)).ShouldBe("{trace_id=t1} 1\n{} 3");
        (await InstantAsync(_source, """sum by (detected_level) (count_over_time({env=~".+"}[1m]))""", 60))
            .ShouldBe("{detected_level=error} 2\n{detected_level=unknown} 2");
        (await InstantAsync(_source, """sum without (app, trace_id) (count_over_time({env=~".+"}[1m]))""", 60))
            .ShouldBe("{detected_level=error,env=prod} 2\n{detected_level=unknown,env=dev} 1\n{detected_level=unknown,env=prod} 1");
    }

    [Fact]
    public async Task Counting_reads_no_lines()
    {
        await InstantAsync(_source, """sum(count_over_time({env=~".+"} |= "1" [1m]))""", 60);
        _source.Requests[0].Projection.ShouldBe([LogColumns.TimeUnixNanos, LogColumns.RecordCount]);
        _source.Requests[0].Fold.ShouldNotBeNull().Bounds.ToArray().ShouldBe([0, 60 * Second]);
        await InstantAsync(_source, """sum by (app) (rate({env=~".+"}[1m]))""", 60);
        _source.Requests[1].Projection.ShouldBe(
            [LogColumns.TimeUnixNanos, LogColumns.RecordCount, LogColumns.Stream, LogColumns.MetadataValue("app")]);
        await InstantAsync(_source, """sum(bytes_rate({env=~".+"}[1m]))""", 60);
        _source.Requests[2].Projection.ShouldBe([LogColumns.TimeUnixNanos, LogColumns.LineLengthBytes]);
        _source.Requests[2].Fold.ShouldNotBeNull();
        _source.Requests.ShouldAllBe(r => r.MinTimeUnixNanos == 1 && r.MaxTimeUnixNanos == (60 * Second) + 1);
    }

    [Fact]
    public async Task Comparisons_of_metadata_move_into_the_scan_and_only_what_matters_of_it_is_read()
    {
        var source = new MemoryLogSource()
            .Add("app=a", Second, "x", metadata: "size=5,zone=z").Add("app=a", 2 * Second, "x", metadata: "size=odd,zone=z")
            .Add("app=a", 3 * Second, "x", metadata: "other=1,size=50,zone=z").Add("app=a", 4 * Second, "x", metadata: "zone=z");
        (await InstantAsync(source, """sum by (zone) (count_over_time({app="a"} | size > 9 | __error__=""[1m]))""", 60)).ShouldBe("{zone=z} 1");
        source.Requests[0].Predicate.ShouldBeOfType<RowPredicate.MayHold>().Column.ShouldBe(LogColumns.MetadataValue("size"));
        source.Requests[0].Projection.ShouldBe(
            [LogColumns.TimeUnixNanos, LogColumns.Stream, LogColumns.MetadataValue("size"), LogColumns.MetadataValue("zone")]);

        // A comparison behind one that can fail keeps rows with an error, which is told with all labels of its row.
        (await InstantAsync(source, """sum(count_over_time({app="a"} | size > 9 | other > 0 [1m]))""", 60))
            .ShouldContain("""{app="a", detected_level="unknown", size="odd", zone="z"}""");
        source.Requests[1].Predicate.ShouldBeOfType<RowPredicate.MayHold>();
        source.Requests[2].Projection.ShouldContain(LogColumns.Metadata);

        // A stream's label is not the store's affair.
        (await InstantAsync(source, """sum(count_over_time({app="a"} | app > 9 [1m]))""", 60)).ShouldStartWith("BadData");
        source.Requests[3].Predicate.ShouldBeNull();
    }

    [Theory]
    [InlineData("""sum(rate({env=~".+"}[1m]))""", "{} 0.066667")]
    [InlineData("""sum(bytes_over_time({env=~".+"}[1m]))""", "{} 15")]
    [InlineData("""sum by (app) (bytes_rate({env=~".+"}[30s]))""", "{app=b} 0.033333")]
    [InlineData("""max by (app) (bytes_over_time({env=~".+"}[1m]))""", "{app=a} 7\n{app=b} 2")]
    [InlineData("""min(bytes_over_time({env=~".+"}[1m]))""", "{} 1")]
    [InlineData("""avg(bytes_over_time({env=~".+"}[1m]))""", "{} 3.75")]
    [InlineData("""count by (app) (count_over_time({env=~".+"}[1m]))""", "{app=a} 2\n{app=b} 2")]
    [InlineData("""stddev(bytes_over_time({app="a"}[1m]))""", "{} 1")]
    [InlineData("""topk(1, sum by (app) (bytes_over_time({env=~".+"}[1m])))""", "{app=a} 12")]
    [InlineData("""bottomk(1, sum by (app) (bytes_over_time({env=~".+"}[1m])))""", "{app=b} 3")]
    [InlineData("""approx_topk(1, sum by (app) (bytes_over_time({env=~".+"}[1m])))""", "{app=a} 12")]
    [InlineData("""approx_topk(9, sum by (app) (bytes_over_time({env=~".+"}[1m])))""", "{app=a} 12\n{app=b} 3")]
    [InlineData("""approx_topk(1, count_over_time({app="b"} |= "2" [1m]))""", "{app=b,detected_level=error,env=prod} 1")]
    [InlineData("""absent_over_time({app="a", env="prod", x=~".*"}[1m])""", "")]
    [InlineData("""absent_over_time({app="zz", env!="dev"}[1m])""", "{app=zz} 1")]
    [InlineData("""1 + 2 * 3 ^ 2 - -1""", "20")]
    [InlineData("""vector(1)+vector(1)""", "{} 2")]
    [InlineData("""sum by (app) (count_over_time({env=~".+"}[1m])) > 5""", "")]
    [InlineData("""sum by (app) (bytes_over_time({env=~".+"}[1m])) > 5""", "{app=a} 12")]
    [InlineData("""5 < sum by (app) (bytes_over_time({env=~".+"}[1m]))""", "{app=a} 12")]
    [InlineData("""sum by (app) (bytes_over_time({env=~".+"}[1m])) > bool 5""", "{app=a} 1\n{app=b} 0")]
    [InlineData("""sum by (app) (bytes_over_time({env=~".+"}[1m])) / sum by (app) (count_over_time({env=~".+"}[1m]))""", "{app=a} 6\n{app=b} 1.5")]
    [InlineData("""sum by (app, env) (count_over_time({env=~".+"}[1m])) / on (app) group_left () sum by (app) (count_over_time({env=~".+"}[1m]))""",
        "{app=a,env=prod} 1\n{app=b,env=dev} 0.5\n{app=b,env=prod} 0.5")]
    [InlineData("""sum by (app) (count_over_time({env="prod"}[1m])) unless sum by (app) (count_over_time({env="dev"}[1m]))""", "{app=a} 2")]
    [InlineData("""sum by (app) (count_over_time({env="dev"}[1m])) or vector(0)""", "{app=b} 1\n{} 0")]
    [InlineData("""label_replace(sum by (app) (count_over_time({env="dev"}[1m])), "x", "<$1>${app}$$", "app", "(.*)")""", "{app=b,x=<b>$} 1")]
    public async Task Evaluates(string query, string expected) => (await InstantAsync(_source, query, 60)).ShouldBe(expected);

    [Fact]
    public async Task Sort_orders_series_by_value()
    {
        (await InstantAsync(_source, """sort(sum by (app) (bytes_over_time({env=~".+"}[1m])))""", 60, sorted: false)).ShouldBe("{app=b} 3\n{app=a} 12");
        (await InstantAsync(_source, """sort_desc(sum by (app) (bytes_over_time({env=~".+"}[1m])))""", 60, sorted: false)).ShouldBe("{app=a} 12\n{app=b} 3");
    }

    [Theory]
    [InlineData("""{app="a"}""", "BadData: log queries are not supported as an instant query type, please change your query to a range query type")]
    [InlineData("""approx_topk by (app) (2, rate({app="a"}[1m]))""",
        "BadData: parse error at line 1, col 13: grouping not allowed for approx_topk aggregation")]
    [InlineData("""approx_topk(0, rate({app="a"}[1m]))""",
        "BadData: parse error at line 1, col 13: invalid parameter for operation approx_topk: it must be a whole number greater than 0")]
    [InlineData("""approx_topk(2, 1)""", "BadData: parse error at line 1, col 1: an aggregation needs series, not a number")]
    [InlineData("""rate_counter({app="a"}[1m])""", "BadData: parse error at line 1, col 1: invalid aggregation rate_counter without unwrap")]
    [InlineData("""rate_counter({app="a"} | unwrap x [1m]) by (app)""",
        "BadData: parse error at line 1, col 41: grouping not allowed for rate_counter aggregation")]
    [InlineData("""variants(rate({app="a"}[1m])) of ({app="a"}[1m])""", "NotEvaluated: variants is not evaluated yet (line 1, col 1)")]
    [InlineData("""rate({app="a"}[31y])""", "BadData: ranges and offsets are at most 30 years long")]
    [InlineData("""sum(1)""", "BadData: parse error at line 1, col 1: an aggregation needs series, not a number")]
    public async Task Refuses(string query, string expected) => (await InstantAsync(_source, query, 60)).ShouldBe(expected);

    [Fact]
    public async Task The_approximate_top_is_the_exact_one_at_each_step()
    {
        const string Inner = """(1, sum by (app) (bytes_over_time({env=~".+"}[10s])))""";
        var answer = await MetricAsync(_source, "approx_topk" + Inner, 10, 50, 10);
        answer.ShouldBe("{app=a} 5 7 _ _ _\n{app=b} _ _ _ 1 _");
        answer.ShouldBe(await MetricAsync(_source, "topk" + Inner, 10, 50, 10));
    }

    [Theory]
    [InlineData(30, "{app=c} 0.05 0.783333 0.166667 0 0")]
    [InlineData(60, "{app=c} 0.025 0.416667 0.5 0.166667 0.083333")]
    public async Task Counters_grow_from_one_value_to_the_next_and_from_zero_after_a_fall(int range, string expected)
    {
        var source = new MemoryLogSource()
            .Add("app=c", 10 * Second, "n=1").Add("app=c", 20 * Second, "n=2.5").Add("app=c", 30 * Second, "n=26")
            .Add("app=c", 40 * Second, "n=26").Add("app=c", 50 * Second, "n=5").Add("app=c", 80 * Second, "n=10");
        var query = $$"""sum by (app) (rate_counter({app="c"} | logfmt | unwrap n [{{range}}s]))""";
        (await MetricAsync(source, query, 20, 110, 20)).ShouldBe(expected);
    }

    [Fact]
    public async Task More_series_than_allowed_are_an_error() =>
        (await MetricAsync(_source, """count_over_time({env=~".+"}[1m])""", 60, 60, 0, new LogQLOptions { MaxSeries = 3 }))
            .ShouldStartWith("Execution: maximum number of series (3) reached");

    [Fact]
    public async Task A_thousand_operators_do_not_overflow_the_stack() =>
        (await InstantAsync(_source, string.Join(" + ", Enumerable.Repeat("vector(1)", 900)), 60)).ShouldBe("{} 900");

    [Fact]
    public async Task Counts_agree_with_a_naive_count_on_random_grids()
    {
        var random = new Random(7);
        for (var round = 0; round < 100; round++)
        {
            var source = new MemoryLogSource();
            var times = Enumerable.Range(0, 200).Select(_ => random.NextInt64(0, 100 * Second)).ToArray();
            foreach (var time in times) source.Add("app=a", time, "x");
            long start = random.Next(0, 50), end = start + random.Next(0, 60), step = random.Next(1, 20), range = random.Next(1, 40),
            offset = random.Next(-10, 20);
            var expected = new List<string>();
            for (var t = start; t <= end; t += step)
            {
                var count = times.Count(x => x > (t - offset - range) * Second && x <= (t - offset) * Second);
                expected.Add(count == 0 ? "_" : count.ToString(System.Globalization.CultureInfo.InvariantCulture));
            }

            var answer = await MetricAsync(source, $$"""sum(count_over_time({app="a"}[{{range}}s] offset {{offset}}s))""", start, end, step);
            answer.ShouldBe(
                expected.TrueForAll(e => e == "_") ? "" : "{} " + string.Join(' ', expected),
                $"start {start} end {end} step {step} range {range} offset {offset}");
        }
    }
}
