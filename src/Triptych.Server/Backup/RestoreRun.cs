using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Triptych.Server.Configuration;
using Triptych.Server.Hosting;
using Triptych.Storage.Backup;
using Triptych.Storage.Metastore;

namespace Triptych.Server.Backup;

/// <summary>
/// <c>triptych restore</c>: 1 read the manifest, 2 take the data directory, which has to be empty unless told, 3 leave a marker, 4 move aside what is
/// there, 5 copy and verify all objects, 6 give the metastore its content in one transaction, 7 take the marker away. Killed anywhere, the same
/// command goes on; until 7 the server does not start on it.
/// </summary>
internal sealed class RestoreRun(ServerConfig config, TimeProvider time)
{
    /// <summary>Restores a backup, the newest when none is named; returns a line for people.</summary>
    /// <exception cref="StartProblem">The directory is not empty, or the backup is not there.</exception>
    /// <exception cref="IOException">It failed; the message says why.</exception>
    public async Task<string> RunAsync(BackupPlace from, string? name, bool replace, CancellationToken cancellationToken)
    {
        RefuseWithin(from.Path, config.DataDir);
        name ??= await from.Repository.FindNewestAsync(cancellationToken) ?? throw new StartProblem($"there is no backup in {from.Path}");
        var manifest = await from.Repository.ReadAsync(name, cancellationToken);
        using var directory = DataDirectory.Take(config.DataDir);
        var marker = RestoreMarker.Find(directory);
        if (marker is null) marker = await BeginAsync(directory, name, replace, cancellationToken);
        else if (marker.Backup != name) (marker = marker with { Backup = name }).Put(directory);
        marker.MoveAside(directory);

        await using var metastore = await MetastoreOpening.OpenAsync(config, directory, time, cancellationToken);
        await using var objects = await BlockObjects.OpenAsync(
            config.Storage.ObjectStore, directory.Path, metastore, new StorageEvents(NullLogger<StorageEvents>.Instance), time, cancellationToken);

        // What is there now is of an earlier run of this restore, or was said to go.
        var restorer = new BackupRestorer(from.Repository, objects.Store, metastore);
        var copied = await ProgressBar.ShowAsync("restoring", progress => restorer.RunAsync(name, replace: true, progress, cancellationToken));
        await MetastoreOpening.BindAsync(metastore, directory, cancellationToken);
        RestoreMarker.Remove(directory);
        var aside = marker.Aside is null ? "" : $"; what was there before is in {Path.Combine(directory.Path, marker.Aside)}";
        var lost = manifest.Blocks.Count(static b => b.IsLeftOut);
        var damaged = manifest.Damaged.Count() - lost;
        if (lost > 0) aside = $"; {lost} of them were lost already when the backup was made, and are missing unless a later backup has them{aside}";
        if (damaged > 0) aside = $"; {damaged} of them were damaged already when the backup was made (triptych block verify names them){aside}";
        return $"restored {name} to {directory.Path}: {manifest.Blocks.Count} blocks ({ProgressBar.Size(manifest.TotalBytes)}), {copied} copied{aside}";
    }

    /// <summary>Refuses backups that lie among what a restore moves aside.</summary>
    private static void RefuseWithin(string place, string dataDirectory)
    {
        var inside = Path.GetRelativePath(Resolve(dataDirectory), Resolve(place));
        var isOutside = Path.IsPathRooted(inside) || inside.StartsWith("..", StringComparison.Ordinal) || place.Contains("://", StringComparison.Ordinal);
        if (isOutside || inside.StartsWith(RestoreMarker.AsidePrefix, StringComparison.Ordinal)) return;
        throw new StartProblem(
            $"the backups {place} lie in the data directory {dataDirectory}, which a restore moves what it finds in out of the way: move them elsewhere first");

        static string Resolve(string path)
        {
            var full = Path.GetFullPath(path);
            return Directory.Exists(full) && new DirectoryInfo(full).ResolveLinkTarget(returnFinalTarget: true) is { } target ? target.FullName : full;
        }
    }

    private async Task<RestoreMarker> BeginAsync(DataDirectory directory, string name, bool replace, CancellationToken cancellationToken)
    {
        var isEmpty = MetastoreOpening.HoldsNothing(directory);
        if (!isEmpty && !replace)
        {
            throw new StartProblem(
                $"the data directory {directory.Path} is not empty: name another with --data-dir, or have what is there moved into a folder in it with --replace");
        }

        if (!replace && config.Storage.Metastore.Type == MetastoreType.Postgres)
        {
            await using var metastore = await MetastoreOpening.OpenAsync(config, directory, time, cancellationToken);
            if (!(await metastore.ExportAsync(cancellationToken)).IsEmpty)
                throw new StartProblem("the PostgreSQL schema of storage.metastore holds data already: name another schema, or have it replaced with --replace");
        }

        var aside = isEmpty ? null : string.Create(CultureInfo.InvariantCulture, $"{RestoreMarker.AsidePrefix}{time.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}");
        var marker = new RestoreMarker(name, aside, IsMoved: false);
        marker.Put(directory);
        return marker;
    }
}
