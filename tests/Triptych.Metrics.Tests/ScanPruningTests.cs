using Triptych.Columnar.Samples;
using Triptych.Columnar.Symbols;
using Triptych.Model;
using Triptych.Model.Labels;
using static Triptych.Metrics.Tests.TestLabels;

namespace Triptych.Metrics.Tests;

public sealed class ScanPruningTests
{
    [Fact]
    public async Task Narrow_questions_read_a_small_share_of_a_large_row_group()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var start = fixture.NowMs - 3_600_000;
        await FillAsync(fixture, start, series: 4_000, samples: 60, seed: 1);
        var whole = await CostAsync(fixture, []);
        whole.Series.ShouldBe(4_000);
        whole.Pages.ShouldBeGreaterThan(20);
        var one = await CostAsync(fixture, [Match("number", "=", "1234")]);
        one.Series.ShouldBe(1);
        one.Pages.ShouldBe(1, "the page of its values");
        one.Bytes.ShouldBeLessThan(whole.Bytes / 20);

        // The first series stops for ten minutes in the middle: times are known without reading values.
        (await CostAsync(fixture, [Match("gap", "=", "yes")], start + 1_210_000, start + 1_790_000)).ShouldBe((0, 0, 0));
        (await CostAsync(fixture, [Match("gap", "=", "yes")], start + 1_790_000, start + 1_810_000)).Series.ShouldBe(100);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Answers_are_those_of_reading_all(int seed)
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var start = fixture.NowMs - 3_600_000;
        await FillAsync(fixture, start, series: 800, samples: 60, seed);
        var all = await fixture.ScanAsync();
        var random = new Random(seed);
        for (var i = 0; i < 60; i++)
        {
            var min = start + random.Next(3_600_000);
            var max = min + random.Next(random.Next(2) == 0 ? 100_000 : 3_000_000);
            var name = $"metric_{random.Next(12)}";
            var found = await fixture.ScanAsync([Match("__name__", "=", name)], min, max);
            var expected = all.Series.Where(s => s.Key.StartsWith($"__name__={name},", StringComparison.Ordinal))
                .Select(s => (s.Key, Samples: s.Value.Where(v => v.TimestampMs >= min && v.TimestampMs <= max).ToList())).Where(s => s.Samples.Count > 0)
                .ToDictionary(s => s.Key, s => s.Samples, StringComparer.Ordinal);
            found.Names.ShouldBe(expected.Keys.Order(StringComparer.Ordinal), $"seed {seed}, question {i}");
            foreach (var (series, samples) in expected) found.Series[series].ShouldBe(samples, $"seed {seed}, question {i}, {series}");
        }
    }

    /// <summary>Series of ten names with a sample a minute; a hundred of them have none between the minutes 20 and 30.</summary>
    private static async Task FillAsync(MetricStoreFixture fixture, long start, int series, int samples, int seed)
    {
        var random = new Random(seed);
        await fixture.AppendAsync(batch =>
        {
            for (var s = 0; s < series; s++)
            {
                var hasGap = s < 100;
                batch.AddSeries(Of($"metric_{s % 10}", "gap", hasGap ? "yes" : "no", "number", $"{s}"));
                for (var i = 0; i < samples; i++)
                {
                    if (!hasGap || i is <= 20 or >= 30) batch.AddSample(start + (i * 60_000L), random.NextDouble());
                }
            }
        });
        await fixture.FlushAsync();
    }

    private static async Task<(int Series, long Pages, long Bytes)> CostAsync(
        MetricStoreFixture fixture, IReadOnlyList<LabelMatcher> matchers, long min = long.MinValue, long max = long.MaxValue)
    {
        var request = new SampleScanRequest { Tenant = TenantId.Default, Matchers = matchers, MinTimeMs = min, MaxTimeMs = max, Symbols = new SymbolTable() };
        var asked = fixture.Reads.ReadBytes;
        await using var scan = await fixture.Store.OpenAsync(request, CancellationToken.None);
        var series = 0;
        while (await scan.NextAsync(CancellationToken.None) is { } batch) series += batch.SeriesCount;
        (fixture.Reads.ReadBytes - asked).ShouldBeGreaterThanOrEqualTo(scan.Statistics.BytesRead);
        return (series, scan.Statistics.PagesRead, scan.Statistics.BytesRead);
    }
}
