using System.Text.Json;
using Triptych.Server.Hosting;
using Triptych.Storage.Disk;

namespace Triptych.Server.Backup;

/// <summary>
/// Says in a data directory that a restore into it has begun and is not finished: the file <c>restore.json</c>. While it is there the server
/// does not start, and <c>triptych restore</c> goes on.
/// </summary>
/// <param name="Backup">Which backup.</param>
/// <param name="Aside">The folder in the data directory that takes what was there before; null when it was empty.</param>
/// <param name="IsMoved">Whether all of that is in the folder.</param>
internal sealed record RestoreMarker(string Backup, string? Aside, bool IsMoved)
{
    /// <summary>Beginning of the names of folders with what was there before a restore.</summary>
    public const string AsidePrefix = "before-restore-";

    private const string FileName = "restore.json";

    /// <summary>The marker of a directory, or null.</summary>
    /// <exception cref="StartProblem">It cannot be read.</exception>
    public static RestoreMarker? Find(DataDirectory directory)
    {
        var file = PathIn(directory);
        if (!File.Exists(file)) return null;
        try
        {
            return JsonSerializer.Deserialize<RestoreMarker>(File.ReadAllBytes(file)) ?? throw new JsonException("it is empty");
        }
        catch (JsonException e)
        {
            throw new StartProblem($"{file} of an unfinished restore is damaged ({e.Message}): empty the data directory and restore again");
        }
    }

    /// <summary>Refuses to serve from a directory with an unfinished restore.</summary>
    /// <exception cref="StartProblem">There is one.</exception>
    public static void RefuseUnfinished(DataDirectory directory)
    {
        if (Find(directory) is { } marker)
        {
            throw new StartProblem(
                $"the data directory {directory.Path} holds an unfinished restore of backup {marker.Backup}: run triptych restore again, it goes on where it stopped");
        }
    }

    /// <summary>Puts the marker, durably.</summary>
    public void Put(DataDirectory directory) => DurableFile.Put(directory.Path, FileName, JsonSerializer.SerializeToUtf8Bytes(this));

    /// <summary>Takes the marker away: the restore is finished.</summary>
    public static void Remove(DataDirectory directory) => DurableFile.Remove(directory.Path, FileName);

    /// <summary>Moves what is in the directory into the folder, a kill between any two moves included, and notes that it is done.</summary>
    public RestoreMarker MoveAside(DataDirectory directory)
    {
        if (Aside is null || IsMoved) return this;
        var folder = Path.Combine(directory.Path, Aside);
        PhysicalDisk.Instance.CreateDirectory(folder);
        foreach (var entry in new DirectoryInfo(directory.Path).EnumerateFileSystemInfos().ToList())
        {
            var isOurs = entry.Name is "lock" || entry.Name.StartsWith(FileName, StringComparison.Ordinal);
            if (isOurs || entry.Name.StartsWith(AsidePrefix, StringComparison.Ordinal)) continue;
            Directory.Move(entry.FullName, Path.Combine(folder, entry.Name));
        }

        PhysicalDisk.Instance.FlushDirectory(folder);
        PhysicalDisk.Instance.FlushDirectory(directory.Path);
        var moved = this with { IsMoved = true };
        moved.Put(directory);
        return moved;
    }

    private static string PathIn(DataDirectory directory) => Path.Combine(directory.Path, FileName);
}
