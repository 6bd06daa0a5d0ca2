using Shouldly;
using Triptych.Model;
using Triptych.Model.Metrics;
using Triptych.PromQL.Planning;
using Triptych.PromQL.Syntax;
using Triptych.Query;
using Triptych.Query.Budgets;
using Triptych.Query.Operators;
using Triptych.Query.Steps;
using Xunit;

namespace Triptych.PromQL.Tests.Planning;

public sealed class PromQLEngineTests
{
    private const long MinuteMs = 60_000;

    private readonly MemorySampleSource _source = new();

    [Fact]
    public async Task An_instant_vector_has_the_newest_sample_that_is_younger_than_the_lookback()
    {
        Add("up", "job=a", 0, 1);
        (await Instant("up", 5 * MinuteMs - 1)).ShouldBe("{__name__=\"up\", job=\"a\"} 1");
        (await Instant("up", 5 * MinuteMs)).ShouldBe("");
    }

    [Fact]
    public async Task A_stale_marker_ends_a_series_at_once()
    {
        Add("up", "job=a", 0, 1, SpecialValues.StaleMarker, 3);
        (await Instant("up", MinuteMs)).ShouldBe("");
        (await Instant("count_over_time(up[10m])", 2 * MinuteMs)).ShouldBe("{job=\"a\"} 2");
    }

    [Fact]
    public async Task A_range_leaves_out_the_sample_at_its_left_edge()
    {
        Add("x", "", 0, 1, 2, 4);
        (await Instant("sum_over_time(x[2m])", 2 * MinuteMs)).ShouldBe("{} 6");
    }

    [Fact]
    public async Task Rate_extends_to_the_edges_but_never_below_zero()
    {
        Add("c_total", "", 0, 0, 60, 120, 180);
        (await Instant("increase(c_total[5m])", 3 * MinuteMs)).ShouldBe("{} 180");
        (await Instant("rate(c_total[2m])", 3 * MinuteMs)).ShouldBe("{} 1");
    }

    [Fact]
    public async Task Only_the_labels_of_the_groups_are_asked_of_the_store()
    {
        Add("c_total", "job=a,pod=1", 0, 0, 60);
        Add("c_total", "job=a,pod=2", 0, 0, 120);
        (await Instant("sum by (job) (rate(c_total[2m]))", MinuteMs)).ShouldBe("{job=\"a\"} 1.5");
        _source.LastProjection.ShouldBe(["job"]);
        (await Instant("sum without (pod) (rate(c_total[2m]))", MinuteMs)).ShouldBe("{job=\"a\"} 1.5");
        _source.LastProjection.ShouldBeNull();
    }

    [Fact]
    public async Task Dropping_the_names_of_several_metrics_needs_all_labels_to_find_equal_series()
    {
        Add("a_total", "pod=1", 0, 0, 60);
        Add("b_total", "pod=1", 0, 0, 60);
        var answer = await Ask("sum(rate({__name__=~\"._total\"}[2m]))", MinuteMs);
        answer.Error!.Kind.ShouldBe(QueryErrorKind.Execution);
        answer.Error.Message.ShouldBe("vector cannot contain metrics with the same labelset");
        (await Instant("count({__name__=~\"._total\"})", MinuteMs)).ShouldBe("{} 2");
    }

    [Fact]
    public async Task Rate_of_something_that_is_no_counter_is_noted_with_the_position()
    {
        Add("temperature", "", 0, 1, 2);
        var context = Context();
        var engine = new PromQLEngine(_source);
        (await engine.QueryInstantAsync("rate(temperature[5m])", MinuteMs, context)).Error.ShouldBeNull();
        context.Infos.ShouldBe(
            ["PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \"temperature\" (1:6)"]);
    }

