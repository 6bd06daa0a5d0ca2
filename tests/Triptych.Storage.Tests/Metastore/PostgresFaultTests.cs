using Npgsql;
using Triptych.Model;
using Triptych.Storage.Metastore;
using Triptych.Testing;

namespace Triptych.Storage.Tests.Metastore;

/// <summary>Connections that are lost, servers that are killed, slow or read-only. The server is this class's own: its tests run one after another.</summary>
public sealed class PostgresFaultTests(PostgresFaultTests.OwnServer own) : IClassFixture<PostgresFaultTests.OwnServer>
{
    private static CancellationToken None => CancellationToken.None;

    private PostgresServer Server => own.Server;

    [Theory]
    [InlineData(Cut.BeforeCommit)]
    [InlineData(Cut.AfterCommit)]
    public async Task A_connection_lost_around_a_commit_makes_the_change_once(Cut cut)
    {
        using var proxy = new CuttingProxy(Server.Port);
        await using var store = await OpenAsync(await Server.CreateDatabaseAsync() with { Port = proxy.Port });
        for (var i = 1; i <= 3; i++)
        {
            proxy.CutNext(cut);
            await store.CommitAsync(new MetastoreChange { Values = [new MetastoreValue("s", "k", new byte[] { 1 })] }, None);
            proxy.Cuts.ShouldBe(i);
            (await store.GetAsync("s", "k", None))!.Version.ShouldBe(i);
        }

        // A removal whose first run happened must not find its own doing and call it a conflict.
        var block = NewBlock();
        await store.CommitAsync(new MetastoreChange { Add = [block] }, None);
        proxy.CutNext(cut);
        await store.CommitAsync(new MetastoreChange { Remove = [block.Id] }, None);
        (await store.LoadCatalogAsync(None)).Blocks.ShouldBeEmpty();

        proxy.CutNext(cut);
        (await store.SetAsync("s", "cas", new byte[] { 1 }, expectedVersion: 0, None)).ShouldBe(1);
        proxy.CutNext(cut);
        (await store.DeleteAsync("s", "cas", expectedVersion: 1, None)).ShouldBeTrue();
        proxy.Cuts.ShouldBe(6);
    }

    [Fact]
    public async Task A_connection_lost_between_calls_is_made_again()
    {
        using var proxy = new CuttingProxy(Server.Port);
        await using var store = await OpenAsync(await Server.CreateDatabaseAsync() with { Port = proxy.Port });
        await store.SetAsync("s", "k", new byte[] { 1 }, expectedVersion: null, None);
        proxy.CutAll();
        (await store.GetAsync("s", "k", None))!.Version.ShouldBe(1);
        proxy.CutAll();
        (await store.SetAsync("s", "k", new byte[] { 1 }, expectedVersion: 1, None)).ShouldBe(2);
    }

