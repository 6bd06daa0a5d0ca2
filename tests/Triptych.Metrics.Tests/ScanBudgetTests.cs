using Triptych.Columnar;
using Triptych.Columnar.Samples;
using Triptych.Columnar.Symbols;
using Triptych.Model;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Memory;
using static Triptych.Metrics.Tests.TestLabels;

namespace Triptych.Metrics.Tests;

/// <summary>What scans and look-ups hold is charged to the query, refused where it is too much, and given back.</summary>
public sealed class ScanBudgetTests
{
    private const int SeriesCount = 6000;

    [Theory]
    [InlineData("head", false)]
    [InlineData("block", false)]
    [InlineData("both", false)]
    [InlineData("head", true)]
    [InlineData("both", true)]
    public async Task A_scan_gives_back_what_it_charged_and_stops_past_its_budget(string place, bool seriesOnly)
    {
        await using var fixture = await FilledAsync(place);
        var enough = new MemoryBudget("enough", 256 << 20);
        (await CountAsync(fixture, enough, seriesOnly, long.MaxValue)).ShouldBe(SeriesCount);
        (await CountAsync(fixture, enough, seriesOnly, 1)).ShouldBeGreaterThan(0);
        enough.Used.ShouldBe(0);
        var few = new MemoryBudget("few", 50_000);
        (await Should.ThrowAsync<MemoryBudgetExceededException>(() => CountAsync(fixture, few, seriesOnly, long.MaxValue))).BudgetName.ShouldBe("few");
        few.Used.ShouldBe(0);
    }

    [Fact]
    public async Task Finding_many_series_in_several_places_stops_at_the_budget_before_all_are_found()
    {
        await using var fixture = await FilledAsync("both");

        // Room for the batch of a scan, not for the labels of all series side by side.
        var few = new MemoryBudget("few", 200_000);
        var refused = await Should.ThrowAsync<MemoryBudgetExceededException>(async () => await fixture.Store.OpenAsync(RequestOf(few, true), CancellationToken.None));
        refused.BudgetName.ShouldBe("few");
        few.Used.ShouldBe(0);
    }

    [Theory]
    [InlineData("names")]
    [InlineData("values")]
    [InlineData("exemplars")]
    public async Task A_look_up_gives_back_what_it_charged_and_stops_past_its_budget(string kind)
    {
        await using var fixture = await FilledAsync("both");
        var enough = new MemoryBudget("enough", 256 << 20);
        (await LookUpAsync(fixture, kind, enough)).ShouldBeGreaterThan(0);
        enough.Used.ShouldBe(0);
        var few = new MemoryBudget("few", 50_000);
        (await Should.ThrowAsync<MemoryBudgetExceededException>(() => LookUpAsync(fixture, kind, few))).BudgetName.ShouldBe("few");
        few.Used.ShouldBe(0);
    }

    [Fact]
    public async Task Values_of_one_label_are_charged_by_their_length()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs;
        await fixture.AppendAsync(batch =>
        {
            for (var i = 0; i < 200; i++)
            {
                batch.AddSeries(Of("m", "long", new string('x', 5000) + i));
                batch.AddSample(t, i);
            }
        });
        var lookup = new LabelLookup(TenantId.Default, [], t, t) { Budget = new MemoryBudget("few", 1_000_000) };
        (await fixture.Store.LabelValuesAsync("__name__", lookup, new ScanStatistics(), CancellationToken.None)).ShouldBe(["m"]);
        await Should.ThrowAsync<MemoryBudgetExceededException>(
            async () => await fixture.Store.LabelValuesAsync("long", lookup, new ScanStatistics(), CancellationToken.None));
        lookup.Budget.Used.ShouldBe(0);
    }

    private static async Task<int> LookUpAsync(MetricStoreFixture fixture, string kind, MemoryBudget budget)
    {
        var lookup = new LabelLookup(TenantId.Default, [], long.MinValue, long.MaxValue) { Budget = budget };
        var statistics = new ScanStatistics();
        return kind switch
        {
            "names" => (await fixture.Store.LabelNamesAsync(lookup, statistics, CancellationToken.None)).Count,
            "values" => (await fixture.Store.LabelValuesAsync("n", lookup, statistics, CancellationToken.None)).Count,
            _ => (await fixture.Store.ExemplarsAsync(lookup, statistics, CancellationToken.None)).Count,
        };
    }

    private static async Task<int> CountAsync(MetricStoreFixture fixture, MemoryBudget budget, bool seriesOnly, long maxBatches)
    {
        await using var scan = await fixture.Store.OpenAsync(RequestOf(budget, seriesOnly), CancellationToken.None);
        var count = 0;
        for (long i = 0; i < maxBatches && await scan.NextAsync(CancellationToken.None) is { } batch; i++)
        {
            count += batch.SeriesCount;
            budget.Used.ShouldBeGreaterThanOrEqualTo(batch.SizeBytes);
        }

        return count;
    }

    private static SampleScanRequest RequestOf(MemoryBudget budget, bool seriesOnly) => new()
    {
        Tenant = TenantId.Default,
        Matchers = [Match("__name__", "=", "m")],
        MinTimeMs = long.MinValue,
        MaxTimeMs = long.MaxValue,
        Symbols = new SymbolTable(),
        SeriesOnly = seriesOnly,
        Budget = budget,
    };

    /// <summary>A store with many series, in its head, in a block, or with samples in both.</summary>
    private static async Task<MetricStoreFixture> FilledAsync(string place)
    {
        var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs;
        await fixture.AppendAsync(batch => Fill(batch, t - 1000));
        if (place != "head") await fixture.FlushAsync();
        if (place == "both") await fixture.AppendAsync(batch => Fill(batch, t));
        return fixture;
    }

    private static void Fill(MetricBatch batch, long timestampMs)
    {
        for (var i = 0; i < SeriesCount; i++)
        {
            batch.AddSeries(Of("m", "n", $"value-{i}"));
            batch.AddSample(timestampMs, i);
            if (i % 10 == 0) batch.AddExemplar(timestampMs, i, LabelSet.Encode([new("trace_id", $"{i}")]));
        }
    }
}
