using System.CommandLine;
using Triptych.Server.Commands;
using Triptych.Server.Configuration;
using Triptych.Server.Hosting;
using Triptych.Storage.Backup;

namespace Triptych.Server.Backup;

/// <summary><c>triptych backup</c>, <c>backup list</c>, <c>backup verify</c> and <c>restore</c>; docs/backup.md.</summary>
internal static class BackupCommands
{
    private const int WrongUse = 2;

    /// <summary>Makes a backup of the running server.</summary>
    public static Command Backup()
    {
        var to = Place("--to", "What holds the backups: a directory, made when it is missing, or s3://BUCKET/PREFIX, reached as the configuration says. What it has already is not copied again.");
        var file = Config("The configuration of the running server: where it listens, its credentials, and those of a bucket.");
        var server = new Option<string?>("--server") { Description = "Where the server answers, over the configuration.", HelpName = "URL" };
        server.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } url && !IsServer(url)) result.AddError($"--server {url} is no URL of a server, such as http://127.0.0.1:3000");
        });
        var keep = new Option<int?>("--keep") { Description = "Deletes all but so many of the newest backups when this one is done.", HelpName = "COUNT" };
        keep.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1) result.AddError("--keep has to be at least 1");
        });
        var thorough = new Option<bool>("--thorough") { Description = "Reads what is there already too, and copies again what is damaged." };
        var backup = new Command("backup", "Copies everything that the running server has taken to a directory or a bucket: only what is new, and verified.") { to, file, server, keep, thorough };
        backup.SetAction(result => CommandGuard.RunAsync(token => BackupAsync(
            result.GetRequiredValue(to),
            Load(result.GetValue(file)),
            result.GetValue(server) is { } url ? new Uri(url) : null,
            result.GetValue(keep),
            result.GetValue(thorough),
            token)));
        backup.Subcommands.Add(List());
        backup.Subcommands.Add(Verify());
        return backup;
    }

    /// <summary>Puts a backup into a data directory.</summary>
    public static Command Restore()
    {
        var from = Place("--from", "What holds the backups: a directory, or s3://BUCKET/PREFIX.");
        var name = Name();
        var file = Config("The configuration that the server is to run with.");
        var dataDirectory = new Option<string?>("--data-dir") { Description = "The data directory to restore to; over the file's data_dir. It has to be empty.", HelpName = "DIR" };
        var replace = new Option<bool>("--replace") { Description = "Moves what is in the data directory into a folder in it first, and replaces what is in PostgreSQL." };
        var restore = new Command("restore", "Puts a backup into an empty data directory, verified; the server must not be running on it.") { from, name, file, dataDirectory, replace };
        restore.SetAction(result => CommandGuard.RunAsync(async token =>
        {
            var config = Load(result.GetValue(file));
            if (result.GetValue(dataDirectory) is { } directory) config.DataDir = directory;
            await using var place = await BackupPlace.OpenAsync(result.GetRequiredValue(from), config, isForWriting: false, TimeProvider.System, token);
            var run = new RestoreRun(config, TimeProvider.System);
            await Console.Out.WriteLineAsync(await run.RunAsync(place, result.GetValue(name), result.GetValue(replace), token));
            return 0;
        }));
        return restore;
    }

    private static Command List()
    {
        var from = Place("--from", "What holds the backups: a directory, or s3://BUCKET/PREFIX.");
        var file = Config("The configuration that says how a bucket is reached.");
        var list = new Command("list", "Lists the backups in a place, oldest first.") { from, file };
        list.SetAction(result => CommandGuard.RunAsync(async token =>
        {
            await using var place = await BackupPlace.OpenAsync(
                result.GetRequiredValue(from), Load(result.GetValue(file)), isForWriting: false, TimeProvider.System, token);
            var failed = 0;
            foreach (var name in await place.Repository.ListAsync(token))
            {
                try
                {
                    var manifest = await place.Repository.ReadAsync(name, token);
                    await Console.Out.WriteLineAsync($"{name}  {manifest.Blocks.Count} blocks, {ProgressBar.Size(manifest.TotalBytes)}, Triptych {manifest.Program}");
                }
                catch (BackupException e)
                {
                    failed = 1;
                    await Console.Out.WriteLineAsync($"{name}  {e.Message}");
                }
            }

            return failed;
        }));
        return list;
    }

    private static Command Verify()
    {
        var from = Place("--from", "What holds the backups: a directory, or s3://BUCKET/PREFIX.");
        var name = Name();
        var file = Config("The configuration that says how a bucket is reached.");
        var verify = new Command("verify", "Reads every object of a backup and compares it with its checksum; names each that is damaged.") { from, name, file };
        verify.SetAction(result => CommandGuard.RunAsync(async token =>
        {
            await using var place = await BackupPlace.OpenAsync(
                result.GetRequiredValue(from), Load(result.GetValue(file)), isForWriting: false, TimeProvider.System, token);
            var wanted = result.GetValue(name) ?? await place.Repository.FindNewestAsync(token) ?? throw new StartProblem($"there is no backup in {place.Path}");
            var manifest = await place.Repository.ReadAsync(wanted, token);
            var damaged = await ProgressBar.ShowAsync("verifying", progress => place.Repository.VerifyAsync(manifest, progress, token));
            foreach (var damage in damaged) await Console.Error.WriteLineAsync($"{place.Path}/{damage}");
            if (damaged.Count == 0) await Console.Out.WriteLineAsync($"{wanted}: {manifest.Blocks.Count} blocks, {ProgressBar.Size(manifest.TotalBytes)}, all as they were written");
            return damaged.Count == 0 ? 0 : 1;
        }));
        return verify;
    }

    private static async Task<int> BackupAsync(string to, ServerConfig config, Uri? server, int? keep, bool isThorough, CancellationToken cancellationToken)
    {
        await using var place = await BackupPlace.OpenAsync(to, config, isForWriting: true, TimeProvider.System, cancellationToken);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, place.Lost);
        try
        {
            return await BackupAsync(place, config, server, keep, isThorough, linked.Token);
        }
        catch (OperationCanceledException) when (place.Lost.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new StartProblem($"another process makes a backup in {place.Path} now, because this one could not say that it is alive; the same command goes on from here");
        }
    }

    private static async Task<int> BackupAsync(
        BackupPlace place, ServerConfig config, Uri? server, int? keep, bool isThorough, CancellationToken cancellationToken)
    {
        await using var source = await RemoteBackup.BeginAsync(server ?? RemoteBackup.AddressOf(config.Listen), config.Auth, cancellationToken);
        var writer = new BackupWriter(place.Repository, isThorough);
        var result = await ProgressBar.ShowAsync("backing up", progress => writer.RunAsync(source, progress, cancellationToken));
        var there = result.Manifest.Blocks.Count(static b => !b.IsLeftOut) - result.CopiedObjects;
        var unread = there == 0 ? "" : isThorough ? $", {there} there already and read again" : $", {there} there already and not read again (--thorough reads them)";
        await Console.Out.WriteLineAsync(
            $"backup {result.Name}: {result.Manifest.Blocks.Count} blocks ({ProgressBar.Size(result.Manifest.TotalBytes)}), {result.CopiedObjects} copied ({ProgressBar.Size(result.CopiedBytes)}){unread}");
        var damaged = result.Manifest.Blocks.Where(static b => b.Damage is not null).ToList();
        foreach (var block in damaged)
        {
            var what = block.IsLeftOut ? "lost in the server's store, and left out" : "damaged in the server's store, and copied as it is";
            await Console.Error.WriteLineAsync($"{what}: {block.ObjectKey}: {block.Damage}");
        }

        if (keep is { } count)
        {
            var (backups, objects) = await place.Repository.PruneAsync(count, cancellationToken);
            if (backups + objects > 0) await Console.Out.WriteLineAsync($"deleted {backups} older backups and {objects} objects that only they needed");
        }

        return damaged.Count == 0 ? 0 : 1;
    }

    private static bool IsServer(string url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) && (uri.Scheme is "http" or "https");

    private static ServerConfig Load(string? file)
    {
        var (config, problems) = ConfigLoader.Load(file, Environment.GetEnvironmentVariables());
        return problems.Count == 0 ? config : throw new StartProblem(string.Join("\ntriptych: ", problems), WrongUse);
    }

    private static Option<string> Place(string name, string description) => new(name) { Description = description, HelpName = "PLACE", Required = true };

    private static Option<string?> Config(string description) => new("--config") { Description = description, HelpName = "FILE" };

    private static Option<string?> Name() => new("--backup") { Description = "Which backup; the newest when it is not given.", HelpName = "NAME" };
}
