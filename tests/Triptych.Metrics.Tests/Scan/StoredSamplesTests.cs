using Triptych.Columnar;
using Triptych.Columnar.Samples;
using Triptych.Model;
using static Triptych.Metrics.Tests.TestLabels;

namespace Triptych.Metrics.Tests.Scan;

public sealed class StoredSamplesTests
{
    [Fact]
    public async Task The_store_tells_how_samples_lie_in_head_and_blocks()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs;
        (await DescribeAsync(fixture)).ShouldBe((0, long.MaxValue, long.MinValue, 0));
        await fixture.AppendAsync(Of("a"), (t - 2000, 1), (t - 1000, 2));
        await fixture.AppendAsync(Of("b"), (t, 3));
        (await DescribeAsync(fixture)).ShouldBe((2, t - 2000, t, 0));

        await fixture.FlushAsync();
        (await DescribeAsync(fixture)).ShouldBe((0, long.MaxValue, long.MinValue, 1));
        var stored = await fixture.Store.DescribeAsync(TenantId.Default, new ScanStatistics(), CancellationToken.None);
        var meta = fixture.Catalog.Current.Blocks(TenantId.Default, Signal.Metrics).ShouldHaveSingleItem();
        stored.Blocks.ShouldHaveSingleItem().ShouldBe(new StoredBlock(meta.Id, 0, t - 2000, t, 2, 3));

        // Enough for more than one piece of memory.
        var random = new Random(3);
        await fixture.AppendAsync(Of("c"), [.. Enumerable.Range(0, 3000).Select(i => (t + i, random.NextDouble()))]);
        var (chunks, minMs, maxMs, _) = await DescribeAsync(fixture);
        (minMs, maxMs).ShouldBe((t, t + 2999));
        chunks.ShouldBeGreaterThan(1);
    }

    private static async Task<(long Chunks, long MinMs, long MaxMs, int Blocks)> DescribeAsync(MetricStoreFixture fixture)
    {
        var stored = await fixture.Store.DescribeAsync(TenantId.Default, new ScanStatistics(), CancellationToken.None);
        return (stored.HeadChunks, stored.HeadMinTimeMs, stored.HeadMaxTimeMs, stored.Blocks.Count);
    }
}
