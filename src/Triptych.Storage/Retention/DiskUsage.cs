using Triptych.Storage.Disk;

namespace Triptych.Storage.Retention;

/// <summary>
/// What the data directory holds beside blocks and their cache: write-ahead logs, metastore. Blocks are counted from the catalog: the files of replaced ones
/// and of unfinished merges go by themselves within minutes, and no data shall be dropped on their account.
/// </summary>
/// <param name="disk">The file system.</param>
/// <param name="dataDirectory">Full path of the data directory.</param>
/// <param name="notCounted">Full path of the folder of blocks within it, or of the cache of what was read from a bucket, which has its own bound.</param>
/// <param name="holdsBlocks">Whether blocks lie in the data directory, so that a merge needs room on its disk.</param>
public sealed class DiskUsage(IDisk disk, string dataDirectory, string notCounted, bool holdsBlocks = true)
{
    private readonly string _notCounted = notCounted + Path.DirectorySeparatorChar;

    private long _lastBytes;

    /// <summary>Bytes beside blocks. Lists the directory.</summary>
    public long OtherBytes()
    {
        try
        {
            var bytes = disk.List(dataDirectory).Where(f => !f.Path.StartsWith(_notCounted, StringComparison.Ordinal)).Sum(static f => f.SizeBytes);
            Interlocked.Exchange(ref _lastBytes, bytes);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // A file went while the directory was listed: the last sum stands until the next look.
        }

        return Interlocked.Read(ref _lastBytes);
    }

    /// <summary>Bytes of blocks that may still be written; no bound is known where they do not lie in the data directory.</summary>
    public long FreeBytes() => holdsBlocks ? disk.FreeBytes(dataDirectory) : long.MaxValue;
}
