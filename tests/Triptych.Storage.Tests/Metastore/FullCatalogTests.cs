using Microsoft.Data.Sqlite;
using Triptych.Model;
using Triptych.Storage.Deletion;
using Triptych.Storage.Metastore;
using Triptych.Storage.Tests.Compaction;
using Triptych.Testing;

namespace Triptych.Storage.Tests.Metastore;

/// <summary>
/// A catalog whose disk is full: SQLite ends the transaction by itself. Everything goes on when there is room, and nothing else is thrown than what
/// says that the metastore failed. Where no small file system can be mounted, triggers end the transactions.
/// </summary>
public sealed class FullCatalogTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private readonly string _root = Directory.CreateTempSubdirectory("triptych-full-").FullName;
    private readonly Tmpfs? _disk;
    private SqliteConnection? _other;

    public FullCatalogTests() => _disk = Tmpfs.TryMount(_root, sizeMiB: 4);

    private string Database => Path.Combine(_root, "metastore.db");

    public void Dispose()
    {
        _other?.Dispose();
        _disk?.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task Each_change_fails_as_the_metastore_does_and_the_next_one_succeeds_when_there_is_room()
    {
        var store = SqliteMetastore.Open(Database);
        await store.SetAsync("s", "before", new byte[1], expectedVersion: null, CancellationToken.None);
        Fill();
        for (var i = 0; i < 3; i++)
        {
            var failure = await Should.ThrowAsync<MetastoreException>(SetAsync);
            failure.Message.ShouldContain(Database);
            failure.Message.ShouldContain("disk is full");
            (await store.GetAsync("s", "before", CancellationToken.None)).ShouldNotBeNull();
        }

        await Should.ThrowAsync<MetastoreException>(() => store.GetTenantNumberAsync(new TenantId("acme"), CancellationToken.None).AsTask());
        Free();
        await SetAsync();
        (await store.GetTenantNumberAsync(new TenantId("acme"), CancellationToken.None)).ShouldBe(1);
        Fill();
        await Should.ThrowAsync<MetastoreException>(SetAsync);
        await store.DisposeAsync();

        Task SetAsync() => store.SetAsync("s", "key", new byte[1], expectedVersion: null, CancellationToken.None).AsTask();
    }

    [Fact]
    public async Task A_file_that_went_is_not_made_anew_in_silence()
    {
        await using var store = SqliteMetastore.Open(Database);
        Fill();
        await Should.ThrowAsync<MetastoreException>(() => store.SetAsync("s", "k", new byte[1], expectedVersion: null, CancellationToken.None).AsTask());
        foreach (var file in Directory.GetFiles(_root)) File.Delete(file);
        await Should.ThrowAsync<MetastoreException>(() => store.ListAsync("s", CancellationToken.None).AsTask());
        File.Exists(Database).ShouldBeFalse();
    }

    [Fact]
    public async Task A_flush_fails_and_succeeds_when_there_is_room()
    {
        await using var metastore = SqliteMetastore.Open(Database);
        await using var store = await UpkeepFixture.OpenAsync(metastore: metastore);
        await store.FlushAsync(At(1, 1));
        await store.AppendAsync(At(1, 2));
        Fill();
        var flush = store.Keeper.FlushAllAsync(CancellationToken.None);
        await TickUntilAsync(store, () => store.StorageEvents.Count("flush_failed") >= 3);
        store.StorageEvents.Lines.ShouldAllBe(static l => !l.StartsWith("flush_failed") || l.Contains("MetastoreException"));
        (await store.ReadAsync()).ShouldBe([At(1, 1), At(1, 2)]);
        Free();
        await TickUntilAsync(store, () => flush.IsCompleted);
        await flush;
        store.Blocks.Sum(static b => b.Rows).ShouldBe(2);
    }

    [Fact]
    public async Task Retention_repeats_its_change_until_there_is_room()
    {
        var retention = UpkeepFixture.Unlimited with { Metrics = new() { Time = TimeSpan.FromHours(24) } };
        await using var metastore = SqliteMetastore.Open(Database);
        await using var store = await UpkeepFixture.OpenAsync(metastore: metastore, retention: retention);
        await store.FlushAsync(At(25, 1));
        await store.FlushAsync(At(1, 2));
        Fill();
        var round = store.RunAsync();
        await TickUntilAsync(store, () => store.Events.Count("commit_repeated") >= 3);
        Free();
        await TickUntilAsync(store, () => round.IsCompleted);
        await round;
        (await store.ReadAsync()).ShouldBe([At(1, 2)]);
    }

    [Fact]
    public async Task A_deletion_is_refused_or_waits_and_is_done_when_there_is_room()
    {
        await using var metastore = SqliteMetastore.Open(Database);
        await using var store = await UpkeepFixture.OpenAsync(metastore: metastore);
        await store.FlushAsync(At(5, 1), At(5, 2));
        Fill();
        await Should.ThrowAsync<MetastoreException>(() => RequestAsync(store));
        Free();
        var request = await RequestAsync(store);
        Fill();
        var round = store.RunAsync();

        // The output of the merge cannot even be noted.
        await TickUntilAsync(store, () => round.IsCompleted || store.Events.Count("commit_repeated") > 0);
        Free();
        await TickUntilAsync(store, () => round.IsCompleted);
        await round;
        store.Events.Count("merge_failed").ShouldBeGreaterThan(0);
        store.Clock.Advance(TimeSpan.FromHours(1));
        await store.RunAsync();
        store.Upkeep.Deletions.Find(TenantId.Default, request.Id)!.Request.State.ShouldBe(DeletionState.Done);
        (await store.ReadAsync()).ShouldBe([At(5, 2)]);
    }

    private static async Task<DeletionRequest> RequestAsync(UpkeepFixture store) => (await store.Upkeep.Deletions.RequestAsync(
        TenantId.Default, UpkeepFixture.Kind, UpkeepFixture.HoursAgo(6), UpkeepFixture.HoursAgo(4), ["a1"], CancellationToken.None)).Request.ShouldNotBeNull();

    private static async Task TickUntilAsync(UpkeepFixture store, Func<bool> condition)
    {
        for (var waited = System.Diagnostics.Stopwatch.StartNew(); !condition() && waited.Elapsed < Patience;)
        {
            store.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5);
        }

        condition().ShouldBeTrue();
    }

    private static Row At(double hoursAgo, long key) => new(UpkeepFixture.HoursAgo(hoursAgo), key, 0);

    private void Fill()
    {
        // With a second connection the first one, closing, does not make room by taking its journal away.
        if (_other is null)
        {
            _other = Connect();
            Execute(_other, "SELECT count(*) FROM blocks");
        }

        if (_disk is not null)
            _disk.Fill();
        else
            Triggers(static name => $"CREATE TRIGGER full_{name.Replace(" ON ", "_")} BEFORE {name} BEGIN SELECT RAISE(ROLLBACK, 'disk is full'); END");
    }

    private void Free()
    {
        if (_disk is not null)
            _disk.Free();
        else
            Triggers(static name => $"DROP TRIGGER full_{name.Replace(" ON ", "_")}");
    }

    private void Triggers(Func<string, string> statement)
    {
        using var connection = Connect();
        foreach (var table in new[] { "key_values", "blocks", "tenants" })
        {
            foreach (var change in new[] { "INSERT", "UPDATE", "DELETE" })
                Execute(connection, statement($"{change} ON {table}"));
        }
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        return connection;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
