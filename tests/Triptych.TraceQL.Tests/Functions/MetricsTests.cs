using System.Globalization;
using Triptych.Model;
using Triptych.Query;
using Triptych.Query.Budgets;
using Triptych.TraceQL.Functions;
using Triptych.TraceQL.Planning;
using Triptych.TraceQL.Tests.Planning;

namespace Triptych.TraceQL.Tests.Functions;

public class MetricsTests
{
    private const long Second = 1_000 * TestSpan.Millisecond;

    // a: at 1 s, 2 s (error), 11 s;  b: at 5 s (error), 12 s, 13 s, 25 s
    private static readonly List<TestSpan> Spans =
    [
        new(1, 1, 0, "a", "x") { StartMs = 1_000, DurationMs = 100, Attributes = new() { ["n"] = 4 } },
        new(1, 2, 1, "a", "y") { StartMs = 2_000, DurationMs = 300, Status = 2, Attributes = new() { ["n"] = 6.5 } },
        new(2, 1, 0, "b", "x") { StartMs = 5_000, DurationMs = 200, Status = 2, Attributes = new() { ["n"] = "none" } },
        new(3, 1, 0, "a", "x") { StartMs = 11_000, DurationMs = 100, Attributes = new() { ["tags"] = new[] { "t" } } },
        new(4, 1, 0, "b", "x") { StartMs = 12_000, DurationMs = 800 },
        new(4, 2, 1, "b", "y") { StartMs = 13_000, DurationMs = 400 },
        new(5, 1, 0, "b", "x") { StartMs = 25_000, DurationMs = 100 },
    ];

    [Theory]
    // Values are at 0, 10, 20 and 30 seconds; each covers the ten seconds before it.
    [InlineData("{ } | count_over_time()", "__name__=count_over_time: 0 3 3 1")]
    [InlineData("{ } | rate()", "__name__=rate: 0 0.3 0.3 0.1")]
    [InlineData("{ } | rate() by(resource.service.name)", "resource.service.name=a: 0 0.2 0.1 0 | resource.service.name=b: 0 0.1 0.2 0.1")]
    [InlineData("{ status = error } | count_over_time() by(resource.service.name)",
        "resource.service.name=a: 0 1 0 0 | resource.service.name=b: 0 1 0 0")]
    [InlineData("{ } | { name = \"y\" } | count_over_time()", "__name__=count_over_time: 0 1 1 0")]
    [InlineData("{ false } | rate()", "")]
    [InlineData("{ .n + 1 = 5 } | count_over_time()", "__name__=count_over_time: 0 1 0 0")]
    [InlineData("{ } | count_over_time() by(status, name)",
        "status=error,name=x: 0 1 0 0 | status=error,name=y: 0 1 0 0 | status=unset,name=x: 0 1 2 1 | status=unset,name=y: 0 0 1 0")]
    [InlineData("{ } | count_over_time() by(.tags)", ".tags=nil: 0 3 2 1 | .tags=t: 0 0 1 0")]
    [InlineData("{ } | min_over_time(duration)", "__name__=min_over_time: - 0.1 0.1 0.1")]
    [InlineData("{ } | max_over_time(duration) by(resource.service.name)",
        "resource.service.name=a: - 0.3 0.1 - | resource.service.name=b: - 0.2 0.8 0.1")]
    [InlineData("{ } | sum_over_time(.n)", "__name__=sum_over_time: - 10.5 - -")]
    [InlineData("{ } | avg_over_time(duration)", "__name__=avg_over_time: - 0.2 0.433 0.1")]
    [InlineData("{ } | histogram_over_time(.n)", "__bucket=4: 0 1 0 0 | __bucket=8: 0 1 0 0")]
    [InlineData("{ } | count_over_time() by(resource.service.name) | topk(1)",
        "resource.service.name=a: 0 2 - - | resource.service.name=b: - - 2 1")]
    [InlineData("{ } | count_over_time() by(resource.service.name) | bottomk(1)",
        "resource.service.name=a: 0 - 1 0 | resource.service.name=b: - 1 - -")]
    [InlineData("{ } | count_over_time() by(resource.service.name) >= 2",
        "resource.service.name=a: - 2 - - | resource.service.name=b: - - 2 -")]
    [InlineData("{ } | max_over_time(duration) > 250ms", "__name__=max_over_time: - 0.3 0.8 -")]
    public async Task A_range_query_gives(string query, string expected)
    {
        var result = await RunAsync(query, new InMemorySpanSource(Spans), 0, 25, 10);
        result.Value!.Grid.Count.ShouldBe(4);
        Text(result).ShouldBe(expected);
    }