    [Fact]
    public async Task Every_function_and_operator_is_evaluated()
    {
        Add("up", "le=1", 0, 1);
        var engine = new PromQLEngine(_source, new PromQLOptions { Parser = ParserOptions.AllFeatures });
        var queries = FunctionTable.All.Where(function => function.Name != "info")
            .Select(function => $"{function.Name}({string.Join(", ", function.ArgumentTypes.Select(Argument))})")
            .Append("info(up, {a=~\".*\"})")
            .Concat(Enum.GetValues<BinaryOp>().Select(op => $"up {op.Spelling()} up"))
            .Concat(Enum.GetValues<AggregateOp>().Select(op => $"{op.Spelling()}({AggregateArguments(op)})"));
        foreach (var query in queries)
        {
            var answer = await engine.QueryInstantAsync(query, 0, Context());
            answer.Error.ShouldBeNull($"{query}: {answer.Error?.Message}");
        }

        static string Argument(PromType type, int index) => type switch
        {
            PromType.Scalar => $"0.{index + 1}",
            PromType.InstantVector => "up",
            PromType.RangeVector => "up[5m]",
            _ => "\"a\"",
        };

        static string AggregateArguments(AggregateOp op) =>
            op == AggregateOp.CountValues ? "\"a\", up" : op.TakesParameter() ? "0.5, up" : "up";
    }

    [Fact]
    public async Task A_parse_error_is_bad_data_with_position()
    {
        var answer = await Ask("sum(", 0);
        answer.Error.ShouldBe(new QueryError(QueryErrorKind.BadData, "1:5: parse error: unexpected end of input"));
    }

    [Fact]
    public async Task A_range_query_refuses_a_range_vector()
    {
        var engine = new PromQLEngine(_source);
        var answer = await engine.QueryRangeAsync("up[5m]", StepGrid.Range(0, 60_000, 15_000), Context());
        answer.Error!.Message.ShouldBe("invalid expression type \"range vector\" for range query, must be Scalar or instant Vector");
    }

    [Theory]
    [InlineData("2, 0.5", "invalid smoothing factor. Expected: 0 < sf < 1, got: 2.000000")]
    [InlineData("0, 2", "invalid smoothing factor. Expected: 0 < sf < 1, got: 0.000000")]
    [InlineData("0.5, -0.25", "invalid trend factor. Expected: 0 < tf < 1, got: -0.250000")]
    [InlineData("0.5, Inf", "invalid trend factor. Expected: 0 < tf < 1, got: +Inf")]
    public async Task Smoothing_refuses_factors_that_are_no_part_of_one(string factors, string error)
    {
        Add("x", "", 0, 1);
        var engine = new PromQLEngine(_source, new PromQLOptions { Parser = ParserOptions.AllFeatures });
        var answer = await engine.QueryInstantAsync($"double_exponential_smoothing(x[5m], {factors})", MinuteMs, Context());
        answer.Error.ShouldBe(new QueryError(QueryErrorKind.Execution, error));
    }

    [Fact]
    public async Task A_subquery_may_have_as_many_steps_as_memory_holds()
    {
        const long EndMs = 14L * 24 * 60 * MinuteMs;
        Add("x", "", EndMs, 1);
        (await Instant("count_over_time(x[14d:1s])", EndMs)).ShouldBe("{} 1");
        (await Instant("count_over_time(vector(1)[14d:1s])", EndMs)).ShouldBe("{} 1209600");
        var answer = await Ask("count_over_time(x[14d:1ms])", EndMs);
        answer.Error.ShouldNotBeNull().Message.ShouldContain("bytes of memory");
    }

    [Fact]
    public async Task Too_many_samples_end_the_query()
    {
        Add("x", "", 0, 1, 2, 3, 4, 5);
        var context = new QueryContext(TenantId.Default, new QueryLimits { MaxSamples = 3 }, CancellationToken.None);
        var answer = await new PromQLEngine(_source).QueryInstantAsync("sum_over_time(x[10m])", 4 * MinuteMs, context);
        answer.Error!.Kind.ShouldBe(QueryErrorKind.Execution);
        answer.Error.Message.ShouldContain("too many samples");
    }

    [Fact]
    public async Task A_cancelled_query_says_so()
    {
        Add("x", "", 0, 1);
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        var context = new QueryContext(TenantId.Default, new QueryLimits(), source.Token);
        var answer = await new PromQLEngine(_source).QueryInstantAsync("x", 0, context);
        answer.Error!.Kind.ShouldBe(QueryErrorKind.Canceled);
    }

