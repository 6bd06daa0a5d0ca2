using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Model;
using Triptych.Storage.Blocks;
using Triptych.Storage.ObjectStore;
using Triptych.Storage.ObjectStore.Cache;
using Triptych.Testing;

namespace Triptych.Logs.Tests;

public sealed class QuarantineTests
{
    [Fact]
    public async Task A_damaged_block_is_set_aside_once_left_out_at_once_and_named_until_it_is_right_again()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var t = fixture.Now;
        await fixture.AppendAsync([.. Enumerable.Range(0, 100).Select(i => new Line("app=a", t + i, $"line {i} {i * 7919}"))]);
        await fixture.FlushAsync();
        await fixture.AppendAsync(new Line("app=b", t, "in the head"));
        await fixture.RestartAsync();
        var block = fixture.Catalog.Current.Blocks(TenantId.Default, Signal.Logs).ShouldHaveSingleItem();
        var path = Path.Combine(fixture.ObjectRoot, block.ObjectKey);
        var right = await File.ReadAllBytesAsync(path);
        var damaged = (byte[])right.Clone();
        var file = await ParquetFile.OpenAsync(new MemoryInput(right, "block"));
        var lines = file.RowGroups[0].Info.Columns[file.Schema.Column("line").Index];
        damaged[lines.StartOffset + (lines.CompressedBytes / 2)] ^= 1;
        await File.WriteAllBytesAsync(path, damaged);
        for (var i = 0; i < 3; i++)
        {
            var before = fixture.Reads.Reads;
            var warnings = new List<string>();
            (await fixture.ScanAsync(warnings: warnings)).ShouldHaveSingleItem().Text.ShouldBe("in the head");
            warnings.ShouldHaveSingleItem().ShouldContain($"{block.ObjectKey}: at byte ");
            if (i > 0) fixture.Reads.Reads.ShouldBe(before, "the file is not tried again");
        }

