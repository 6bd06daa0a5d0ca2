using Triptych.Storage.Disk;
using Triptych.Storage.Instruments;

namespace Triptych.Storage.Retention;

/// <summary>Bytes of the data directory beside blocks and the cache of what was read from a bucket.</summary>
/// <param name="OwnBytes">Of write-ahead logs and the metastore: they count against the budget.</param>
/// <param name="ForeignBytes">
/// Of all other files: what a restore moved aside, what was set aside as damaged, what a user keeps there. No data is dropped on their account.
/// </param>
public readonly record struct DirectoryUse(long OwnBytes, long ForeignBytes);

/// <summary>
/// What the data directory holds beside blocks and their cache. Blocks are counted from the catalog: the files of replaced ones and of unfinished merges go by
/// themselves within minutes, and no data shall be dropped on their account. Any thread may call.
/// </summary>
/// <param name="disk">The file system.</param>
/// <param name="dataDirectory">Full path of the data directory.</param>
/// <param name="notCounted">Full path of the folder of blocks within it, or of the cache of what was read from a bucket, which has its own bound.</param>
/// <param name="holdsBlocks">Whether blocks lie in the data directory, so that a merge needs room on its disk.</param>
public sealed class DiskUsage(IDisk disk, string dataDirectory, string notCounted, bool holdsBlocks = true)
{
    private readonly string _notCounted = notCounted + Path.DirectorySeparatorChar;
    private readonly string _wal = Path.Combine(dataDirectory, "wal") + Path.DirectorySeparatorChar;

    // The metastore with what SQLite keeps beside it, or the id of one that lies elsewhere; the directory's lock; the mark of a restore.
    private readonly string[] _files = [.. new[] { "metastore", "lock", "restore.json" }.Select(name => Path.Combine(dataDirectory, name))];
    private readonly Lock _gate = new();
    private DirectoryUse _last;

    /// <summary>What was found last; zeros before <see cref="Look"/>.</summary>
    public DirectoryUse Last
    {
        get
        {
            lock (_gate)
                return _last;
        }
    }

    /// <summary>Lists the directory. Folders that this program may not look into, such as a file system's <c>lost+found</c>, are not counted.</summary>
    public DirectoryUse Look()
    {
        try
        {
            var (own, foreign) = (0L, 0L);
            foreach (var file in disk.ListReadable(dataDirectory))
            {
                if (file.Path.StartsWith(_notCounted, StringComparison.Ordinal))
                    continue;
                if (file.Path.StartsWith(_wal, StringComparison.Ordinal) || _files.Any(name => file.Path.StartsWith(name, StringComparison.Ordinal)))
                    own += file.SizeBytes;
                else
                    foreign += file.SizeBytes;
            }

            UpkeepInstruments.ForeignBytes.Record(foreign);
            lock (_gate)
                _last = new DirectoryUse(own, foreign);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            // What was being listed went, or may not be looked at just now: the last sums stand until the next look.
        }

        return Last;
    }

    /// <summary>Bytes of blocks that may still be written; no bound is known where they do not lie in the data directory.</summary>
    public long FreeBytes() => holdsBlocks ? disk.FreeBytes(dataDirectory) : long.MaxValue;
}
