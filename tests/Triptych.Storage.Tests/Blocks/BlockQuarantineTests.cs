using System.Diagnostics.Metrics;
using Triptych.Columnar;
using Triptych.Columnar.Parquet;
using Triptych.Model;
using Triptych.Storage.Blocks;
using Triptych.Storage.Catalog;
using Triptych.Storage.Instruments;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore;
using Triptych.Storage.Retention;
using Triptych.Storage.Tests.Compaction;
using Triptych.Testing;

namespace Triptych.Storage.Tests.Blocks;

public sealed class BlockQuarantineTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_block_is_told_once_counted_by_tenant_and_signal_and_known_after_a_restart()
    {
        var metastore = new MemoryMetastore();
        var events = new RecordingEvents();
        var quarantine = new BlockQuarantine(metastore, events, new ManualClock());
        using var gauge = new QuarantineGauge();
        var (a, b) = (Block("told-once", Signal.Logs), Block("told-once", Signal.Logs));
        await quarantine.AddAsync(a, 17, "no checksum", Cancel);
        await quarantine.AddAsync(a, 99, "found again", Cancel);
        gauge.Of("told-once", "logs").ShouldBe(1);
        await quarantine.AddAsync(b, 3, "too short", Cancel);
        gauge.Of("told-once", "logs").ShouldBe(2);
        events.Lines.ShouldBe([$"block_quarantined {a.ObjectKey} 17 no checksum", $"block_quarantined {b.ObjectKey} 3 too short"]);

        var again = new BlockQuarantine(metastore, events, new ManualClock());
        await again.LoadAsync(Cancel);
        again.Find(a.Id).ShouldBe(quarantine.Find(a.Id));
        again.Find(a.Id)!.ShouldSatisfyAllConditions(e => e.Tenant.ShouldBe("told-once"), e => e.Signal.ShouldBe("logs"), e => e.Offset.ShouldBe(17));
        events.Lines.Count.ShouldBe(2, "what is known is not told again");
        var catalog = new MemoryMetastore();
        await using var none = await BlockCatalog.OpenAsync(
            catalog, new LocalObjectStore(new FaultyDisk(), "/d/objects"), new CatalogOptions(), new ManualClock(), events, Cancel);
        await again.ForgetAsync(none.Current, Cancel);
        again.All.ShouldBeEmpty();
        gauge.Of("told-once", "logs").ShouldBe(0);
        (await BlockQuarantine.ReadAsync(metastore, Cancel)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_too_much_for_one_read_is_told_and_says_nothing_against_the_block()
    {
        var quarantine = new BlockQuarantine(new MemoryMetastore(), new RecordingEvents(), new ManualClock());
        var damaged = new DamagedBlocks(Signal.Metrics, quarantine);
        var block = Block("much", Signal.Metrics);
        var statistics = new ScanStatistics();
        await damaged.ReportAsync(block, new UnsupportedFileException(block.ObjectKey, 4, "read fewer rows", isTooMuch: true), isPart: true, statistics, Cancel);
        statistics.Warnings.ShouldHaveSingleItem().ShouldContain("read fewer rows");
        (await damaged.IsSetAsideAsync(block, statistics, Cancel)).ShouldBeFalse();
        await damaged.ReportAsync(block, new UnsupportedFileException(block.ObjectKey, 4, "a codec 99"), isPart: true, statistics, Cancel);
        (await damaged.IsSetAsideAsync(block, statistics, Cancel)).ShouldBeTrue();
        statistics.Warnings.Count.ShouldBe(3);
        statistics.Warnings[2].ShouldBe($"a damaged block is set aside and missing from the answer: {block.ObjectKey}: at byte 4: a codec 99");
    }

    [Fact]
    public async Task A_merge_for_which_a_block_is_too_much_fails_and_says_nothing_against_it()
    {
        await using var store = await UpkeepFixture.OpenAsync();
        for (var i = 0; i < 9; i++)
            await store.FlushAsync(new Row(UpkeepFixture.HoursAgo(5), i, i));
        store.Signal.BeforeWrite = (_, _) => throw new UnsupportedFileException(store.Blocks[0].ObjectKey, 4, "read fewer rows", isTooMuch: true);
        await store.RunAsync();
        store.Upkeep.Status().Quarantined.ShouldBeEmpty();
        store.Events.Count("merge_failed Metrics").ShouldBeGreaterThan(0);
        store.Signal.BeforeWrite = null;
        store.Clock.Advance(TimeSpan.FromHours(1));
        await store.RunAsync();
        store.Events.Count("merged Metrics").ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Retention_drops_a_block_that_is_set_aside_and_what_is_noted_of_it()
    {
        var retention = UpkeepFixture.Unlimited with { Metrics = new() { Time = TimeSpan.FromHours(48) } };
        await using var store = await UpkeepFixture.OpenAsync(retention: retention);
        for (var i = 0; i < 9; i++)
            await store.FlushAsync(new Row(UpkeepFixture.HoursAgo(5), i, i));
        var bad = store.Blocks.Single(static b => b.FirstSegment == 5);
        var file = "/d/objects/" + bad.ObjectKey;
        var bytes = store.Disk.Read(file);
        bytes[3] ^= 1;
        store.Disk.Put(file, bytes);
        await store.RunAsync();
        store.Upkeep.Status().Quarantined.ShouldHaveSingleItem().Block.ShouldBe(bad.Id);
        store.Clock.Advance(TimeSpan.FromDays(3));
        await store.RunAsync();
        store.Blocks.ShouldBeEmpty();
        store.Upkeep.Status().Quarantined.ShouldBeEmpty();
        (await BlockQuarantine.ReadAsync(store.Metastore, Cancel)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_start_sets_a_block_aside_whose_object_is_missing_and_tells_it_once()
    {
        var store = await UpkeepFixture.OpenAsync();
        await store.FlushAsync(new Row(UpkeepFixture.HoursAgo(5), 1, 1));
        var block = store.Blocks[0];
        store.Disk.Delete("/d/objects/" + block.ObjectKey);
        await using var without = await store.ReopenAsync();
        without.Upkeep.Status().Quarantined.ShouldHaveSingleItem().Reason.ShouldBe("the object is missing");
        without.StorageEvents.Lines.ShouldContain($"block_missing {block.ObjectKey}");
        without.StorageEvents.Count("block_quarantined").ShouldBe(1);
        await using var again = await without.ReopenAsync();
        again.StorageEvents.Count("block_quarantined").ShouldBe(0, "it is known");
        await again.RunAsync();
        again.Upkeep.Status().Quarantined.ShouldHaveSingleItem().Block.ShouldBe(block.Id);
    }

    [Fact]
    public async Task A_block_set_aside_that_may_not_be_read_holds_up_nothing_else()
    {
        var retention = UpkeepFixture.Unlimited with { Metrics = new() { Time = TimeSpan.FromHours(48) } };
        var store = await UpkeepFixture.OpenAsync();
        await store.FlushAsync(new Row(UpkeepFixture.HoursAgo(60), 1, 1));
        for (var i = 0; i < 5; i++)
            await store.FlushAsync(new Row(UpkeepFixture.HoursAgo(5), i, i));
        var (old, bad) = (store.Blocks.Single(static b => b.FirstSegment == 1), store.Blocks.Single(static b => b.FirstSegment == 2));
        await new BlockQuarantine(store.Metastore, store.StorageEvents, store.Clock).AddAsync(bad, 1, "a test says so", Cancel);
        await using var again = await store.ReopenAsync(retention);
        again.Disk.Denied = path => path.EndsWith(bad.ObjectKey, StringComparison.Ordinal);
        await again.RunAsync();
        again.Blocks.ShouldNotContain(b => b.Id == old.Id);
        again.Upkeep.Status().Quarantined.ShouldHaveSingleItem().Block.ShouldBe(bad.Id);
    }

    [Fact]
    public async Task A_step_of_upkeep_that_fails_is_told_and_the_others_are_done()
    {
        var retention = UpkeepFixture.Unlimited with { Metrics = new() { Time = TimeSpan.FromHours(48) } };
        var store = await UpkeepFixture.OpenAsync();
        await store.FlushAsync(new Row(UpkeepFixture.HoursAgo(60), 1, 1));
        await store.FlushAsync(new Row(UpkeepFixture.HoursAgo(5), 1, 1));
        var (old, good) = (store.Blocks[0], store.Blocks[1]);
        await new BlockQuarantine(store.Metastore, store.StorageEvents, store.Clock).AddAsync(good, 1, "a test says so", Cancel);
        await using var again = await store.ReopenAsync(retention);
        again.Disk.Denied = path => path.EndsWith(good.ObjectKey, StringComparison.Ordinal) ? throw new InvalidOperationException("a bug") : false;
        await again.RunAsync();
        again.Events.Lines.ShouldContain(static l => l.StartsWith("upkeep_failed", StringComparison.Ordinal) && l.Contains("a bug", StringComparison.Ordinal));
        again.Blocks.ShouldNotContain(b => b.Id == old.Id);
    }

    [Fact]
    public async Task While_the_metastore_takes_nothing_a_block_is_set_aside_all_the_same_and_noted_by_a_later_round()
    {
        var metastore = new MemoryMetastore();
        await using var store = await UpkeepFixture.OpenAsync(metastore: metastore);
        for (var i = 0; i < 9; i++)
            await store.FlushAsync(new Row(UpkeepFixture.HoursAgo(5), i, i));
        var bad = store.Blocks.Single(static b => b.FirstSegment == 5);
        var file = "/d/objects/" + bad.ObjectKey;
        var bytes = store.Disk.Read(file);
        bytes[3] ^= 1;
        store.Disk.Put(file, bytes);

        metastore.FailSet = static scope => scope == BlockQuarantine.Scope ? new MetastoreException("The disk is full.") : null;
        await store.RunAsync();
        store.Events.Lines.ShouldContain(
            static l => l.StartsWith("upkeep_failed", StringComparison.Ordinal) && l.Contains("The disk is full.", StringComparison.Ordinal),
            "the round tells why it could not note it");
        store.Upkeep.Status().Quarantined.ShouldHaveSingleItem().ObjectKey.ShouldBe(bad.ObjectKey);
        store.Blocks.Count(static b => b.Level > 0).ShouldBeGreaterThan(0, "the others are merged around it");
        (await BlockQuarantine.ReadAsync(metastore, Cancel)).ShouldBeEmpty();

        metastore.FailSet = null;
        await store.RunAsync();
        (await BlockQuarantine.ReadAsync(metastore, Cancel)).ShouldHaveSingleItem().Block.ShouldBe(bad.Id);
        store.StorageEvents.Count("block_quarantined").ShouldBe(1, "it is told once");
        await using var again = await store.ReopenAsync();
        again.Upkeep.Status().Quarantined.ShouldHaveSingleItem().Block.ShouldBe(bad.Id);
    }

    [Fact]
    public async Task One_that_was_never_noted_is_found_again_after_a_start()
    {
        var metastore = new MemoryMetastore { FailSet = static _ => new MetastoreException("The disk is full.") };
        var quarantine = new BlockQuarantine(metastore, new RecordingEvents(), new ManualClock());
        var block = Block("never-noted", Signal.Traces);
        await quarantine.AddAsync(block, 7, "no checksum", Cancel);
        quarantine.Holds(block.Id).ShouldBeTrue();
        var events = new RecordingEvents();
        var again = new BlockQuarantine(metastore, events, new ManualClock());
        await again.LoadAsync(Cancel);
        again.Holds(block.Id).ShouldBeFalse();
        metastore.FailSet = null;
        await again.AddAsync(block, 7, "no checksum", Cancel);
        events.Count("block_quarantined").ShouldBe(1);
        (await BlockQuarantine.ReadAsync(metastore, Cancel)).ShouldHaveSingleItem().Offset.ShouldBe(7);
    }

    private static BlockMeta Block(string tenant, Signal signal)
    {
        var id = Guid.CreateVersion7();
        return new BlockMeta
        {
            Id = id,
            Tenant = new TenantId(tenant),
            Signal = signal,
            MinTime = 1,
            MaxTime = 2,
            Rows = 1,
            SizeBytes = 100,
            ObjectKey = $"blocks/1/{id:N}.parquet",
        };
    }

    private sealed class QuarantineGauge : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly System.Collections.Concurrent.ConcurrentDictionary<(string, string), long> _values = new();

        public QuarantineGauge()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == StorageInstruments.MeterName && instrument.Name == "triptych.blocks.quarantined")
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
            {
                var byName = tags.ToArray().ToDictionary(static t => t.Key, static t => (string)t.Value!);
                _values[(byName["tenant"], byName["signal"])] = value;
            });
            _listener.Start();
        }

        public long Of(string tenant, string signal) => _values.GetValueOrDefault((tenant, signal));

        public void Dispose() => _listener.Dispose();
    }
}
