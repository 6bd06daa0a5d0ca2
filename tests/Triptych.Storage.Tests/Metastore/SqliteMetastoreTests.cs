using Microsoft.Data.Sqlite;
using Triptych.Model;
using Triptych.Storage.Metastore;

namespace Triptych.Storage.Tests.Metastore;

public sealed class SqliteMetastoreTests : MetastoreContractTests, IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("triptych-metastore-").FullName;

    private string Database => Path.Combine(_root, "catalog.db");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task A_copy_made_while_it_is_open_has_every_commit()
    {
        await using var store = SqliteMetastore.Open(Database);
        for (var i = 0; i < 20; i++)
        {
            await store.CommitAsync(new MetastoreChange { Add = [NewBlock("acme", Signal.Logs, i, i)] }, CancellationToken.None);
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
        ShouldSayWhatToDo(Should.Throw<MetastoreException>(() => SqliteMetastore.Open(Database)));
    }

    [Fact]
    public async Task A_file_damaged_while_it_is_open_is_a_metastore_failure()
    {
        await using var store = SqliteMetastore.Open(Database);
        for (var i = 0; i < 200; i++)
            await store.SetAsync("s", $"key{i}", new byte[500], expectedVersion: null, CancellationToken.None);
        await using (var other = new SqliteConnection($"Data Source={Database};Pooling=False"))
        {
            await other.OpenAsync();
            await using var command = other.CreateCommand();
            command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
            await command.ExecuteNonQueryAsync();
        }

        var length = new FileInfo(Database).Length;
        await File.WriteAllBytesAsync(Database, Enumerable.Repeat((byte)0xee, (int)length).ToArray());
        var failure = await Should.ThrowAsync<MetastoreException>(async () =>
        {
            await store.SetAsync("s", "key0", new byte[1], expectedVersion: null, CancellationToken.None);
            await store.ExportAsync(CancellationToken.None);
        });
        ShouldSayWhatToDo(failure);
    }

    private void ShouldSayWhatToDo(MetastoreException failure)
    {
        failure.Message.ShouldStartWith($"the catalog {Database} is damaged (SQLite Error");
        failure.Message.ShouldContain("restore --replace");
        failure.Message.ShouldContain("to start anew");
        failure.Message.ShouldNotContain("\n");
    }

    protected override ValueTask<IMetastore> OpenAsync() => ValueTask.FromResult<IMetastore>(SqliteMetastore.Open(Database));
}
