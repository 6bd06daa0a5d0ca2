using Triptych.Model;
using Triptych.Storage.Blocks;
using Triptych.Storage.Catalog;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore;
using Triptych.Testing;

namespace Triptych.Storage.Tests.Catalog;

public sealed class BlockCatalogTests : IAsyncDisposable
{
    private static readonly TenantId Acme = new("acme");
    private readonly ManualClock _clock = new();
    private readonly MemoryMetastore _metastore = new();
    private readonly RecordingEvents _events = new();
    private readonly FaultyDisk _disk = new();
    private readonly LocalObjectStore _objects;

    public BlockCatalogTests() => _objects = new LocalObjectStore(_disk, "/d");

    public ValueTask DisposeAsync()
    {
        _objects.Dispose();
        return _metastore.DisposeAsync();
    }

    [Fact]
    public async Task Blocks_are_listed_by_time_and_found_by_range()
    {
        await using var catalog = await OpenAsync();
        var late = await PutAsync(catalog, 50, 60);
        var early = await PutAsync(catalog, 0, 20);
        var other = (await PutAsync(catalog, 10, 30)) with { Signal = Signal.Logs };
        await catalog.CommitAsync(new MetastoreChange { Add = [late, early, other] }, onPublish: null, CancellationToken.None);
        catalog.Current.Blocks(Acme, Signal.Metrics).ShouldBe([early, late]);
        catalog.Current.BlocksIn(Acme, Signal.Metrics, 20, 50).ShouldBe([early, late]);
        catalog.Current.BlocksIn(Acme, Signal.Metrics, 21, 49).ShouldBeEmpty();
        catalog.Current.Blocks(Acme, Signal.Logs).ShouldBe([other]);
        catalog.Current.Blocks(TenantId.Default, Signal.Metrics).ShouldBeEmpty();
        catalog.Current.Tenants.ShouldBe([Acme]);
        catalog.Current.BlockCount.ShouldBe(3);
    }

    [Fact]
    public async Task A_version_does_not_change_and_a_failed_commit_shows_nothing()
    {
        await using var catalog = await OpenAsync();
        var first = await PutAsync(catalog, 0, 1);
        await catalog.CommitAsync(new MetastoreChange { Add = [first] }, onPublish: null, CancellationToken.None);
        var before = catalog.Current;
        _metastore.FailBefore = _ => new MetastoreException("down");
        var published = false;
        await Should.ThrowAsync<MetastoreException>(async () => await catalog.CommitAsync(
            new MetastoreChange { Add = [await PutAsync(catalog, 2, 3)], Remove = [first.Id] }, _ => published = true, CancellationToken.None));
        catalog.Current.ShouldBeSameAs(before);
        published.ShouldBeFalse();
        _metastore.FailBefore = null;
        await catalog.CommitAsync(new MetastoreChange { Remove = [first.Id] }, onPublish: null, CancellationToken.None);
        before.Blocks(Acme, Signal.Metrics).ShouldBe([first]);
        catalog.Current.BlockCount.ShouldBe(0);
        catalog.Current.Number.ShouldBe(before.Number + 1);
    }

