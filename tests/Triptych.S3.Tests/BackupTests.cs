using System.Globalization;
using Triptych.Server.Tests;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore.S3;
using Triptych.Testing;

[assembly: AssemblyFixture(typeof(SharedPostgres))]

namespace Triptych.S3.Tests;

/// <summary>Backups into a bucket and out of it, with the real program.</summary>
[Collection(OneAtATime.Name)]
public sealed class BackupTests(SmallCeph ceph, SharedPostgres postgres) : IAsyncDisposable
{
    private readonly ServerProcess _server = new();
    private readonly ServerProcess _command = new();
    private readonly ServerProcess _restored = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string ServerUrl => _server.Url(_server.UiPort, "").AbsoluteUri;

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _command.DisposeAsync();
        await _restored.DisposeAsync();
    }

    [Fact]
    public async Task A_server_on_s3_and_postgresql_is_backed_up_into_another_bucket_and_restored_into_a_third()
    {
        var own = await ceph.NewBucketAsync() with { Prefix = "live" };
        var backups = await ceph.NewBucketAsync();
        var place = $"s3://{backups.Bucket}/nightly/one";
        var database = await (await postgres.GetAsync()).CreateDatabaseAsync();
        UseStore(_server, own);
        UseCatalog(_server, database);
        UseBackups(_command, backups);
        await _server.StartAsync();
        for (var i = 0; i < 3; i++) await StoredAnswers.SendAsync(_server, "kept", 20, tenant: $"tenant{i}");

        var first = await BackupAsync(place);
        first.ExitCode.ShouldBe(0, first.Error);
        first.Output.ShouldContain(": 9 blocks");
        first.Output.ShouldContain(", 9 copied (");
        (await _command.RunAsync("backup", "verify", "--from", place)).ExitCode.ShouldBe(0, _command.Error);

        // Only what is new is copied, and what only old backups needed goes.
        await StoredAnswers.SendAsync(_server, "later", 5, tenant: "tenant0");
        (await BackupAsync(place)).Output.ShouldContain(", 3 copied (");
        (await BackupAsync(place, "--keep", "1")).Output.ShouldContain("deleted 2 older backups");
        (await _command.RunAsync("backup", "list", "--from", place)).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldHaveSingleItem();

        var restored = await ceph.NewBucketAsync() with { Prefix = "restored" };
        UseStore(_restored, restored);
        UseCatalog(_restored, await (await postgres.GetAsync()).CreateDatabaseAsync());
        UseBackups(_restored, backups);
        var run = await _restored.RunAsync("restore", "--from", place);
        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.ShouldContain("12 copied");
        await _restored.StartAsync();
        foreach (var tenant in new[] { "tenant0", "tenant1", "tenant2" })
            (await StoredAnswers.ReadAsync(_restored, "kept", tenant)).ShouldBe(await StoredAnswers.ReadAsync(_server, "kept", tenant));
        (await StoredAnswers.ReadAsync(_restored, "later", "tenant0")).ShouldContain("line 4 of later");
        Directory.EnumerateFiles(_restored.DataDirectory, "*.parquet", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_server_on_s3_is_backed_up_into_a_directory_and_one_on_files_into_a_bucket()
    {
        var own = await ceph.NewBucketAsync();
        UseStore(_server, own);
        await _server.StartAsync();
        await StoredAnswers.SendAsync(_server, "moved", 20);
        var folder = Path.Combine(_command.Folder, "backups");
        (await BackupAsync(folder)).ExitCode.ShouldBe(0, _command.Error);
        (await _restored.RunAsync("restore", "--from", folder)).ExitCode.ShouldBe(0, _restored.Error);
        await _restored.StartAsync();
        var answers = await StoredAnswers.ReadAsync(_server, "moved");
        answers.ShouldContain("line 19 of moved");
        (await StoredAnswers.ReadAsync(_restored, "moved")).ShouldBe(answers);

        // And back: the service and the credentials of storage.object_store do for backups too.
        var backups = await ceph.NewBucketAsync();
        UseStore(_command, backups with { Prefix = "unused" });
        var made = await _command.RunAsync("backup", "--to", $"s3://{backups.Bucket}", "--server", _restored.Url(_restored.UiPort, "").AbsoluteUri);
        made.ExitCode.ShouldBe(0, made.Error);
        (await _command.RunAsync("backup", "verify", "--from", $"s3://{backups.Bucket}")).ExitCode.ShouldBe(0, _command.Error);
    }

    [Fact]
    public async Task Killed_in_the_middle_the_next_run_completes_it()
    {
        var backups = await ceph.NewBucketAsync();
        var place = $"s3://{backups.Bucket}/p";
        UseBackups(_command, backups);
        UseBackups(_restored, backups);
        await _server.StartAsync();
        for (var i = 0; i < 15; i++) await StoredAnswers.SendAsync(_server, "many", 20, tenant: $"tenant{i}");
        using var store = S3ObjectStore.Open(backups with { Prefix = "p" }, TimeProvider.System);
        _command.Begin("backup", "--to", place, "--server", ServerUrl);
        while (_command.IsRunning && await CountAsync(store) < 5) await Task.Delay(20, Stop);
        if (_command.IsRunning) await _command.KillAsync();
        (await CountAsync(store)).ShouldBeGreaterThanOrEqualTo(5, _command.Error);

        // Its lease is of a process that is gone, so nothing has to be waited for or removed by hand.
        var made = await BackupAsync(place);
        made.ExitCode.ShouldBe(0, made.Error);
        made.Output.ShouldContain(": 45 blocks");
        (await _command.RunAsync("backup", "verify", "--from", place)).ExitCode.ShouldBe(0, _command.Error);
        (await store.GetLengthAsync("writer.json", Stop)).ShouldBeNull();

        // Restoring is killed too, as soon as there is an object.
        _restored.Begin("restore", "--from", place);
        while (_restored.IsRunning && !Directory.Exists(Path.Combine(_restored.DataDirectory, "objects", "blocks"))) await Task.Delay(5, Stop);
        if (_restored.IsRunning) await _restored.KillAsync();
        if (File.Exists(Path.Combine(_restored.DataDirectory, "restore.json")))
        {
            (await _restored.RunAsync("serve")).ShouldBeOneLine(1, "unfinished restore", "triptych restore");
            (await _restored.RunAsync("restore", "--from", place)).ExitCode.ShouldBe(0, _restored.Error);
        }

        await _restored.StartAsync();
        (await StoredAnswers.ReadAsync(_restored, "many", "tenant14")).ShouldBe(await StoredAnswers.ReadAsync(_server, "many", "tenant14"));
    }

    [Fact]
    public async Task What_cannot_work_is_one_line_without_the_secret()
    {
        var own = await ceph.NewBucketAsync();
        UseStore(_server, own);
        await _server.StartAsync();

        // Among the server's blocks old backups would take those with them; and a server does not settle among backups.
        UseBackups(_command, own);
        (await BackupAsync($"s3://{own.Bucket}")).ShouldBeOneLine(1, own.Bucket, "holds the blocks of a server");
        (await BackupAsync($"s3://{own.Bucket}/backups")).ExitCode.ShouldBe(0, _command.Error);
        UseStore(_restored, own with { Prefix = "backups" });
        (await _restored.RunAsync("serve")).ShouldBeOneLine(1, own.Bucket, "holds backups", "storage.object_store.prefix");

        UseBackups(_command, own with { SecretKey = "not-the-secret" });
        var refused = await BackupAsync($"s3://{own.Bucket}/backups");
        refused.ShouldBeOneLine(1, own.Bucket, "backup.secret_key");
        refused.Error.ShouldNotContain("not-the-secret");
        UseBackups(_command, own);
        (await BackupAsync("s3://no-such-bucket/x")).ShouldBeOneLine(1, "no-such-bucket", "backup.bucket");
        (await _command.RunAsync("restore", "--from", $"s3://{own.Bucket}/elsewhere")).ShouldBeOneLine(1, "there is no backup in", "elsewhere");
        (await BackupAsync("s3://b")).ShouldBeOneLine(2, "s3://b", "not the name of a bucket");
    }

    private static async Task<int> CountAsync(S3ObjectStore store)
    {
        var count = 0;
        await foreach (var entry in store.ListAsync("blocks/", Stop)) count += entry.SizeBytes > 0 ? 1 : 0;
        return count;
    }

    private static void UseStore(ServerProcess server, S3Options options) =>
        server.Set("TRIPTYCH_STORAGE_OBJECT_STORE_TYPE", "s3").Set("TRIPTYCH_STORAGE_OBJECT_STORE_ENDPOINT", options.Endpoint.OriginalString)
            .Set("TRIPTYCH_STORAGE_OBJECT_STORE_BUCKET", options.Bucket).Set("TRIPTYCH_STORAGE_OBJECT_STORE_PREFIX", options.Prefix)
            .Set("TRIPTYCH_STORAGE_OBJECT_STORE_ACCESS_KEY", options.AccessKey).Set("TRIPTYCH_STORAGE_OBJECT_STORE_SECRET_KEY", options.SecretKey);

    private static void UseBackups(ServerProcess server, S3Options options) =>
        server.Set("TRIPTYCH_BACKUP_ENDPOINT", options.Endpoint.OriginalString)
            .Set("TRIPTYCH_BACKUP_ACCESS_KEY", options.AccessKey).Set("TRIPTYCH_BACKUP_SECRET_KEY", options.SecretKey);

    private static void UseCatalog(ServerProcess server, PostgresOptions options) => server
        .Set("TRIPTYCH_STORAGE_METASTORE_TYPE", "postgres")
        .Set("TRIPTYCH_STORAGE_METASTORE_HOST", options.Host)
        .Set("TRIPTYCH_STORAGE_METASTORE_PORT", options.Port.ToString(CultureInfo.InvariantCulture))
        .Set("TRIPTYCH_STORAGE_METASTORE_DATABASE", options.Database)
        .Set("TRIPTYCH_STORAGE_METASTORE_USERNAME", PostgresServer.User)
        .Set("TRIPTYCH_STORAGE_METASTORE_PASSWORD", PostgresServer.Password);

    private Task<CommandResult> BackupAsync(string place, params string[] more) =>
        _command.RunAsync(["backup", "--to", place, "--server", ServerUrl, .. more]);
}
