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
