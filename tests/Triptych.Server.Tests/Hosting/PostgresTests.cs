using System.Globalization;
using Triptych.Model;
using Triptych.Server.Hosting;
using Triptych.Storage.Catalog;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore;
using Triptych.Testing;

[assembly: AssemblyFixture(typeof(SharedPostgres))]

namespace Triptych.Server.Tests.Hosting;

/// <summary>The whole program with its catalog in PostgreSQL.</summary>
public sealed class PostgresTests(SharedPostgres shared) : IAsyncLifetime
{
    private readonly ServerProcess _server = new();
    private PostgresServer _postgres = null!;
    private PostgresOptions _options = null!;

    public async ValueTask InitializeAsync()
    {
        _postgres = await shared.GetAsync();
        _options = await _postgres.CreateDatabaseAsync();
        Configure(_server);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task What_was_taken_is_there_after_a_stop_and_after_kill_9()
    {
        await _server.StartAsync();
        await StoredAnswers.SendAsync(_server, "kept", 50);
        var answers = await StoredAnswers.ReadAsync(_server, "kept");
        answers.ShouldContain("line 49 of kept");
        (await _server.StopAsync()).ShouldBe(0, _server.Error);
        File.Exists(Path.Combine(_server.DataDirectory, "metastore.db")).ShouldBeFalse();
        (await _postgres.ExecuteAsync(_options.Database, "SELECT count(*) FROM triptych.blocks")).ShouldBe(3L);

        await _server.StartAsync();
        (await StoredAnswers.ReadAsync(_server, "kept")).ShouldBe(answers);
        await StoredAnswers.SendAsync(_server, "killed", 50);
        await _server.KillAsync();

        // No lock outlives the process.
        await _server.StartAsync();
        (await StoredAnswers.ReadAsync(_server, "kept")).ShouldBe(answers);
        (await StoredAnswers.ReadAsync(_server, "killed")).ShouldContain("line 49 of killed");
    }

    [Fact]
    public async Task Blocks_are_listed_and_verified_by_the_catalog_in_PostgreSQL_while_the_server_runs()
    {
        await _server.StartAsync();
        await StoredAnswers.SendAsync(_server, "kept", 5);
        (await _server.StopAsync()).ShouldBe(0, _server.Error);
        await _server.StartAsync();
        await using var tool = new ServerProcess();
        Configure(tool);
        tool.Set("TRIPTYCH_DATA_DIR", _server.DataDirectory);
        var verified = await tool.RunAsync("block", "verify");
        verified.ExitCode.ShouldBe(0, verified.Error);
        verified.Output.ShouldContain("3 blocks verified, 0 of them damaged");
        (await tool.RunAsync("block", "ls", "--data-dir", _server.DataDirectory)).ShouldBeOneLine(1, "in PostgreSQL", "--config");
        tool.Set("TRIPTYCH_STORAGE_METASTORE_SCHEMA", "nothing_here");
        (await tool.RunAsync("block", "ls")).ShouldBeOneLine(1, "no catalog in schema nothing_here");
    }

    [Fact]
    public async Task A_second_server_on_the_same_schema_is_refused_and_one_with_its_own_is_not()
    {
        await _server.StartAsync();
        await using var second = new ServerProcess();
        Configure(second);
        (await second.RunAsync("serve")).ShouldBeOneLine(1, "in use by another process (triptych", $"database {_options.Database}");
        second.Set("TRIPTYCH_STORAGE_METASTORE_SCHEMA", "second");
        await second.StartAsync();
    }

    [Fact]
    public async Task What_keeps_it_from_starting_is_one_line_without_the_password()
    {
        _server.Set("TRIPTYCH_STORAGE_METASTORE_PASSWORD", "a wrong secret");
        var refused = await _server.RunAsync("serve");
        refused.ShouldBeOneLine(1, "password authentication failed");
        refused.Error.ShouldNotContain("a wrong secret");

        var password = Path.Combine(_server.Folder, "password");
        await File.WriteAllTextAsync(password, PostgresServer.Password + "\n");
        _server.Set("TRIPTYCH_STORAGE_METASTORE_PASSWORD_FILE", password);
        (await _server.RunAsync("serve")).ShouldBeOneLine(2, "storage.metastore.password_file", "exclude");
        _server.Unset("TRIPTYCH_STORAGE_METASTORE_PASSWORD");
        await (await PostgresMetastore.OpenAsync(_options, TimeProvider.System, CancellationToken.None)).DisposeAsync();
        await _postgres.ExecuteAsync(_options.Database, "UPDATE triptych.store SET schema_version = 99");
        (await _server.RunAsync("serve")).ShouldBeOneLine(1, "schema version 99", "newer version");

        using var nobody = new CuttingProxy(1) { IsDown = true };
        _server.Set("TRIPTYCH_STORAGE_METASTORE_PORT", nobody.Port.ToString(CultureInfo.InvariantCulture));
        (await _server.RunAsync("serve")).ShouldBeOneLine(1, $"PostgreSQL at 127.0.0.1:{nobody.Port}", "cannot be reached");
    }

    [Fact]
    public async Task A_data_directory_and_a_catalog_that_do_not_belong_together_are_refused()
    {
        await _server.StartAsync();
        await StoredAnswers.SendAsync(_server, "kept", 5);
        (await _server.StopAsync()).ShouldBe(0);
        _server.Set("TRIPTYCH_STORAGE_METASTORE_SCHEMA", "other");
        (await _server.RunAsync("serve")).ShouldBeOneLine(1, "belongs to another catalog", _server.DataDirectory);
        _server.Set("TRIPTYCH_STORAGE_METASTORE_TYPE", "sqlite");
        (await _server.RunAsync("serve")).ShouldBeOneLine(1, "is in PostgreSQL", "storage.metastore.type: postgres");

        await using var empty = new ServerProcess();
        Configure(empty);
        (await empty.RunAsync("serve")).ShouldBeOneLine(1, "names 3 blocks", "is empty");

        await using var embedded = new ServerProcess();
        await embedded.StartAsync();
        await embedded.StopAsync();
        Configure(embedded);
        (await embedded.RunAsync("serve")).ShouldBeOneLine(1, "metastore.db", "storage.metastore.type: sqlite");
    }

    [Fact]
    public async Task A_catalog_that_names_no_block_yet_belongs_to_the_directory_that_it_was_used_with_first()
    {
        await _server.StartAsync();
        await StoredAnswers.SendAsync(_server, "first", 5);
        var answers = await StoredAnswers.ReadAsync(_server, "first");
        await _server.KillAsync();
        (await _postgres.ExecuteAsync(_options.Database, "SELECT count(*) FROM triptych.blocks")).ShouldBe(0L, "all of it is in the write-ahead log");

        await using var second = new ServerProcess();
        Configure(second);
        (await second.RunAsync("serve")).ShouldBeOneLine(1, "belongs to another data directory", second.DataDirectory);
        await _server.StartAsync();
        (await StoredAnswers.ReadAsync(_server, "first")).ShouldBe(answers);
    }

    [Fact]
    public async Task A_bind_that_broke_off_and_one_of_a_directory_without_an_id_are_completed()
    {
        await _server.StartAsync();
        await StoredAnswers.SendAsync(_server, "kept", 5);
        var answers = await StoredAnswers.ReadAsync(_server, "kept");
        await _server.KillAsync();
        await _postgres.ExecuteAsync(_options.Database, "DELETE FROM triptych.key_values WHERE scope = 'data_directory'");
        await _server.StartAsync();
        (await StoredAnswers.ReadAsync(_server, "kept")).ShouldBe(answers);
        await _server.KillAsync();

        var file = Path.Combine(_server.DataDirectory, "metastore-id");
        var lines = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);
        lines.Length.ShouldBe(2);
        await File.WriteAllTextAsync(file, lines[0] + "\n", TestContext.Current.CancellationToken);
        (await _server.RunAsync("serve")).ShouldBeOneLine(1, "belongs to another data directory since", _server.DataDirectory);
        await _postgres.ExecuteAsync(_options.Database, "DELETE FROM triptych.key_values WHERE scope = 'data_directory'");
        await _server.StartAsync();
        (await StoredAnswers.ReadAsync(_server, "kept")).ShouldBe(answers);
        (await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken)).Length.ShouldBe(2);
    }

    [Fact]
    public async Task Where_the_blocks_are_found_an_empty_directory_takes_the_place_of_the_one_before_which_is_refused_from_then_on()
    {
        await using var metastore = await PostgresMetastore.OpenAsync(_options, TimeProvider.System, CancellationToken.None);
        using var objects = new LocalObjectStore(new FaultyDisk(), "/d/objects");
        using var first = DataDirectory.Take(Path.Combine(_server.Folder, "first"));
        using var second = DataDirectory.Take(Path.Combine(_server.Folder, "second"));
        await CheckAsync(first);
        await File.WriteAllTextAsync(Path.Combine(first.Path, "data"), "x", CancellationToken.None);
        await CheckAsync(first);
        (await Should.ThrowAsync<StartProblem>(() => CheckAsync(second))).Message.ShouldContain("is empty");

        var id = Guid.CreateVersion7();
        var block = new BlockMeta
        {
            Id = id,
            Tenant = TenantId.Default,
            Signal = Signal.Logs,
            MinTime = 1,
            MaxTime = 2,
            Rows = 1,
            SizeBytes = 3,
            ObjectKey = $"blocks/1/logs/2026-03-01/{id:N}.parquet",
        };
        await metastore.CommitAsync(new MetastoreChange { Add = [block] }, CancellationToken.None);
        (await Should.ThrowAsync<StartProblem>(() => CheckAsync(second))).Message.ShouldContain("names 1 blocks");
        await CheckAsync(first);

        await objects.PutAsync(block.ObjectKey, new byte[3], CancellationToken.None);

        // As far as one that was killed in the middle came: the file is there, the store does not know of it.
        await File.WriteAllTextAsync(Path.Combine(second.Path, "metastore-id"), $"{metastore.StoreId:D}\n{Guid.NewGuid():D}\n", CancellationToken.None);
        await CheckAsync(second);
        await File.WriteAllTextAsync(Path.Combine(second.Path, "data"), "x", CancellationToken.None);
        await CheckAsync(second);
        (await Should.ThrowAsync<StartProblem>(() => CheckAsync(first))).Message.ShouldContain("belongs to another data directory since");

        Task CheckAsync(DataDirectory directory) =>
            MetastoreOpening.CheckPairAsync(metastore, objects, directory, MetastoreOpening.HoldsNothing(directory), CancellationToken.None);
    }

    [Fact]
    public async Task A_backup_moves_a_server_from_sqlite_to_postgres_and_back()
    {
        await using var embedded = new ServerProcess();
        await embedded.StartAsync();
        await StoredAnswers.SendAsync(embedded, "moved", 30);
        var answers = await StoredAnswers.ReadAsync(embedded, "moved");
        var backups = Path.Combine(embedded.Folder, "backups");
        await using var command = new ServerProcess();
        (await command.RunAsync("backup", "--to", backups, "--server", embedded.Url(embedded.UiPort, "").AbsoluteUri)).ExitCode.ShouldBe(0, command.Error);

        (await _server.RunAsync("restore", "--from", backups)).ExitCode.ShouldBe(0, _server.Error);
        await _server.StartAsync();
        (await StoredAnswers.ReadAsync(_server, "moved")).ShouldBe(answers);

        var back = Path.Combine(embedded.Folder, "back");
        (await command.RunAsync("backup", "--to", back, "--server", _server.Url(_server.UiPort, "").AbsoluteUri)).ExitCode.ShouldBe(0, command.Error);
        (await command.RunAsync("restore", "--from", back)).ExitCode.ShouldBe(0, command.Error);
        await command.StartAsync();
        (await StoredAnswers.ReadAsync(command, "moved")).ShouldBe(answers);

        // The schema holds data by now.
        await _server.StopAsync();
        (await _server.RunAsync("restore", "--from", back, "--data-dir", Path.Combine(_server.Folder, "new"))).ShouldBeOneLine(1, "holds data already", "--replace");
    }

    private void Configure(ServerProcess server) => server
        .Set("TRIPTYCH_STORAGE_METASTORE_TYPE", "postgres")
        .Set("TRIPTYCH_STORAGE_METASTORE_HOST", _options.Host)
        .Set("TRIPTYCH_STORAGE_METASTORE_PORT", _options.Port.ToString(CultureInfo.InvariantCulture))
        .Set("TRIPTYCH_STORAGE_METASTORE_DATABASE", _options.Database)
        .Set("TRIPTYCH_STORAGE_METASTORE_USERNAME", PostgresServer.User)
        .Set("TRIPTYCH_STORAGE_METASTORE_PASSWORD", PostgresServer.Password);
}
