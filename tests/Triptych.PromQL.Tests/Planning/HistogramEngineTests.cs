using Shouldly;
using Triptych.Model;
using Triptych.Model.Metrics;
using Triptych.PromQL.Planning;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;
using Xunit;

namespace Triptych.PromQL.Tests.Planning;

public sealed class HistogramEngineTests
{
    private readonly MemorySampleSource _source = new();

    [Fact]
    public async Task A_series_of_floats_and_histograms_keeps_both_in_order()
    {
        AddHistograms("h", 3);
        _source.Add(Labels("h"), 180_000, 7);
        var answer = await Range("h", 0, 240_000);
        var series = answer.Series.ShouldHaveSingleItem();
        series.HasHistograms.ShouldBeTrue();
        Enumerable.Range(0, 5).Select(i => series.TryGetHistogram(i, out _, out _)).ShouldBe([true, true, true, false, false]);
        series.TryGetPoint(3, out var time, out var value).ShouldBeTrue();
        (time, value).ShouldBe((180_000, 7));
        series.TryGetPoint(0, out _, out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_stale_histogram_ends_a_series()
    {
        AddHistograms("h", 1);
        _source.Add(Labels("h"), 60_000, double.NaN, new FloatHistogram { Schema = 0, Sum = SpecialValues.StaleMarker });
        (await Range("h", 60_000, 120_000)).Series.ShouldBeEmpty();
        (await Range("count_over_time(h[5m])", 60_000, 60_000)).Series.ShouldHaveSingleItem().TryGetPoint(0, out _, out var count).ShouldBeTrue();
        count.ShouldBe(1);
    }

    [Fact]
    public async Task Raw_samples_of_a_range_have_their_histograms()
    {
        AddHistograms("h", 3);
        var answer = await new PromQLEngine(_source).QueryInstantAsync("h[3m]", 120_000, Context());
        var series = answer.Value!.Series.ShouldHaveSingleItem();
        series.PointCapacity.ShouldBe(3);
        series.TryGetHistogram(2, out var time, out var histogram).ShouldBeTrue();
        (time, histogram!.Count).ShouldBe((120_000, 6));
    }

    [Theory]
    [InlineData("abs(h)")]
    [InlineData("sort(h)")]
    [InlineData("h > 1")]
    [InlineData("max(h)")]
    [InlineData("quantile(0.5, h)")]
    [InlineData("deriv(h[5m])")]
    [InlineData("max_over_time(h[5m])")]
    public async Task What_knows_floats_only_leaves_histograms_out(string query)
    {
        AddHistograms("h", 3);
        (await Range(query, 120_000, 120_000)).Series.ShouldBeEmpty();
    }

    [Fact]
    public async Task Histograms_are_charged_to_the_query_and_released()
    {
        for (var i = 0; i < 50; i++) AddHistograms($"h{i}", 3);
        var tight = Context(new QueryLimits { MaxBytes = 20_000 });
        var refused = await new PromQLEngine(_source).QueryInstantAsync("{__name__=~\"h.*\"}", 120_000, tight);
        refused.Error!.Message.ShouldContain("bytes of memory");

        var context = Context();
        var answer = await new PromQLEngine(_source).QueryInstantAsync("count(sum by (__name__) ({__name__=~\"h.*\"}))", 120_000, context);
        answer.Error.ShouldBeNull();
        context.PeakBytes.ShouldBeGreaterThan(20_000);
        context.BytesHeld.ShouldBeLessThan(context.PeakBytes / 2);
    }

    [Fact]
    public async Task Notes_tell_where_in_the_query_histograms_do_not_fit()
    {
        AddHistograms("h", 1);
        var context = Context();
        await new PromQLEngine(_source).QueryInstantAsync("1 +\nmax(h)", 0, context);
        context.Infos.ShouldBe(["PromQL info: ignored histogram in max aggregation (2:5)"]);
    }

    // 176 bytes, and 8 for each of a span and two buckets: 12 samples of 16 bytes.
    [Theory]
    [InlineData("h", 12, 36)]
    [InlineData("rate(h[3m])", 36, 36)]
    [InlineData("rate(h[3m:1m])", 36, 36)]
    [InlineData("f + h", 13, 37)]
    public async Task Histograms_count_for_as_many_samples_as_their_size_is_worth(string query, long queried, long read)
    {
        AddHistograms("h", 3);
        _source.Add(Labels("f"), 120_000, 1);
        var context = Context();
        (await new PromQLEngine(_source).QueryInstantAsync(query, 120_000, context)).Error.ShouldBeNull();
        (context.SamplesQueried, context.SamplesRead).ShouldBe((queried, read));

        var limited = Context(new QueryLimits { MaxSamples = read - 1 });
        (await new PromQLEngine(_source).QueryInstantAsync(query, 120_000, limited)).Error!.Message.ShouldContain("too many samples");
    }

    [Fact]
    public async Task Below_a_subquery_a_histogram_that_began_anew_counts_once_however_often_it_is_seen()
    {
        for (var i = 0; i < 5; i++)
        {
            _source.Add(Labels("delta"), i * 60_000L, double.NaN, new FloatHistogram
            {
                Schema = 0,
                ResetHint = CounterResetHint.Reset,
                Count = i == 0 ? 0 : 10 + i,
                Sum = i,
                PositiveSpans = i == 0 ? [] : [new BucketSpan(0, 1)],
                PositiveBuckets = i == 0 ? [] : [10 + i],
            });
        }

        foreach (var step in new[] { "1m", "30s", "20s" })
        {
            var answer = await Range($"histogram_count(increase(delta[4m1s:{step}]) / 241 * 240)", 240_000, 240_000);
            answer.Series.ShouldHaveSingleItem().TryGetPoint(0, out _, out var count).ShouldBeTrue();
            count.ShouldBe(11 + 12 + 13 + 14, tolerance: 0.5);
        }
    }

    [Fact]
    public async Task A_malformed_bucket_bound_is_told_with_the_name_of_the_metric_where_it_has_one()
    {
        _source.Add(Labels("temp"), 0, 1);
        var context = Context();
        await new PromQLEngine(_source).QueryInstantAsync("histogram_quantile(0.9, temp)", 0, context);
        context.Warnings.ShouldBe(
            ["PromQL warning: bucket label \"le\" is missing or has a malformed value of \"\" for metric name \"temp\" (1:25)"]);
        context = Context();
        await new PromQLEngine(_source).QueryInstantAsync("histogram_quantile(0.9, sum(temp))", 0, context);
        context.Warnings.ShouldBe(["PromQL warning: bucket label \"le\" is missing or has a malformed value of \"\" (1:25)"]);
    }

    private static Dictionary<string, string> Labels(string name) => new(StringComparer.Ordinal) { ["__name__"] = name };

    private static QueryContext Context(QueryLimits? limits = null) => new(TenantId.Default, limits ?? new QueryLimits(), CancellationToken.None);

    // One a minute, counting 2, 4, 6 …
    private void AddHistograms(string name, int count)
    {
        for (var i = 0; i < count; i++)
        {
            _source.Add(Labels(name), i * 60_000L, double.NaN, new FloatHistogram
            {
                Schema = 0,
                Count = 2 * (i + 1),
                Sum = 3 * (i + 1),
                PositiveSpans = [new BucketSpan(0, 2)],
                PositiveBuckets = [i + 1, i + 1],
            });
        }
    }

    private async Task<PromQLAnswer> Range(string query, long startMs, long endMs)
    {
        var answer = await new PromQLEngine(_source).QueryRangeAsync(query, StepGrid.Range(startMs, endMs, 60_000), Context());
        answer.Error.ShouldBeNull();
        return answer.Value!;
    }
}