    [Fact]
    public async Task After_the_patience_the_failure_is_one_line_and_later_calls_work_again()
    {
        using var proxy = new CuttingProxy(Server.Port);
        var options = await Server.CreateDatabaseAsync() with { Port = proxy.Port, RetryFor = TimeSpan.FromMilliseconds(200) };
        await using var store = await OpenAsync(options);
        proxy.IsDown = true;
        proxy.CutAll();
        var failure = await Should.ThrowAsync<MetastoreException>(async () => await store.GetAsync("s", "k", None));
        failure.Message.ShouldContain($"PostgreSQL at 127.0.0.1:{proxy.Port}");
        failure.Message.ShouldNotContain("\n");
        await Should.ThrowAsync<MetastoreException>(async () => await store.CommitAsync(new MetastoreChange { Add = [NewBlock()] }, None));
        proxy.IsDown = false;
        await store.CommitAsync(new MetastoreChange { Add = [NewBlock()] }, None);
        (await store.LoadCatalogAsync(None)).Blocks.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Killed_and_started_again_in_the_middle_it_has_each_acknowledged_change_once()
    {
        await using var store = await OpenAsync(await Server.CreateDatabaseAsync());
        var done = new List<Guid>();
        var commits = Task.Run(async () =>
        {
            for (var i = 0; i < 150; i++)
            {
                var block = NewBlock();
                await store.CommitAsync(new MetastoreChange { Add = [block], Values = [new MetastoreValue("s", "count", new byte[] { 1 })] }, None);
                lock (done)
                    done.Add(block.Id);
            }
        });
        for (var round = 1; round <= 3; round++)
        {
            while (Count() < round * 30 && !commits.IsCompleted)
                await Task.Delay(5);
            await Server.KillAsync();
            await Server.StartAgainAsync();
        }

        await commits;
        (await store.LoadCatalogAsync(None)).Blocks.Select(b => b.Id).ShouldBe(done, ignoreOrder: true);
        (await store.GetAsync("s", "count", None))!.Version.ShouldBe(150);

        int Count()
        {
            lock (done)
                return done.Count;
        }
    }

    [Fact]
    public async Task Who_lost_the_store_to_another_process_changes_nothing_any_more()
    {
        using var proxy = new CuttingProxy(Server.Port);
        var direct = await Server.CreateDatabaseAsync();
        await using var first = await OpenAsync(direct with { Port = proxy.Port, RetryFor = TimeSpan.FromMilliseconds(100) });
        proxy.IsDown = true;
        proxy.CutAll();
        await using (var second = await OpenAsync(direct))
            await second.SetAsync("s", "k", new byte[] { 2 }, expectedVersion: 0, None);
        proxy.IsDown = false;
        for (var i = 0; i < 2; i++)
        {
            var failure = await Should.ThrowAsync<MetastoreException>(async () => await first.CommitAsync(new MetastoreChange { Add = [NewBlock()] }, None));
            failure.Message.ShouldContain("another process took the store");
        }

        await using var third = await OpenAsync(direct);
        (await third.LoadCatalogAsync(None)).Blocks.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_statement_that_takes_too_long_is_ended_and_changes_nothing()
    {
        var options = await Server.CreateDatabaseAsync() with { StatementTimeout = TimeSpan.FromMilliseconds(300) };
        await using var store = await OpenAsync(options);
        await using (var other = await Server.ConnectAsync(options.Database))
        {
            await using var transaction = await other.BeginTransactionAsync();
            await using var command = new NpgsqlCommand("LOCK TABLE triptych.blocks IN ACCESS EXCLUSIVE MODE", other, transaction);
            await command.ExecuteNonQueryAsync();
            var change = new MetastoreChange { Values = [new MetastoreValue("s", "k", new byte[] { 1 })], Remove = [Guid.NewGuid()] };
            var failure = await Should.ThrowAsync<MetastoreException>(async () => await store.CommitAsync(change, None));
            failure.Message.ShouldContain("took longer than");
        }

        (await store.GetAsync("s", "k", None)).ShouldBeNull();
        await store.CommitAsync(new MetastoreChange { Add = [NewBlock()] }, None);
    }

    [Fact]
    public async Task A_server_that_becomes_read_only_refuses_changes_answers_reads_and_recovers()
    {
        await using var store = await OpenAsync(await Server.CreateDatabaseAsync());
        await store.SetAsync("s", "k", new byte[] { 1 }, expectedVersion: null, None);
        try
        {
            await SetReadOnlyAsync(true);
            var failure = await ThrownWhenReadOnlyAsync(store);
            failure.Message.ShouldContain("read-only");
            (await store.GetAsync("s", "k", None)).ShouldNotBeNull();
        }
        finally
        {
            await SetReadOnlyAsync(false);
        }

        await Eventually(async () =>
        {
            await store.CommitAsync(new MetastoreChange { Add = [NewBlock()] }, None);
            return true;
        });
        (await store.LoadCatalogAsync(None)).Blocks.Count.ShouldBe(1);
    }

    private static Triptych.Storage.Catalog.BlockMeta NewBlock()
    {
        var id = Guid.CreateVersion7();
        return new() { Id = id, Tenant = TenantId.Default, Signal = Signal.Logs, MinTime = 1, MaxTime = 2, Rows = 1, SizeBytes = 2, ObjectKey = $"blocks/{id:N}" };
    }

    private static Task<PostgresMetastore> OpenAsync(PostgresOptions options) => PostgresMetastore.OpenAsync(options, TimeProvider.System, None);

    // Sessions hear of a changed setting a moment after the reload.
    private static async Task<MetastoreException> ThrownWhenReadOnlyAsync(PostgresMetastore store)
    {
        MetastoreException? thrown = null;
        await Eventually(async () =>
        {
            try
            {
                await store.SetAsync("s", "probe", new byte[] { 1 }, expectedVersion: null, None);
                return false;
            }
            catch (MetastoreException e)
            {
                thrown = e;
                return true;
            }
        });
        return thrown!;
    }

    private static async Task Eventually(Func<Task<bool>> condition)
    {
        for (var began = TimeProvider.System.GetTimestamp(); ;)
        {
            try
            {
                if (await condition())
                    return;
            }
            catch (MetastoreException) when (TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromMinutes(1))
            {
                // Not yet.
            }

            TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromMinutes(1));
            await Task.Delay(20);
        }
    }

    private async Task SetReadOnlyAsync(bool value)
    {
        await using var connection = await Server.ConnectAsync("postgres");
        foreach (var sql in new[] { "SET default_transaction_read_only = off", $"ALTER SYSTEM SET default_transaction_read_only = {value}", "SELECT pg_reload_conf()" })
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync();
        }
    }

    public sealed class OwnServer : IAsyncLifetime
    {
        public PostgresServer Server { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Server = await PostgresServer.StartAsync();

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
