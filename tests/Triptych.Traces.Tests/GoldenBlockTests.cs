using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore;
using Triptych.Testing;

namespace Triptych.Traces.Tests;

public sealed class GoldenBlockTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("traces-1", false)]
    [InlineData("traces-2", true)]
    public async Task A_traces_block_of_each_version_is_read_and_the_newest_still_written(string name, bool isStillWritten)
    {
        await using var written = await StoreFixture.OpenAsync(time: new ManualClock());
        var spans = TestSpans.Make(40, seed: 12, nowUnixNanos: 1_772_366_400_000_000_000);
        await written.AppendAsync(spans);
        await written.FlushAsync();
        var meta = written.Blocks.ShouldHaveSingleItem();
        var fresh = Path.GetTempFileName();
        try
        {
            var bytes = new byte[meta.SizeBytes];
            await written.Objects.GetRangeAsync(meta.ObjectKey, 0, bytes, Cancel);
            await File.WriteAllBytesAsync(fresh, bytes, Cancel);
            await GoldenBlock.CheckAsync(name, fresh, Cancel, isStillWritten);
        }
        finally
        {
            File.Delete(fresh);
        }

        var disk = new FaultyDisk();
        var metastore = new MemoryMetastore();
        var golden = await File.ReadAllBytesAsync(GoldenBlock.PathOf(name), Cancel);
        using (var objects = new LocalObjectStore(disk, "/d/objects"))
            await objects.PutAsync(meta.ObjectKey, golden, Cancel);
        await metastore.CommitAsync(new MetastoreChange { Add = [meta with { SizeBytes = golden.Length }] }, Cancel);
        await using var reading = await StoreFixture.OpenAsync(disk, metastore, new ManualClock());
        var expected = await written.SortedAsync(StoreFixture.Request());
        expected.Count.ShouldBe(spans.Count);
        (await reading.SortedAsync(StoreFixture.Request())).ShouldBe(expected);
    }
}
