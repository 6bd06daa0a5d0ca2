using Microsoft.Data.Sqlite;
using Triptych.Model;
using Triptych.Storage.Catalog;
using Triptych.Storage.Metastore;

namespace Triptych.Storage.Tests.Metastore;

public sealed class SqliteMetastoreTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("triptych-metastore-").FullName;

    private string Database => Path.Combine(_root, "catalog.db");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task What_was_committed_is_there_after_reopening()
    {
        var block = Block("acme", Signal.Traces, 10, 20) with { Level = 2, Statistics = new byte[] { 1, 2, 3 }, FirstSegment = 4, LastSegment = 6 };
        await using (var store = SqliteMetastore.Open(Database))
        {
            store.IsNew.ShouldBeTrue();
            await store.CommitAsync(
                new MetastoreChange
                {
                    Add = [block],
                    Retire = new WalRetirement(Signal.Traces, 6, 99),
                    Values = [new MetastoreValue("requests", "traces", new byte[] { 7 })],
                },
                CancellationToken.None);
        }

        await using var again = SqliteMetastore.Open(Database);
        again.IsNew.ShouldBeFalse();
        var content = await again.LoadCatalogAsync(CancellationToken.None);
        content.Retired.ShouldBe([new WalRetirement(Signal.Traces, 6, 99)]);
        var found = content.Blocks.ShouldHaveSingleItem();
        found.Statistics.ToArray().ShouldBe([1, 2, 3]);
        (found with { Statistics = default }).ShouldBe(block with { Statistics = default });
        (await again.GetAsync("requests", "traces", CancellationToken.None))!.Value.ToArray().ShouldBe([7]);
    }

    [Fact]
    public async Task A_change_with_a_block_that_is_gone_changes_nothing()
    {
        await using var store = SqliteMetastore.Open(Database);
        var old = Block("acme", Signal.Logs, 0, 5);
        await store.CommitAsync(new MetastoreChange { Add = [old] }, CancellationToken.None);
        var gone = Guid.CreateVersion7();
        var conflict = await Should.ThrowAsync<CatalogConflictException>(async () => await store.CommitAsync(
            new MetastoreChange
            {
                Add = [Block("acme", Signal.Logs, 0, 9)],
                Remove = [old.Id, gone],
                Retire = new WalRetirement(Signal.Logs, 1, 1),
            },
            CancellationToken.None));
        conflict.Block.ShouldBe(gone);
        var content = await store.LoadCatalogAsync(CancellationToken.None);
        content.Blocks.Select(b => b.Id).ShouldBe([old.Id]);
        content.Retired.ShouldBeEmpty();
    }

    [Fact]
    public async Task Committing_the_same_change_again_is_harmless()
    {
        await using var store = SqliteMetastore.Open(Database);
        var old = Block("acme", Signal.Logs, 0, 5);
        await store.CommitAsync(new MetastoreChange { Add = [old] }, CancellationToken.None);
        var merge = new MetastoreChange { Add = [Block("acme", Signal.Logs, 0, 9)], Remove = [old.Id] };
        await store.CommitAsync(merge, CancellationToken.None);
        await store.CommitAsync(merge, CancellationToken.None);
        (await store.LoadCatalogAsync(CancellationToken.None)).Blocks.Select(b => b.Id).ShouldBe([merge.Add[0].Id]);
    }

    [Fact]
    public async Task Tenants_keep_their_numbers()
    {
        await using (var store = SqliteMetastore.Open(Database))
        {
            (await store.GetTenantNumberAsync(new TenantId("b"), CancellationToken.None)).ShouldBe(1);
            (await store.GetTenantNumberAsync(new TenantId("a"), CancellationToken.None)).ShouldBe(2);
        }

        await using var again = SqliteMetastore.Open(Database);
        (await again.GetTenantNumberAsync(new TenantId("a"), CancellationToken.None)).ShouldBe(2);
        (await again.ListTenantsAsync(CancellationToken.None)).Select(t => t.Name).ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task Values_change_only_from_the_expected_version()
    {
        await using var store = SqliteMetastore.Open(Database);
        (await store.SetAsync("ui", "x", new byte[] { 1 }, expectedVersion: 3, CancellationToken.None)).ShouldBeNull();
        (await store.GetAsync("ui", "x", CancellationToken.None)).ShouldBeNull();
        (await store.SetAsync("ui", "x", new byte[] { 1 }, expectedVersion: 0, CancellationToken.None)).ShouldBe(1);
        (await store.SetAsync("ui", "x", new byte[] { 2 }, expectedVersion: 0, CancellationToken.None)).ShouldBeNull();
        (await store.SetAsync("ui", "x", new byte[] { 2 }, expectedVersion: 1, CancellationToken.None)).ShouldBe(2);
        (await store.SetAsync("ui", "x", new byte[] { 3 }, expectedVersion: null, CancellationToken.None)).ShouldBe(3);
        (await store.SetAsync("ui", "w", new byte[] { 9 }, expectedVersion: null, CancellationToken.None)).ShouldBe(1);
        (await store.ListAsync("ui", CancellationToken.None)).Select(v => (v.Key, v.Version)).ShouldBe([("w", 1L), ("x", 3L)]);
        (await store.DeleteAsync("ui", "x", expectedVersion: 2, CancellationToken.None)).ShouldBeFalse();
        (await store.DeleteAsync("ui", "x", expectedVersion: 3, CancellationToken.None)).ShouldBeTrue();
        (await store.GetAsync("ui", "x", CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task A_copy_made_while_it_is_open_has_every_commit()
    {
        await using var store = SqliteMetastore.Open(Database);
        for (var i = 0; i < 20; i++)
        {
            await store.CommitAsync(new MetastoreChange { Add = [Block("acme", Signal.Logs, i, i)] }, CancellationToken.None);
            var copy = Directory.CreateDirectory(Path.Combine(_root, $"copy{i}")).FullName;
            File.Copy(Database, Path.Combine(copy, "catalog.db"));
            File.Copy(Database + "-wal", Path.Combine(copy, "catalog.db-wal"));
            await using var copied = SqliteMetastore.Open(Path.Combine(copy, "catalog.db"));
            (await copied.LoadCatalogAsync(CancellationToken.None)).Blocks.Count.ShouldBe(i + 1);
        }
    }

    [Fact]
    public async Task A_newer_schema_is_refused_and_left_alone()
    {
        await SqliteMetastore.Open(Database).DisposeAsync();
        await using (var connection = new SqliteConnection($"Data Source={Database};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 77";
            await command.ExecuteNonQueryAsync();
        }

        var refusal = Should.Throw<MetastoreTooNewException>(() => SqliteMetastore.Open(Database));
        refusal.Message.ShouldContain("77");
        refusal.Message.ShouldContain(Database);
        Should.Throw<MetastoreTooNewException>(() => SqliteMetastore.Open(Database));
    }

    [Fact]
    public async Task An_empty_file_of_version_0_is_migrated()
    {
        await File.WriteAllBytesAsync(Database, []);
        await using var store = SqliteMetastore.Open(Database);
        (await store.LoadCatalogAsync(CancellationToken.None)).Blocks.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_named()
    {
        await File.WriteAllTextAsync(Database, new string('x', 5000));
        Should.Throw<MetastoreException>(() => SqliteMetastore.Open(Database)).Message.ShouldContain(Database);
    }

    private static BlockMeta Block(string tenant, Signal signal, long min, long max)
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
}
