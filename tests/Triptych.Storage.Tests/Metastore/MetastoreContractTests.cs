using Triptych.Model;
using Triptych.Storage.Catalog;
using Triptych.Storage.Metastore;
using Triptych.Testing;

namespace Triptych.Storage.Tests.Metastore;

/// <summary>What <see cref="IMetastore"/> promises, whatever it stands on.</summary>
public abstract class MetastoreContractTests
{
    private static CancellationToken None => CancellationToken.None;

    /// <summary>Opens the same store each time.</summary>
    protected abstract ValueTask<IMetastore> OpenAsync();

    [Fact]
    public async Task What_was_committed_is_there_after_reopening()
    {
        var block = NewBlock("acme", Signal.Traces, 10, 20) with { Level = 2, Statistics = new byte[] { 1, 2, 3 }, FirstSegment = 4, LastSegment = 6 };
        await using (var store = await OpenAsync())
        {
            await store.CommitAsync(
                new MetastoreChange
                {
                    Add = [block],
                    Retire = new WalRetirement(Signal.Traces, 6, 99),
                    Values = [new MetastoreValue("requests", "traces", new byte[] { 7 })],
                },
                None);
        }

        await using var again = await OpenAsync();
        again.IsNew.ShouldBeFalse();
        var content = await again.LoadCatalogAsync(None);
        content.Retired.ShouldBe([new WalRetirement(Signal.Traces, 6, 99)]);
        ShouldBeSame(content.Blocks.ShouldHaveSingleItem(), block);
        (await again.GetAsync("requests", "traces", None))!.Value.ToArray().ShouldBe([7]);
    }

    [Fact]
    public async Task A_change_removes_values_and_puts_others_in_one_step()
    {
        await using var store = await OpenAsync();
        foreach (var key in new[] { "a", "b", "c" })
            await store.SetAsync("s", key, new byte[] { 1 }, expectedVersion: null, None);
        await store.CommitAsync(
            new MetastoreChange
            {
                RemoveValues = [new MetastoreKey("s", "a"), new MetastoreKey("s", "b"), new MetastoreKey("other", "c"), new MetastoreKey("s", "none")],
                Values = [new MetastoreValue("s", "b", new byte[] { 2 })],
            },
            None);
        (await store.ListAsync("s", None)).Select(static v => (v.Key, v.Version, v.Value.Span[0])).ShouldBe([("b", 1L, (byte)2), ("c", 1L, (byte)1)]);
    }

    [Fact]
    public async Task Numbers_keep_all_their_bits()
    {
        await using var store = await OpenAsync();
        var block = NewBlock("acme", Signal.Logs, long.MinValue, long.MaxValue) with { Rows = long.MaxValue, SizeBytes = long.MaxValue, FirstSegment = 1L << 60 };
        await store.CommitAsync(new MetastoreChange { Add = [block], Retire = new WalRetirement(Signal.Metrics, long.MaxValue, 3) }, None);
        var content = await store.LoadCatalogAsync(None);
        ShouldBeSame(content.Blocks.ShouldHaveSingleItem(), block);
        content.Retired.ShouldBe([new WalRetirement(Signal.Metrics, long.MaxValue, 3)]);
    }

    [Fact]
    public async Task A_change_with_a_block_that_is_gone_changes_nothing()
    {
        await using var store = await OpenAsync();
        var old = NewBlock("acme", Signal.Logs, 0, 5);
        await store.CommitAsync(new MetastoreChange { Add = [old] }, None);
        var gone = Guid.CreateVersion7();
        var conflict = await Should.ThrowAsync<CatalogConflictException>(async () => await store.CommitAsync(
            new MetastoreChange
            {
                Add = [NewBlock("acme", Signal.Logs, 0, 9)],
                Remove = [old.Id, gone],
                Retire = new WalRetirement(Signal.Logs, 1, 1),
                Values = [new MetastoreValue("s", "k", new byte[] { 1 })],
            },
            None));
        conflict.Block.ShouldBe(gone);
        var content = await store.LoadCatalogAsync(None);
        content.Blocks.Select(b => b.Id).ShouldBe([old.Id]);
        content.Retired.ShouldBeEmpty();
        (await store.GetAsync("s", "k", None)).ShouldBeNull();
    }

    [Fact]
    public async Task Committing_the_same_change_again_is_harmless()
    {
        await using var store = await OpenAsync();
        var old = NewBlock("acme", Signal.Logs, 0, 5);
        await store.CommitAsync(new MetastoreChange { Add = [old] }, None);
        var merge = new MetastoreChange { Add = [NewBlock("acme", Signal.Logs, 0, 9)], Remove = [old.Id], Values = [new MetastoreValue("s", "k", new byte[] { 1 })] };
        await store.CommitAsync(merge, None);
        await store.CommitAsync(merge, None);
        (await store.LoadCatalogAsync(None)).Blocks.Select(b => b.Id).ShouldBe([merge.Add[0].Id]);
        (await store.GetAsync("s", "k", None))!.Version.ShouldBe(1);
    }