    [Fact]
    public async Task Files_of_replaced_blocks_go_when_no_pin_needs_them_and_the_longest_query_is_over()
    {
        await using var catalog = await OpenAsync();
        var old = await PutAsync(catalog, 0, 1);
        await catalog.CommitAsync(new MetastoreChange { Add = [old] }, onPublish: null, CancellationToken.None);
        var pin = catalog.Pin();
        var merged = await PutAsync(catalog, 0, 1);
        await catalog.CommitAsync(new MetastoreChange { Add = [merged], Remove = [old.Id] }, onPublish: null, CancellationToken.None);
        using var later = catalog.Pin();

        _clock.Advance(TimeSpan.FromMinutes(10));
        (await catalog.SweepAsync(CancellationToken.None)).ShouldBe(0, "a pin holds the old version");
        pin.Version.Blocks(Acme, Signal.Metrics).ShouldBe([old]);
        (await _objects.GetLengthAsync(old.ObjectKey, CancellationToken.None)).ShouldNotBeNull();

        pin.Dispose();
        pin.Dispose();
        (await catalog.SweepAsync(CancellationToken.None)).ShouldBe(1);
        (await _objects.GetLengthAsync(old.ObjectKey, CancellationToken.None)).ShouldBeNull();
        (await _objects.GetLengthAsync(merged.ObjectKey, CancellationToken.None)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Files_of_replaced_blocks_stay_for_the_longest_query_even_without_a_pin()
    {
        await using var catalog = await OpenAsync();
        var old = await PutAsync(catalog, 0, 1);
        await catalog.CommitAsync(new MetastoreChange { Add = [old] }, onPublish: null, CancellationToken.None);
        await catalog.CommitAsync(new MetastoreChange { Remove = [old.Id] }, onPublish: null, CancellationToken.None);
        (await catalog.SweepAsync(CancellationToken.None)).ShouldBe(0);
        catalog.LeavingCount.ShouldBe(1);
    }

    [Fact]
    public async Task Objects_outside_the_catalog_are_removed_at_start()
    {
        BlockMeta kept;
        await using (var catalog = await OpenAsync())
        {
            kept = await PutAsync(catalog, 0, 1);
            await PutAsync(catalog, 4, 5);
            await catalog.CommitAsync(new MetastoreChange { Add = [kept] }, onPublish: null, CancellationToken.None);
        }

        await using var again = await OpenAsync();
        (await KeysAsync()).ShouldBe([kept.ObjectKey]);
        again.Missing.ShouldBeEmpty();
        _events.Lines.ShouldBe(["unfinished_objects_removed 1"]);
    }

    [Fact]
    public async Task A_missing_block_is_named_and_nothing_is_removed_beside_it_until_it_is_known()
    {
        BlockMeta kept, lost, unlisted;
        await using (var catalog = await OpenAsync())
        {
            kept = await PutAsync(catalog, 0, 1);
            lost = await PutAsync(catalog, 2, 3);
            unlisted = await PutAsync(catalog, 4, 5);
            await catalog.CommitAsync(new MetastoreChange { Add = [kept, lost] }, onPublish: null, CancellationToken.None);
        }

        await _objects.DeleteAsync(lost.ObjectKey, CancellationToken.None);
        await using (var catalog = await OpenAsync())
        {
            (await KeysAsync()).ShouldBe([kept.ObjectKey, unlisted.ObjectKey], ignoreOrder: true);
            catalog.Missing.ShouldHaveSingleItem().Id.ShouldBe(lost.Id);
            await new BlockQuarantine(_metastore, _events, _clock).AddAsync(lost, 0, "missing", CancellationToken.None);
            _clock.Advance(TimeSpan.FromHours(1));
            await PutAsync(catalog, 6, 7);
        }

        _events.Lines.ShouldContain("foreign_objects_kept 1");
        await using var again = await OpenAsync();
        (await KeysAsync()).ShouldBe([kept.ObjectKey, unlisted.ObjectKey], ignoreOrder: true, "what was unfinished since then is gone");
        _events.Count("unfinished_objects_removed").ShouldBe(1);
    }

    [Fact]
    public async Task A_catalog_put_back_that_was_copied_while_a_merge_ran_does_not_cost_its_output()
    {
        BlockMeta first, second, merged;
        MemoryMetastore old;
        await using (var catalog = await OpenAsync())
        {
            first = await PutAsync(catalog, 0, 1);
            second = await PutAsync(catalog, 2, 3);
            await catalog.CommitAsync(new MetastoreChange { Add = [first, second] }, onPublish: null, CancellationToken.None);
            merged = await PutAsync(catalog, 0, 3);
            old = _metastore.Copy();
            await catalog.CommitAsync(new MetastoreChange { Add = [merged], Remove = [first.Id, second.Id] }, onPublish: null, CancellationToken.None);
            _clock.Advance(TimeSpan.FromHours(1));
            await catalog.SweepAsync(CancellationToken.None);
        }

        for (var start = 0; start < 3; start++)
        {
            _clock.Advance(TimeSpan.FromDays(1));
            await using var catalog = await OpenAsync(old);
            catalog.Missing.Select(static b => b.Id).ShouldBe([first.Id, second.Id], ignoreOrder: true);
            (await KeysAsync()).ShouldBe([merged.ObjectKey]);
        }

        _events.Count("unfinished_objects_removed").ShouldBe(0);
        _events.Count("foreign_objects_kept").ShouldBe(3);
    }

    [Fact]
    public async Task Blocks_of_a_catalog_that_was_lost_are_kept_at_every_start_and_the_new_ones_leftovers_are_not()
    {
        BlockMeta lost;
        await using (var catalog = await OpenAsync())
        {
            lost = await PutAsync(catalog, 0, 1);
            await catalog.CommitAsync(new MetastoreChange { Add = [lost] }, onPublish: null, CancellationToken.None);
        }

        _clock.Advance(TimeSpan.FromDays(30));
        var anew = new MemoryMetastore { IsNew = true };
        BlockMeta kept, unfinished;
        await using (var catalog = await OpenAsync(anew))
        {
            kept = await PutAsync(catalog, 2, 3);
            await catalog.CommitAsync(
                new MetastoreChange { Add = [kept], Retire = new WalRetirement(Signal.Metrics, 1, 1) }, onPublish: null, CancellationToken.None);
            unfinished = await PutAsync(catalog, 4, 5);
        }

        anew.IsNew = false;
        for (var start = 0; start < 2; start++)
        {
            _clock.Advance(TimeSpan.FromDays(30));
            await using var again = await OpenAsync(anew);
            (await KeysAsync()).ShouldBe([lost.ObjectKey, kept.ObjectKey], ignoreOrder: true);
        }

        _events.Lines.ShouldBe(
            ["foreign_objects_kept 1", "foreign_objects_kept 1", "unfinished_objects_removed 1", "foreign_objects_kept 1"]);
    }

    [Fact]
    public async Task Blocks_that_are_newer_than_a_catalog_that_was_put_back_are_kept_also_one_that_was_being_written_then()
    {
        BlockMeta early, underWay, late;
        MemoryMetastore old;
        await using (var catalog = await OpenAsync())
        {
            early = await PutAsync(catalog, 0, 1);
            await catalog.CommitAsync(new MetastoreChange { Add = [early] }, onPublish: null, CancellationToken.None);
            underWay = await PutAsync(catalog, 2, 3);
            old = _metastore.Copy();
            await catalog.CommitAsync(new MetastoreChange { Add = [underWay] }, onPublish: null, CancellationToken.None);
            _clock.Advance(TimeSpan.FromHours(1));
            late = await PutAsync(catalog, 4, 5);
            await catalog.CommitAsync(new MetastoreChange { Add = [late], Remove = [early.Id] }, onPublish: null, CancellationToken.None);
        }

        // The file of the block that went may be gone with it or not yet.
        var kept = await KeysAsync();
        kept.Where(key => key != early.ObjectKey).ShouldBe([underWay.ObjectKey, late.ObjectKey], ignoreOrder: true);
        for (var start = 0; start < 3; start++)
        {
            _clock.Advance(TimeSpan.FromDays(1));
            await using var catalog = await OpenAsync(old);
            (await KeysAsync()).ShouldBe(kept, ignoreOrder: true);
            _events.Lines[^1].ShouldBe(start == 0 ? "foreign_objects_kept 1" : "foreign_objects_kept 2");
        }

        // What this catalog leaves unfinished from here on is its own again.
        await using (var catalog = await OpenAsync(old))
            await PutAsync(catalog, 6, 7);
        await using var last = await OpenAsync(old);
        (await KeysAsync()).ShouldBe(kept, ignoreOrder: true);
    }

    [Fact]
    public async Task A_removed_block_whose_file_is_still_there_at_a_stop_goes_at_the_next_start_and_nothing_stays_noted()
    {
        await using (var catalog = await OpenAsync())
        {
            var swept = await PutAsync(catalog, 0, 1);
            var left = await PutAsync(catalog, 0, 1);
            await catalog.CommitAsync(new MetastoreChange { Add = [swept, left] }, onPublish: null, CancellationToken.None);
            (await _metastore.ListAsync("unlisted-objects", CancellationToken.None)).ShouldBeEmpty();
            await catalog.CommitAsync(new MetastoreChange { Remove = [swept.Id] }, onPublish: null, CancellationToken.None);
            _clock.Advance(TimeSpan.FromMinutes(10));
            (await catalog.SweepAsync(CancellationToken.None)).ShouldBe(1);
            await catalog.CommitAsync(new MetastoreChange { Remove = [left.Id] }, onPublish: null, CancellationToken.None);
            (await _metastore.ListAsync("unlisted-objects", CancellationToken.None)).Select(v => v.Key).ShouldBe([left.Id.ToString("N")]);
        }

        await using var again = await OpenAsync();
        _disk.List("/d").ShouldBeEmpty();
        _events.Lines.ShouldBe(["unfinished_objects_removed 1"]);
        (await _metastore.ListAsync("unlisted-objects", CancellationToken.None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Keys_have_the_tenants_number_not_its_name()
    {
        await using var catalog = await OpenAsync();
        var address = await catalog.NewAddressAsync(
            new TenantId("..'!"), Signal.Traces, new DateTimeOffset(2026, 3, 1, 23, 0, 0, TimeSpan.FromHours(-5)), CancellationToken.None);
        address.ObjectKey.ShouldBe($"blocks/1/traces/2026-03-02/{address.Id:N}.parquet");
    }

    private async Task<List<string>> KeysAsync()
    {
        var keys = new List<string>();
        await foreach (var entry in _objects.ListAsync("", CancellationToken.None))
            keys.Add(entry.Key);
        return keys;
    }

    private ValueTask<BlockCatalog> OpenAsync(MemoryMetastore? metastore = null) =>
        BlockCatalog.OpenAsync(metastore ?? _metastore, _objects, new CatalogOptions(), _clock, _events, CancellationToken.None);

    private async Task<BlockMeta> PutAsync(BlockCatalog catalog, long min, long max)
    {
        var address = await catalog.NewAddressAsync(Acme, Signal.Metrics, _clock.GetUtcNow(), CancellationToken.None);
        await _objects.PutAsync(address.ObjectKey, new byte[] { 1 }, CancellationToken.None);
        return new BlockMeta
        {
            Id = address.Id,
            Tenant = Acme,
            Signal = Signal.Metrics,
            MinTime = min,
            MaxTime = max,
            Rows = 1,
            SizeBytes = 1,
            ObjectKey = address.ObjectKey,
        };
    }
}
