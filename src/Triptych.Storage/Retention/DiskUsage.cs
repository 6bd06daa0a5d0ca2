using Triptych.Storage.Disk;

namespace Triptych.Storage.Retention;

/// <summary>
/// What the data directory holds beside blocks: write-ahead logs, metastore. Blocks are counted from the catalog: the files of replaced ones
/// and of unfinished merges go by themselves within minutes, and no data shall be dropped on their account.
/// </summary>
/// <param name="disk">The file system.</param>
/// <param name="dataDirectory">Full path of the data directory.</param>
/// <param name="objectDirectory">Full path of the local object store within it.</param>
public sealed class DiskUsage(IDisk disk, string dataDirectory, string objectDirectory)
{
    private readonly string _objects = objectDirectory + Path.DirectorySeparatorChar;

    private long _lastBytes;

    /// <summary>Bytes beside blocks. Lists the directory.</summary>
    public long OtherBytes()
    {
        try
        {
            var bytes = disk.List(dataDirectory).Where(f => !f.Path.StartsWith(_objects, StringComparison.Ordinal)).Sum(static f => f.SizeBytes);
            Interlocked.Exchange(ref _lastBytes, bytes);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // A file went while the directory was listed: the last sum stands until the next look.
        }

        return Interlocked.Read(ref _lastBytes);
    }

    /// <summary>Bytes that may still be written.</summary>
    public long FreeBytes() => disk.FreeBytes(dataDirectory);
}