    [Fact]
    public async Task A_change_of_which_only_a_part_is_there_is_refused_as_a_whole()
    {
        await using var store = await OpenAsync();
        var there = NewBlock("acme", Signal.Logs, 0, 5);
        await store.CommitAsync(new MetastoreChange { Add = [there] }, None);
        await Should.ThrowAsync<MetastoreException>(async () => await store.CommitAsync(
            new MetastoreChange { Add = [NewBlock("acme", Signal.Logs, 0, 9), there], Retire = new WalRetirement(Signal.Logs, 1, 1) }, None));
        var content = await store.LoadCatalogAsync(None);
        content.Blocks.Select(b => b.Id).ShouldBe([there.Id]);
        content.Retired.ShouldBeEmpty();
    }

    [Fact]
    public async Task Retired_wal_never_comes_back()
    {
        await using var store = await OpenAsync();
        await store.CommitAsync(new MetastoreChange { Retire = new WalRetirement(Signal.Logs, 5, 50) }, None);
        await store.CommitAsync(new MetastoreChange { Retire = new WalRetirement(Signal.Logs, 4, 60) }, None);
        (await store.LoadCatalogAsync(None)).Retired.ShouldBe([new WalRetirement(Signal.Logs, 5, 60)]);
    }

    [Fact]
    public async Task Tenants_keep_their_numbers()
    {
        await using (var store = await OpenAsync())
        {
            (await store.GetTenantNumberAsync(new TenantId("b"), None)).ShouldBe(1);
            (await store.GetTenantNumberAsync(new TenantId("a"), None)).ShouldBe(2);
            await Should.ThrowAsync<CatalogConflictException>(async () => await store.CommitAsync(
                new MetastoreChange { Add = [NewBlock("a", Signal.Logs, 0, 1)], Remove = [Guid.NewGuid()] }, None));
            (await store.GetTenantNumberAsync(new TenantId("Z"), None)).ShouldBe(3);
        }

        await using var again = await OpenAsync();
        (await again.GetTenantNumberAsync(new TenantId("a"), None)).ShouldBe(2);
        (await again.ListTenantsAsync(None)).Select(t => t.Name).ShouldBe(["Z", "a", "b"]);
    }

    [Fact]
    public async Task Values_change_only_from_the_expected_version()
    {
        await using var store = await OpenAsync();
        (await store.SetAsync("ui", "x", new byte[] { 1 }, expectedVersion: 3, None)).ShouldBeNull();
        (await store.GetAsync("ui", "x", None)).ShouldBeNull();
        (await store.SetAsync("ui", "x", new byte[] { 1 }, expectedVersion: 0, None)).ShouldBe(1);
        (await store.SetAsync("ui", "x", new byte[] { 2 }, expectedVersion: 0, None)).ShouldBeNull();
        (await store.SetAsync("ui", "x", new byte[] { 2 }, expectedVersion: 1, None)).ShouldBe(2);
        (await store.SetAsync("ui", "x", new byte[] { 3 }, expectedVersion: null, None)).ShouldBe(3);
        (await store.SetAsync("ui", "w", new byte[] { 9 }, expectedVersion: null, None)).ShouldBe(1);
        (await store.ListAsync("ui", None)).Select(v => (v.Key, v.Version)).ShouldBe([("w", 1L), ("x", 3L)]);
        (await store.ListAsync("other", None)).ShouldBeEmpty();
        (await store.DeleteAsync("ui", "x", expectedVersion: 2, None)).ShouldBeFalse();
        (await store.DeleteAsync("ui", "x", expectedVersion: 3, None)).ShouldBeTrue();
        (await store.DeleteAsync("ui", "x", expectedVersion: null, None)).ShouldBeFalse();
        (await store.GetAsync("ui", "x", None)).ShouldBeNull();
        (await store.SetAsync("ui", "x", new byte[] { 4 }, expectedVersion: 0, None)).ShouldBe(1);
    }

    [Fact]
    public async Task Values_of_a_change_are_put_whatever_their_version()
    {
        await using var store = await OpenAsync();
        for (var i = 1; i <= 3; i++)
        {
            MetastoreValue[] values = [new MetastoreValue("s", "k", new[] { (byte)i }), new MetastoreValue("t", "k", default)];
            await store.CommitAsync(new MetastoreChange { Values = values }, None);
            var value = await store.GetAsync("s", "k", None);
            (value!.Version, value.Value.Span[0]).ShouldBe((i, (byte)i));
        }

        (await store.GetAsync("t", "k", None))!.Value.Length.ShouldBe(0);
    }