        fixture.Events.Count("block_quarantined").ShouldBe(1);
        fixture.Services.Quarantine.All.ShouldHaveSingleItem().Signal.ShouldBe("logs");
        await fixture.RestartAsync();
        await fixture.Services.Quarantine.LoadAsync(CancellationToken.None);
        await fixture.Services.Quarantine.RecheckAsync(fixture.Reads, fixture.Catalog.Current, CancellationToken.None);
        fixture.Services.Quarantine.Holds(block.Id).ShouldBeTrue("it is still damaged");
        await File.WriteAllBytesAsync(path, right);
        await fixture.RestartAsync();
        await fixture.Services.Quarantine.LoadAsync(CancellationToken.None);
        fixture.Reads.FailReads(1);
        await fixture.Services.Quarantine.RecheckAsync(fixture.Reads, fixture.Catalog.Current, CancellationToken.None);
        fixture.Services.Quarantine.Holds(block.Id).ShouldBeTrue("it could not be read just now");
        await fixture.Services.Quarantine.RecheckAsync(fixture.Reads, fixture.Catalog.Current, CancellationToken.None);
        var none = new List<string>();
        (await fixture.ScanAsync(warnings: none)).Count.ShouldBe(101);
        none.ShouldBeEmpty();
        fixture.Events.Count("block_taken_back").ShouldBe(1);
        fixture.Events.Count("block_quarantined").ShouldBe(1);
    }

    [Fact]
    public async Task What_came_wrongly_into_the_cache_once_is_read_again_before_a_block_is_set_aside()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        await fixture.AppendAsync([.. Enumerable.Range(0, 100).Select(i => new Line("app=a", fixture.Now + i, $"line {i} {i * 7919}"))]);
        await fixture.FlushAsync();
        var block = fixture.Catalog.Current.Blocks(TenantId.Default, Signal.Logs).ShouldHaveSingleItem();
        var transfers = new CountingObjectStore(fixture.Objects);
        using var cache = RangeCache.Open(new FaultyDisk(), new RangeCacheOptions { Directory = "/cache", CapacityBytes = 16 << 20, DataSet = Guid.NewGuid() });
        var objects = new CachedObjectStore(transfers, cache, static _ => true);
        var (events, metastore) = (new RecordingEvents(), new MemoryMetastore());
        var quarantine = new BlockQuarantine(metastore, events, new ManualClock(), objects);
        await ReadWronglyAsync();
        await quarantine.AddAsync(block, 4, "its checksum is wrong", CancellationToken.None);
        quarantine.Holds(block.Id).ShouldBeFalse();
        (await BlockReport.VerifyAsync(objects, block, CancellationToken.None)).Problems.ShouldBeEmpty();
        events.Lines.ShouldBe([$"block_came_wrongly {block.ObjectKey} 4 its checksum is wrong"]);

        // A second report of the same block counts; the recheck after a restart reads past what was kept.
        await quarantine.AddAsync(block, 4, "its checksum is wrong", CancellationToken.None);
        quarantine.Holds(block.Id).ShouldBeTrue();
        await ReadWronglyAsync();
        var restarted = new BlockQuarantine(metastore, events, new ManualClock(), objects);
        await restarted.LoadAsync(CancellationToken.None);
        await restarted.RecheckAsync(objects, fixture.Catalog.Current, CancellationToken.None);
        restarted.Holds(block.Id).ShouldBeFalse();

        // Damage of the object itself is found at once; a bucket that does not answer says nothing.
        transfers.Alter = static (_, bytes) => bytes.Span.Clear();
        transfers.FailReads(1);
        await restarted.AddAsync(block, 4, "cleared", CancellationToken.None);
        restarted.Holds(block.Id).ShouldBeFalse();
        await restarted.AddAsync(block, 4, "cleared", CancellationToken.None);
        restarted.Holds(block.Id).ShouldBeTrue();

        async Task ReadWronglyAsync()
        {
            objects.Forget(block.ObjectKey);
            transfers.Alter = static (_, bytes) => bytes.Span.Clear();
            await objects.GetRangeAsync(block.ObjectKey, 0, new byte[block.SizeBytes], CancellationToken.None);
            transfers.Alter = null;
            (await BlockReport.VerifyAsync(objects, block, CancellationToken.None)).Problems.ShouldNotBeEmpty();
        }
    }

    [Theory]
    [InlineData(false, "its file goes before it is opened")]
    [InlineData(true, "its file goes while it is open")]
    public async Task A_block_whose_file_is_missing_is_set_aside_and_named_and_the_rest_is_answered(bool isOpen, string why)
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        await fixture.AppendAsync(new Line("app=a", fixture.Now, "x"));
        await fixture.FlushAsync();
        await fixture.AppendAsync(new Line("app=b", fixture.Now, "in the head"));
        var block = fixture.Catalog.Current.Blocks(TenantId.Default, Signal.Logs).ShouldHaveSingleItem();
        if (isOpen) (await fixture.ScanAsync()).Count.ShouldBe(2);
        await fixture.Objects.DeleteAsync(block.ObjectKey, CancellationToken.None);
        for (var i = 0; i < 2; i++)
        {
            var warnings = new List<string>();
            (await fixture.ScanAsync(warnings: warnings)).ShouldHaveSingleItem(why).Text.ShouldBe("in the head");
            warnings.ShouldHaveSingleItem().ShouldContain("the object is missing");
        }

        fixture.Services.Quarantine.Holds(block.Id).ShouldBeTrue();
        fixture.Events.Count("block_quarantined").ShouldBe(1);
    }

    [Fact]
    public async Task Storage_that_fails_is_an_error_of_the_query_and_says_nothing_against_a_block()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        await fixture.AppendAsync(new Line("app=a", fixture.Now, "x"));
        await fixture.FlushAsync();
        fixture.Reads.Failure = () => new ObjectStoreException(ObjectStoreFault.TornAnswer, "the answer ended early");
        for (var read = 0; read < 6; read++)
        {
            fixture.Reads.FailReads(1);
            await Should.ThrowAsync<IOException>(() => fixture.ScanAsync());
            fixture.Reads.FailReads(0);
            fixture.Services.Quarantine.All.ShouldBeEmpty();
            if (read % 2 == 1) (await fixture.ScanAsync()).Count.ShouldBe(1);
        }

        var warnings = new List<string>();
        (await fixture.ScanAsync(warnings: warnings)).Count.ShouldBe(1);
        warnings.ShouldBeEmpty();
        fixture.Events.Count("block_quarantined").ShouldBe(0);
    }
}