    [Theory]
    [InlineData("{ status = error } | count_over_time() by(resource.service.name)", "resource.service.name=a: 1 | resource.service.name=b: 1")]
    [InlineData("{ } | rate()", "__name__=rate: 0.3")]
    [InlineData("{ } | count_over_time() | topk(5) > 100", "")]
    public async Task An_instant_query_gives_one_value_over_its_range(string query, string expected) =>
        Text(await RunAsync(query, new InMemorySpanSource(Spans), 0, 20, 0)).ShouldBe(expected);

    [Fact]
    public async Task Quantiles_are_within_two_percent()
    {
        var spans = Enumerable.Range(1, 1_000).Select(n => new TestSpan(n, 1, 0, "s", "op") { StartMs = n, DurationMs = n }).ToList();
        var result = await RunAsync("{ kind = internal } | quantile_over_time(duration, .5, .95, 0, 1)", new InMemorySpanSource(spans, 512), 0, 10, 0);
        result.Value!.Series.Select(series => series.Labels.ShouldHaveSingleItem().Key).Distinct().ShouldBe(["p"]);
        result.Value.Series.Select(series => series.Labels[0].Value.Double).ShouldBe([0, 0.5, 0.95, 1]);
        double[] expected = [0.001, 0.5, 0.95, 1];
        for (var i = 0; i < expected.Length; i++)
        {
            result.Value.Series[i].Values[0].ShouldBe(expected[i], expected[i] * 0.02);
        }
    }

    [Fact]
    public async Task Spans_that_came_twice_count_once() =>
        Text(await RunAsync("{ } | count_over_time()", new InMemorySpanSource([.. Spans, .. Spans]), 0, 30, 0)).ShouldBe("__name__=count_over_time: 7");

    [Theory]
    [InlineData(7)]
    [InlineData(20_000)]
    public async Task Many_spans_are_told_apart(int spansPerTrace)
    {
        var spans = Enumerable.Range(1, 20_000).Select(n => new TestSpan(n / spansPerTrace, n, 0, "s", "op") { StartMs = n }).ToList();
        Text(await RunAsync("{ } | count_over_time()", new InMemorySpanSource([.. spans, .. spans], 4096), 0, 30, 0))
            .ShouldBe("__name__=count_over_time: 20000");
    }

    [Fact]
    public async Task Series_beyond_the_wanted_number_are_left_out_and_told()
    {
        var context = new QueryContext(TenantId.Default, new QueryLimits(), TestContext.Current.CancellationToken);
        var request = new TraceMetricsRequest("{ } | rate() by(name)", TestSpan.Epoch, TestSpan.Epoch + (30 * Second), 0, MaxSeries: 1);
        var result = await new TraceQLEngine(new InMemorySpanSource(Spans)).MetricsAsync(request, context);
        (result.Value!.Series.Count, result.Value.IsTruncated).ShouldBe((1, true));
        context.BytesHeld.ShouldBe(0);
    }

    [Theory]
    [InlineData("{ }", QueryErrorKind.BadData, "no metrics function")]
    [InlineData("{ } | rat()", QueryErrorKind.BadData, "parse error")]
    [InlineData("{ parent.a = 1 } | rate()", QueryErrorKind.NotEvaluated, "parent")]
    public async Task What_is_refused_names_itself(string query, QueryErrorKind kind, string message)
    {
        var error = (await RunAsync(query, new InMemorySpanSource(Spans), 0, 30, 10)).Error.ShouldNotBeNull();
        error.Kind.ShouldBe(kind);
        error.Message.ShouldContain(message);
    }

    [Theory]
    [InlineData(100, 50)]
    [InlineData(7, 7)]
    [InlineData(1, 1)]
    [InlineData(0, 0)]
    public async Task Exemplars_are_shared_out_among_the_series_up_to_the_limit(int limit, int expected)
    {
        var spans = Enumerable.Range(0, 1_000).Select(n => new TestSpan(n + 1, n + 1, 0, $"s{n % 5}", "op") { StartMs = n * 10 }).ToList();
        var request = new TraceMetricsRequest(
            "{ } | rate() by(resource.service.name)", TestSpan.Epoch, TestSpan.Epoch + (10 * Second), Second, MaxExemplars: limit);
        var context = new QueryContext(TenantId.Default, new QueryLimits(), TestContext.Current.CancellationToken);
        var series = (await new TraceQLEngine(new InMemorySpanSource(spans)).MetricsAsync(request, context)).Value!.Series;
        series.Count.ShouldBe(5);
        var all = series.SelectMany(one => one.Exemplars).ToList();
        all.Count.ShouldBeInRange(expected, Math.Max(expected, limit));
        foreach (var one in series)
        {
            one.Exemplars.Select(e => e.TimeUnixNanos).ShouldBeInOrder();
            one.Exemplars.Count.ShouldBeLessThanOrEqualTo(Math.Max(1, (limit + 4) / 5));
        }
    }