    [Fact]
    public async Task Keys_are_told_apart_and_sorted_by_their_characters()
    {
        await using var store = await OpenAsync();
        string[] keys = ["a", "B", "ä", "a b", "'; DROP TABLE blocks; --", "A", "\u65e5\u672c", ""];
        foreach (var key in keys)
            await store.SetAsync("s", key, new byte[] { 1 }, expectedVersion: 0, None);
        (await store.ListAsync("s", None)).Select(v => v.Key).ShouldBe(keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Of_racing_writers_of_one_value_each_counts_once()
    {
        await using var store = await OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var done = 0; done < 5;)
            {
                var found = await store.GetAsync("s", "counter", None);
                var next = new[] { (byte)((found is null ? 0 : found.Value.Span[0]) + 1) };
                if (await store.SetAsync("s", "counter", next, found?.Version ?? 0, None) is not null)
                    done++;
            }
        })));
        var end = await store.GetAsync("s", "counter", None);
        (end!.Version, end.Value.Span[0]).ShouldBe((40L, (byte)40));
    }

    [Fact]
    public async Task Large_values_come_back_whole()
    {
        await using var store = await OpenAsync();
        var bytes = new byte[3 << 20];
        new Random(1).NextBytes(bytes);
        await store.SetAsync("s", "large", bytes, expectedVersion: 0, None);
        (await store.GetAsync("s", "large", None))!.Value.Span.SequenceEqual(bytes).ShouldBeTrue();
    }

    [Fact]
    public async Task What_was_exported_can_be_put_into_another_store()
    {
        var source = new MemoryMetastore();
        await FillAsync(source);
        var content = await source.ExportAsync(None);
        await using (var store = await OpenAsync())
        {
            await store.ImportAsync(content, replace: false, None);
            ShouldBeSame(await store.ExportAsync(None), content);
        }

        await using var again = await OpenAsync();
        ShouldBeSame(await again.ExportAsync(None), content);
        (await again.GetTenantNumberAsync(new TenantId("second"), None)).ShouldBe(2);
        (await again.GetTenantNumberAsync(new TenantId("new"), None)).ShouldBe(3);
    }

    [Fact]
    public async Task A_store_that_holds_something_is_replaced_only_when_told()
    {
        await using var store = await OpenAsync();
        (await store.ExportAsync(None)).IsEmpty.ShouldBeTrue();
        (await store.GetTenantNumberAsync(new TenantId("old"), None)).ShouldBe(1);
        await store.SetAsync("old", "k", new byte[] { 1 }, expectedVersion: null, None);
        var before = await store.ExportAsync(None);
        var source = new MemoryMetastore();
        await FillAsync(source);
        var content = await source.ExportAsync(None);
        await Should.ThrowAsync<MetastoreNotEmptyException>(async () => await store.ImportAsync(content, replace: false, None));
        ShouldBeSame(await store.ExportAsync(None), before);
        await store.ImportAsync(content, replace: true, None);
        ShouldBeSame(await store.ExportAsync(None), content);

        // The number that the name had before is somebody else's now.
        (await store.GetTenantNumberAsync(new TenantId("old"), None)).ShouldBe(3);
    }

    protected static BlockMeta NewBlock(string tenant, Signal signal, long min, long max)
    {
        var id = Guid.CreateVersion7();
        return new BlockMeta
        {
            Id = id,
            Tenant = new TenantId(tenant),
            Signal = signal,
            MinTime = min,
            MaxTime = max,
            Rows = 1,
            SizeBytes = 2,
            ObjectKey = $"blocks/{id:N}",
        };
    }

    protected static async Task FillAsync(IMetastore store)
    {
        await store.GetTenantNumberAsync(new TenantId("first"), None);
        await store.CommitAsync(
            new MetastoreChange
            {
                Add = [NewBlock("second", Signal.Logs, 0, 5) with { Statistics = new byte[] { 1, 2 } }, NewBlock("first", Signal.Metrics, 3, 4)],
                Retire = new WalRetirement(Signal.Logs, 7, 70),
                Values = [new MetastoreValue("b", "k", new byte[] { 1 }), new MetastoreValue("a", "k", new byte[] { 2, 3 })],
            },
            None);
        await store.SetAsync("b", "k", new byte[] { 9 }, expectedVersion: 1, None);
    }

    protected static void ShouldBeSame(MetastoreContent found, MetastoreContent wanted)
    {
        found.Tenants.ShouldBe(wanted.Tenants);
        found.Catalog.Retired.ShouldBe(wanted.Catalog.Retired);
        found.Catalog.Blocks.Count.ShouldBe(wanted.Catalog.Blocks.Count);
        foreach (var (a, b) in found.Catalog.Blocks.OrderBy(b => b.Id).Zip(wanted.Catalog.Blocks.OrderBy(b => b.Id)))
            ShouldBeSame(a, b);
        found.Values.Select(Text).ShouldBe(wanted.Values.Select(Text));

        static string Text(ScopedValue v) => $"{v.Scope}/{v.Value.Key} {v.Value.Version} {Convert.ToHexString(v.Value.Value.Span)}";
    }

    private static void ShouldBeSame(BlockMeta found, BlockMeta wanted)
    {
        found.Statistics.ToArray().ShouldBe(wanted.Statistics.ToArray());
        (found with { Statistics = default }).ShouldBe(wanted with { Statistics = default });
    }
}
