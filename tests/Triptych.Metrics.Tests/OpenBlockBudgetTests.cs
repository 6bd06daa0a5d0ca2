using Triptych.Columnar.Samples;
using Triptych.Columnar.Symbols;
using Triptych.Model;
using Triptych.Primitives.Memory;
using static Triptych.Metrics.Tests.TestLabels;

namespace Triptych.Metrics.Tests;

/// <summary>Indexes of open blocks are kept within their own bound, and what a query holds beyond it is charged to the query.</summary>
public sealed class OpenBlockBudgetTests
{
    [Theory]
    [InlineData(1, true)]
    [InlineData(64 * 1024 * 1024, false)]
    public async Task What_a_query_holds_of_open_blocks_beyond_what_is_kept_is_charged_to_it(long keptBytes, bool isCharged)
    {
        await using var fixture = await MetricStoreFixture.OpenAsync(new MetricStoreOptions { OpenBlockBytes = keptBytes });
        for (var block = 0; block < 4; block++)
        {
            await fixture.AppendAsync(batch =>
            {
                for (var s = 0; s < 500; s++)
                {
                    batch.AddSeries(Of("m", "s", $"{s}"));
                    batch.AddSample(fixture.NowMs - 1000 + block, s);
                }
            });
            await fixture.FlushAsync();
        }

        var budget = new MemoryBudget("query", 256 * 1024 * 1024);
        await using (await OpenAsync(fixture, budget))
        {
            // Each index has pages of 64 KiB.
            if (isCharged) budget.Used.ShouldBeGreaterThan(4 * 64 * 1024);
            else budget.Used.ShouldBeLessThan(4 * 64 * 1024);
        }

        budget.Used.ShouldBe(0);
        var small = new MemoryBudget("query", 128 * 1024);
        if (isCharged) await Should.ThrowAsync<MemoryBudgetExceededException>(async () => await OpenAsync(fixture, small));
        small.Used.ShouldBe(0);
    }

    private static async Task<ISampleScan> OpenAsync(MetricStoreFixture fixture, MemoryBudget budget) => await fixture.Store.OpenAsync(
        new SampleScanRequest
        {
            Tenant = TenantId.Default,
            Matchers = [Match("s", "=", "7")],
            MinTimeMs = long.MinValue,
            MaxTimeMs = long.MaxValue,
            Symbols = new SymbolTable(),
            Budget = budget,
        },
        CancellationToken.None);
}
