using Triptych.Storage.Disk;

namespace Triptych.Server.Hosting;

/// <summary>Small files that are whole or not there, also after a power cut.</summary>
internal static class DurableFile
{
    /// <summary>Puts a file, over the one that is there.</summary>
    public static void Put(string directory, string name, ReadOnlySpan<byte> content)
    {
        var disk = PhysicalDisk.Instance;
        var unfinished = Path.Combine(directory, name + ".new");
        disk.Delete(unfinished);
        using (var file = disk.Open(unfinished, DiskOpen.CreateNew))
        {
            file.Write(content, 0);
            file.Flush();
        }

        disk.Rename(unfinished, Path.Combine(directory, name));
        disk.FlushDirectory(directory);
    }

    /// <summary>Takes a file away.</summary>
    public static void Remove(string directory, string name)
    {
        PhysicalDisk.Instance.Delete(Path.Combine(directory, name));
        PhysicalDisk.Instance.FlushDirectory(directory);
    }
}