    [Fact]
    public async Task A_query_over_many_steps_can_be_cancelled_while_it_computes()
    {
        for (var pod = 0; pod < 2_000; pod++)
            Add("x", $"pod={pod}", 0, 1);
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        var limits = new QueryLimits { MaxBytes = long.MaxValue, Lookback = TimeSpan.FromDays(1) };
        var context = new QueryContext(TenantId.Default, limits, source.Token);
        var answer = await new PromQLEngine(_source).QueryInstantAsync("max_over_time(sum(x)[10d:1s]) > 7", MinuteMs, context);
        answer.Error!.Kind.ShouldBe(QueryErrorKind.Canceled);
    }

    [Theory]
    [InlineData("x * on (job) group_left (version) y")]
    [InlineData("topk(2, x) or bottomk(1, y)")]
    [InlineData("max_over_time(sum by (job) (rate(x[2m]))[3m:1m])")]
    [InlineData("count_values(\"v\", x) and on () y")]
    [InlineData("quantile(0.5, x) + avg(x) - stddev(x)")]
    [InlineData("histogram_quantile(0.9, label_replace(x, \"le\", \"1\", \"job\", \".*\"))")]
    public async Task Memory_that_was_charged_is_given_back_but_for_the_answer(string query)
    {
        for (var pod = 0; pod < 20; pod++)
            Add("x", $"job=a,pod={pod}", 0, 1, 2, 3, 4, 5);
        Add("y", "job=a,version=2", 0, 1, 1, 1, 1, 1);
        var context = Context();
        var answer = await new PromQLEngine(_source).QueryRangeAsync(query, StepGrid.Range(0, 4 * MinuteMs, MinuteMs), context);
        answer.Error.ShouldBeNull();
        var held = answer.Value!.Series.Sum(series => RowCollector.RowBytes(series.Labels.Length, 5));
        (context.BytesHeld - context.Symbols.SizeBytes).ShouldBeInRange(held - 4096, held + 4096);
    }

    [Fact]
    public async Task A_range_answer_is_ordered_by_labels_and_skips_steps_without_values()
    {
        Add("x", "job=b", 0, 1, SpecialValues.StaleMarker, 3);
        Add("x", "job=a", 0, 5, 5, 5);
        var answer = await new PromQLEngine(_source).QueryRangeAsync("x > 0", StepGrid.Range(0, 2 * MinuteMs, MinuteMs), Context());
        Render(answer.Value!).ShouldBe("{__name__=\"x\", job=\"a\"} 5 5 5\n{__name__=\"x\", job=\"b\"} 1 _ 3");
    }

    [Fact]
    public async Task A_range_vector_answers_with_raw_samples()
    {
        Add("x", "", 0, 1, SpecialValues.StaleMarker, 3);
        var answer = await Ask("x[10m]", 3 * MinuteMs);
        answer.Value!.Kind.ShouldBe(AnswerKind.Matrix);
        answer.Value.Series[0].TryGetPoint(1, out var time, out var value).ShouldBeTrue();
        (time, value).ShouldBe((2 * MinuteMs, 3));
    }

    private static QueryContext Context() => new(TenantId.Default, new QueryLimits(), CancellationToken.None);

    private static Dictionary<string, string> Labels(string name, string labels)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal) { ["__name__"] = name };
        foreach (var pair in labels.Split(',', StringSplitOptions.RemoveEmptyEntries))
            all[pair.Split('=')[0]] = pair.Split('=')[1];
        return all;
    }

    private void Add(string name, string labels, long startMs, params double[] values)
    {
        for (var i = 0; i < values.Length; i++)
            _source.Add(Labels(name, labels), startMs + (i * MinuteMs), values[i]);
    }

    private ValueTask<QueryResult<PromQLAnswer>> Ask(string query, long atMs) =>
        new PromQLEngine(_source).QueryInstantAsync(query, atMs, Context());

    private async Task<string> Instant(string query, long atMs)
    {
        var answer = await Ask(query, atMs);
        answer.Error.ShouldBeNull();
        return Render(answer.Value!);
    }

    private static string Render(PromQLAnswer answer) => string.Join('\n', answer.Series.Select(series =>
        series.Describe(answer.Symbols) + string.Concat(Enumerable.Range(0, series.PointCapacity)
            .Select(i => series.TryGetPoint(i, out _, out var value) ? FormattableString.Invariant($" {value}") : " _"))));
}
