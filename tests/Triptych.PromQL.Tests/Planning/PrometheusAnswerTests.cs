using Shouldly;
using Triptych.Model;
using Triptych.Model.Metrics;
using Triptych.PromQL.Planning;
using Triptych.Query.Budgets;
using Xunit;

namespace Triptych.PromQL.Tests.Planning;

/// <summary>Answers in which a comparison with Prometheus once found a difference.</summary>
public sealed class PrometheusAnswerTests
{
    private const long MinuteMs = 60_000;

    private readonly MemorySampleSource _source = new();

    [Theory]
    [InlineData("clamp(x, -1, NaN)", double.NegativeInfinity, -1)]
    [InlineData("clamp_max(x, NaN)", double.NegativeInfinity, double.NegativeInfinity)]
    [InlineData("clamp_min(x, NaN)", double.PositiveInfinity, double.PositiveInfinity)]
    [InlineData("clamp_min(x, NaN)", 1, double.NaN)]
    public async Task An_infinity_stays_an_extreme_beside_NaN(string query, double value, double expected)
    {
        Add("x", value);
        (await ValueAsync(query, 0)).ShouldBe(expected);
    }

    [Fact]
    public async Task Resets_are_added_to_the_difference_one_after_the_other()
    {
        Add("x", 1e300, 0.1, -1, 0);
        // (0 - 1e300) + 1e300 + 0.1, which another order of adding rounds away.
        (await ValueAsync("increase(x[4m])", 3 * MinuteMs)).ShouldBe(0.1 * 4 / 3, 1e-12);
    }

    [Fact]
    public async Task Count_values_counts_together_what_its_groups_do_not_tell_apart()
    {
        _source.Add(Labels("x", "job", "a"), 0, 1);
        _source.Add(Labels("x", "job", "b"), 0, 2);
        (await ValueAsync("count_values without (job) (\"job\", x)", 0)).ShouldBe(2);
    }

    [Theory]
    [InlineData("topk(0, h)", 0)]
    [InlineData("topk(-1, h)", 0)]
    [InlineData("topk(1, h)", 1)]
    public async Task Histograms_are_noted_as_ignored_only_where_something_is_asked_for(string query, int notes)
    {
        AddHistogram("h", 0, zeroCount: 1);
        var context = Context();
        await new PromQLEngine(_source).QueryInstantAsync(query, 0, context);
        context.Infos.Count.ShouldBe(notes);
    }

    [Theory]
    [InlineData("quantile_over_time(2, x[1m])", 1)]
    [InlineData("quantile_over_time(2, h[1m])", 0)]
    [InlineData("quantile_over_time(2, none[1m])", 0)]
    public async Task A_quantile_that_is_none_is_told_where_a_series_has_one(string query, int warnings)
    {
        Add("x", 1);
        AddHistogram("h", 0, zeroCount: 1);
        var context = Context();
        await new PromQLEngine(_source).QueryInstantAsync(query, 0, context);
        context.Warnings.Count.ShouldBe(warnings);
    }

    [Fact]
    public async Task Ignored_histograms_are_told_at_the_first_argument()
    {
        _source.Add(Labels("x"), 0, 1);
        AddHistogram("x", MinuteMs, zeroCount: 1);
        var context = Context();
        await new PromQLEngine(_source).QueryInstantAsync("quantile_over_time(0.5, x[5m])", MinuteMs, context);
        context.Infos.ShouldHaveSingleItem().ShouldEndWith(" (1:20)");
    }

    [Fact]
    public async Task Places_are_told_inside_parentheses()
    {
        Add("x", 1);
        var context = Context();
        await new PromQLEngine(_source).QueryInstantAsync("histogram_quantile((2), (x))", 0, context);
        context.Warnings.Select(warning => warning[warning.LastIndexOf('(')..]).ShouldBe(["(1:21)", "(1:26)"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_histogram_times_infinity_is_infinite()
    {
        AddHistogram("h", 0, zeroCount: 1);
        (await ValueAsync("histogram_count(h * Inf)", 0)).ShouldBe(double.PositiveInfinity);
        (await ValueAsync("histogram_sum(h * -Inf)", 0)).ShouldBe(double.NegativeInfinity);
    }

    [Fact]
    public async Task A_negative_zero_bucket_has_no_part_in_a_deviation()
    {
        AddHistogram("h", 0, zeroCount: 2);
        (await ValueAsync("histogram_stdvar(-h)", 0)).ShouldBe((1.5 - Math.Sqrt(0.5)) * (1.5 - Math.Sqrt(0.5)) / 2, 1e-9);
    }

    private void Add(string name, params double[] values)
    {
        for (var i = 0; i < values.Length; i++)
            _source.Add(Labels(name), i * MinuteMs, values[i]);
    }

    // As many in the zero bucket, and two between 0.5 and 1.
    private void AddHistogram(string name, long timestampMs, double zeroCount) => _source.Add(Labels(name), timestampMs, double.NaN, new FloatHistogram
    {
        Schema = 0,
        Count = 2 + zeroCount,
        Sum = 6,
        ZeroThreshold = 0.001,
        ZeroCount = zeroCount,
        PositiveSpans = [new BucketSpan(0, 1)],
        PositiveBuckets = [2],
    });

    private async Task<double> ValueAsync(string query, long timeMs)
    {
        var answer = await new PromQLEngine(_source).QueryInstantAsync(query, timeMs, Context());
        answer.Error.ShouldBeNull(answer.Error?.Message);
        answer.Value!.Series.ShouldHaveSingleItem().TryGetPoint(0, out _, out var value).ShouldBeTrue();
        return value;
    }

    private static Dictionary<string, string> Labels(string name, params string[] more)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["__name__"] = name };
        for (var i = 0; i < more.Length; i += 2)
            labels.Add(more[i], more[i + 1]);
        return labels;
    }

    private static QueryContext Context() => new(TenantId.Default, new QueryLimits(), CancellationToken.None);
}