    [Fact]
    public async Task More_traces_than_are_assembled_at_a_time_all_count()
    {
        var spans = new List<TestSpan>();
        for (var trace = 1; trace <= 1_500; trace++)
        {
            spans.Add(new(trace, 1, 0, "s", "a") { StartMs = trace });
            spans.Add(new(trace, 2, 1, "s", "b") { StartMs = trace + 1, Status = trace % 3 == 0 ? 2 : 0 });
            spans.Add(new(trace, 3, 2, "s", "b") { StartMs = trace + 2 });
        }

        var source = new InMemorySpanSource(spans, 512);
        Text(await RunAsync("{ name = \"a\" } > { } | count_over_time()", source, 0, 10, 0)).ShouldBe("__name__=count_over_time: 1500");
        Text(await RunAsync("{ name = \"a\" } > { } | rate() by(rootName)", source, 0, 10, 0)).ShouldBe("rootName=a: 150");
        var compared = await RunAsync("{ name = \"a\" } >> { } | compare({ status = error && rootName = \"a\" })", source, 0, 10, 0);
        var totals = compared.Value!.Series.Where(one => one.Labels[1].Key == "name" && one.Labels[1].Value.ToText() == "nil")
            .ToDictionary(one => one.Labels[0].Value.ToText(), one => one.Values[0], StringComparer.Ordinal);
        totals["selection_total"].ShouldBe(500);
        totals["baseline_total"].ShouldBe(2_500);
    }

    [Fact]
    public async Task Comparing_more_values_than_memory_holds_is_refused()
    {
        var spans = Enumerable.Range(1, 20_000).Select(n => new TestSpan(n, 1, 0, "s", "op") { StartMs = n, Attributes = new() { ["id"] = n } }).ToList();
        var limits = new QueryLimits { MaxBytes = 2_000_000 };
        var request = new TraceMetricsRequest("{ } | compare({ status = error })", TestSpan.Epoch, TestSpan.Epoch + (60 * Second), 0);
        var result = await new TraceQLEngine(new InMemorySpanSource(spans, 512)).MetricsAsync(
            request, new QueryContext(TenantId.Default, limits, TestContext.Current.CancellationToken));
        result.Error.ShouldNotBeNull().Kind.ShouldBe(QueryErrorKind.Execution);
    }

    [Fact]
    public async Task Spans_that_came_twice_count_once_where_traces_are_assembled()
    {
        var source = new InMemorySpanSource([.. Spans, .. Spans]);
        Text(await RunAsync("{ } > { } | count_over_time()", source, 0, 25, 10)).ShouldBe("__name__=count_over_time: 0 1 1 0");
        var compared = await RunAsync("{ name = \"y\" } | compare({ status = error })", source, 0, 25, 0);
        compared.Value!.Series.Where(s => s.Labels[0].Value.ToText() == "selection_total").ShouldAllBe(s => s.Values[0] == 1);
    }

    [Fact]
    public async Task Too_many_steps_are_refused() =>
        (await new TraceQLEngine(new InMemorySpanSource(Spans)).MetricsAsync(
            new TraceMetricsRequest("{ } | rate()", 0, long.MaxValue, 1),
            new QueryContext(TenantId.Default, new QueryLimits(), TestContext.Current.CancellationToken))).Error!.Message.ShouldContain("steps");

    private static async Task<QueryResult<TraceMetricsResult>> RunAsync(string query, InMemorySpanSource source, int startSeconds, int endSeconds, int stepSeconds) =>
        await new TraceQLEngine(source).MetricsAsync(
            new TraceMetricsRequest(query, TestSpan.Epoch + (startSeconds * Second), TestSpan.Epoch + (endSeconds * Second), stepSeconds * Second),
            new QueryContext(TenantId.Default, new QueryLimits(), TestContext.Current.CancellationToken));

    private static string Text(QueryResult<TraceMetricsResult> result)
    {
        result.Error.ShouldBeNull();
        return string.Join(" | ", result.Value!.Series.Select(series =>
            string.Join(',', series.Labels.Select(label => $"{label.Key}={label.Value.ToText()}")) + ": "
            + string.Join(' ', series.Values.Select(value => double.IsNaN(value) ? "-" : value.ToString("0.###", CultureInfo.InvariantCulture)))));
    }
}
