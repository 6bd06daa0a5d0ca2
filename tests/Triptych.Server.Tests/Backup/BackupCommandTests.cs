namespace Triptych.Server.Tests.Backup;

public sealed class BackupCommandTests : IAsyncDisposable
{
    private readonly ServerProcess _server = new();
    private readonly ServerProcess _command = new();
    private readonly ServerProcess _restored = new();

    private string Backups => Path.Combine(_command.Folder, "backups");

    private string ServerUrl => _server.Url(_server.UiPort, "").AbsoluteUri;

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _command.DisposeAsync();
        await _restored.DisposeAsync();
    }

    [Fact]
    public async Task A_backup_made_while_data_comes_in_answers_as_the_server_did()
    {
        await _server.StartAsync();
        await StoredAnswers.SendAsync(_server, "before", 500);
        await StoredAnswers.SendAsync(_server, "other", 3, tenant: "acme");
        using var stop = new CancellationTokenSource();
        var ingest = Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++) await StoredAnswers.SendAsync(_server, $"during{i % 5}", 20);
        });
        var made = await BackupAsync();
        made.ExitCode.ShouldBe(0, made.Error);
        made.Output.ShouldContain(" copied (");
        await stop.CancelAsync();
        await ingest;

        (await _restored.RunAsync("restore", "--from", Backups)).ExitCode.ShouldBe(0, _restored.Error);
        await _restored.StartAsync();
        (await StoredAnswers.ReadAsync(_restored, "before")).ShouldBe(await StoredAnswers.ReadAsync(_server, "before"));
        (await StoredAnswers.ReadAsync(_restored, "other", "acme")).ShouldBe(await StoredAnswers.ReadAsync(_server, "other", "acme"));
        (await StoredAnswers.ReadAsync(_restored, "before")).ShouldContain("line 499 of before");

        // It takes data as any other server.
        await StoredAnswers.SendAsync(_restored, "after", 1);
        (await StoredAnswers.ReadAsync(_restored, "after")).ShouldContain("line 0 of after");
    }

    [Fact]
    public async Task A_second_backup_copies_only_what_is_new_and_older_ones_go()
    {
        await _server.StartAsync();
        await StoredAnswers.SendAsync(_server, "first", 10);
        (await BackupAsync()).Output.ShouldContain(": 3 blocks");
        await StoredAnswers.SendAsync(_server, "second", 10);
        var second = await BackupAsync();
        second.Output.ShouldContain(": 6 blocks");
        second.Output.ShouldContain(", 3 copied (");
        second.Output.ShouldContain(", 3 there already and not read again (--thorough reads them)");
        (await BackupAsync()).Output.ShouldContain(", 0 copied (");
        (await _command.RunAsync("backup", "list", "--from", Backups)).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(3);

        (await BackupAsync("--keep", "1")).Output.ShouldContain("deleted 3 older backups");
        (await _command.RunAsync("backup", "list", "--from", Backups)).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldHaveSingleItem();
        (await _command.RunAsync("backup", "verify", "--from", Backups)).ExitCode.ShouldBe(0, _command.Error);
        (await BackupAsync("--thorough")).Output.ShouldContain(", 6 there already and read again");
    }

    [Fact]
    public async Task A_damaged_block_is_copied_and_named_and_the_command_fails()
    {
        await _server.StartAsync();
        await StoredAnswers.SendAsync(_server, "damaged", 50);
        (await _server.StopAsync()).ShouldBe(0, _server.Error);
        var block = Directory.EnumerateFiles(_server.DataDirectory, "*.parquet", SearchOption.AllDirectories)
            .First(static f => f.Contains("/logs/", StringComparison.Ordinal));
        var bytes = await File.ReadAllBytesAsync(block);
        bytes.AsSpan(bytes.Length / 3, 8).Fill(0xee);
        await File.WriteAllBytesAsync(block, bytes);
        await _server.StartAsync();

        for (var i = 0; i < 2; i++)
        {
            var made = await BackupAsync();
            made.ExitCode.ShouldBe(1);
            made.Error.ShouldContain("damaged in the server's store, and copied as it is: blocks/");
            made.Error.ShouldContain(Path.GetFileName(block));
            made.Output.ShouldStartWith("backup ");
        }

        var verified = await _command.RunAsync("backup", "verify", "--from", Backups);
        verified.ExitCode.ShouldBe(1);
        verified.Error.ShouldContain("it was damaged already when it was copied");
        var restored = await _restored.RunAsync("restore", "--from", Backups);
        restored.ExitCode.ShouldBe(0, restored.Error);
        restored.Output.ShouldContain("1 of them were damaged already");
    }

    [Theory]
    [InlineData(true, "the object is missing")]
    [InlineData(false, "bytes, the catalog says")]
    public async Task A_block_that_is_missing_or_cut_off_is_left_out_and_named_and_the_backup_has_the_rest(bool isMissing, string reason)
    {
        await _server.StartAsync();
        await StoredAnswers.SendAsync(_server, "lost", 50);
        (await _server.StopAsync()).ShouldBe(0, _server.Error);
        var block = Directory.EnumerateFiles(_server.DataDirectory, "*.parquet", SearchOption.AllDirectories)
            .First(static f => f.Contains("/logs/", StringComparison.Ordinal));
        var bytes = await File.ReadAllBytesAsync(block);
        if (isMissing) File.Delete(block);
        else await File.WriteAllBytesAsync(block, bytes[..(bytes.Length / 2)]);
        await _server.StartAsync();

        var made = await BackupAsync();
        made.ExitCode.ShouldBe(1);
        made.Error.ShouldContain("lost in the server's store, and left out: blocks/");
        made.Error.ShouldContain(Path.GetFileName(block));
        made.Error.ShouldContain(reason);
        made.Output.ShouldStartWith("backup ");
        var restored = await _restored.RunAsync("restore", "--from", Backups);
        restored.ExitCode.ShouldBe(0, restored.Error);
        restored.Output.ShouldContain("1 of them were lost already");
    }

    [Fact]
    public async Task Backups_that_lie_in_the_data_directory_are_refused_before_anything_is_moved()
    {
        var inside = Path.Combine(_restored.DataDirectory, "backups");
        Directory.CreateDirectory(Path.Combine(inside, "manifests"));
        (await _restored.RunAsync("restore", "--replace", "--from", inside)).ShouldBeOneLine(1, inside, "move them elsewhere");
        Directory.Exists(Path.Combine(inside, "manifests")).ShouldBeTrue();
        File.Exists(Path.Combine(_restored.DataDirectory, "restore.json")).ShouldBeFalse();
    }

    [Fact]
    public async Task Killed_in_the_middle_the_next_run_completes_it()
    {
        await _server.StartAsync();
        for (var i = 0; i < 15; i++) await StoredAnswers.SendAsync(_server, "many", 20, tenant: $"tenant{i}");
        _command.Begin("backup", "--to", Backups, "--server", ServerUrl);
        while (_command.IsRunning && !HasObjects()) await Task.Delay(5);
        if (_command.IsRunning) await _command.KillAsync();
        HasObjects().ShouldBeTrue(_command.Error);

        var made = await BackupAsync();
        made.ExitCode.ShouldBe(0, made.Error);
        made.Output.ShouldContain(": 45 blocks");
        (await _command.RunAsync("backup", "verify", "--from", Backups)).ExitCode.ShouldBe(0, _command.Error);

        // Restoring is killed too, as soon as there is an object.
        _restored.Begin("restore", "--from", Backups);
        while (_restored.IsRunning && !Directory.Exists(Path.Combine(_restored.DataDirectory, "objects", "blocks"))) await Task.Delay(5);
        var wasKilled = _restored.IsRunning;
        if (wasKilled) await _restored.KillAsync();
        if (File.Exists(Path.Combine(_restored.DataDirectory, "restore.json")))
        {
            (await _restored.RunAsync("serve")).ShouldBeOneLine(1, "unfinished restore", "triptych restore");
            (await _restored.RunAsync("restore", "--from", Backups)).ExitCode.ShouldBe(0, _restored.Error);
        }

        await _restored.StartAsync();
        foreach (var tenant in new[] { "tenant0", "tenant14" })
            (await StoredAnswers.ReadAsync(_restored, "many", tenant)).ShouldBe(await StoredAnswers.ReadAsync(_server, "many", tenant));

        bool HasObjects() => Directory.Exists(Path.Combine(Backups, "blocks"));
    }

    [Fact]
    public async Task A_damaged_object_is_named_and_a_thorough_backup_mends_it()
    {
        await _server.StartAsync();
        await StoredAnswers.SendAsync(_server, "damaged", 10);
        (await BackupAsync()).ExitCode.ShouldBe(0, _command.Error);
        var damaged = Directory.EnumerateFiles(Backups, "*.parquet", SearchOption.AllDirectories).First(f => f.Contains("/logs/", StringComparison.Ordinal));
        var bytes = await File.ReadAllBytesAsync(damaged);
        bytes[bytes.Length / 2] ^= 0x40;
        await File.WriteAllBytesAsync(damaged, bytes);

        (await _command.RunAsync("backup", "verify", "--from", Backups)).ShouldBeOneLine(1, damaged, "SHA-256");
        (await _restored.RunAsync("restore", "--from", Backups)).ShouldBeOneLine(1, Path.GetFileName(damaged), "is damaged");
        (await _restored.RunAsync("serve")).ShouldBeOneLine(1, "unfinished restore");

        (await BackupAsync("--thorough")).Output.ShouldContain(", 1 copied (");
        (await _command.RunAsync("backup", "verify", "--from", Backups)).ExitCode.ShouldBe(0, _command.Error);
        (await _restored.RunAsync("restore", "--from", Backups)).ExitCode.ShouldBe(0, _restored.Error);
        await _restored.StartAsync();
        (await StoredAnswers.ReadAsync(_restored, "damaged")).ShouldBe(await StoredAnswers.ReadAsync(_server, "damaged"));
    }

    [Fact]
    public async Task A_data_directory_that_is_not_empty_is_restored_to_only_when_told_and_what_was_there_is_kept()
    {
        await _server.StartAsync();
        await StoredAnswers.SendAsync(_server, "wanted", 10);
        (await BackupAsync()).ExitCode.ShouldBe(0, _command.Error);
        await _restored.StartAsync();
        (await _command.RunAsync("restore", "--from", Backups, "--data-dir", _restored.DataDirectory)).ShouldBeOneLine(1, "another process");
        await StoredAnswers.SendAsync(_restored, "former", 10);
        (await _restored.StopAsync()).ShouldBe(0);

        (await _restored.RunAsync("restore", "--from", Backups)).ShouldBeOneLine(1, _restored.DataDirectory, "not empty", "--replace");
        var result = await _restored.RunAsync("restore", "--from", Backups, "--replace");
        result.ExitCode.ShouldBe(0, result.Error);
        var aside = Directory.EnumerateDirectories(_restored.DataDirectory, "before-restore-*").ShouldHaveSingleItem();
        result.Output.ShouldContain(aside);
        await _restored.StartAsync();
        (await StoredAnswers.ReadAsync(_restored, "wanted")).ShouldBe(await StoredAnswers.ReadAsync(_server, "wanted"));
        (await StoredAnswers.ReadAsync(_restored, "former")).ShouldNotContain("line 0 of former");

        await _restored.StopAsync();
        await _restored.StartAsync("serve", "--data-dir", aside);
        (await StoredAnswers.ReadAsync(_restored, "former")).ShouldContain("line 9 of former");
    }

    [Fact]
    public async Task Credentials_come_from_the_configuration_and_without_them_it_is_refused()
    {
        _server.Set("TRIPTYCH_AUTH_TOKEN", "a secret token");
        await _server.StartAsync();
        (await BackupAsync()).ShouldBeOneLine(1, "401");
        _command.Set("TRIPTYCH_AUTH_TOKEN", "a secret token");
        var made = await BackupAsync();
        made.ExitCode.ShouldBe(0, made.Error);
        made.Output.ShouldContain(": 0 blocks");
    }

    [Fact]
    public async Task What_cannot_work_is_one_line()
    {
        (await BackupAsync()).ShouldBeOneLine(1, "no server answers", "--server");
        (await _command.RunAsync("restore", "--from", Path.Combine(_command.Folder, "nowhere"))).ShouldBeOneLine(1, "nowhere", "is not there");
        (await _command.RunAsync("restore", "--from", Backups)).ShouldBeOneLine(1, "there is no backup in");
        (await _command.RunAsync("restore", "--from", Backups, "--backup", "../x")).ShouldBeOneLine(1, "there is no backup ../x");
        (await _command.RunAsync("backup", "--to", "s3://bucket")).ShouldBeOneLine(2, "s3://bucket", "backup.endpoint");
        (await _command.RunAsync("backup", "--to", "ftp://host/backups")).ShouldBeOneLine(2, "ftp://host/backups", "s3://BUCKET/PREFIX");
        (await _command.RunAsync("backup")).ShouldBeOneLine(2, "--to");
        (await _command.RunAsync("backup", "--to", Backups, "--server", "localhost")).ShouldBeOneLine(2, "--server localhost");
        (await _command.RunAsync("backup", "--to", Backups, "--keep", "0")).ShouldBeOneLine(2, "--keep");
    }

    private Task<CommandResult> BackupAsync(params string[] more) => _command.RunAsync(["backup", "--to", Backups, "--server", ServerUrl, .. more]);
}
