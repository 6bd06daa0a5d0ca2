using Triptych.Storage.Disk;
using Triptych.Storage.Instruments;

namespace Triptych.Storage.Wal;

/// <summary>The files of a signal's WAL.</summary>
internal static class WalFiles
{
    /// <summary>Deletes the segments up to one that blocks hold. What cannot be deleted is reported and goes at the next start.</summary>
    public static void DeleteThrough(IDisk disk, WalOptions options, long segment, IStorageEvents events)
    {
        foreach (var entry in disk.List(options.Folder))
        {
            if (WalFormat.SegmentOf(entry.Path) is not { } number || number > segment)
                continue;
            try
            {
                disk.Delete(entry.Path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                events.WalDeleteFailed(options.Signal, entry.Path, e);
            }
        }
    }
}
