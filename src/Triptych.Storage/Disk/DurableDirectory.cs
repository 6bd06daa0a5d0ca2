namespace Triptych.Storage.Disk;

/// <summary>Makes directories so that they survive a power cut.</summary>
public static class DurableDirectory
{
    /// <summary>
    /// Makes a directory and its missing parents, each durable before anything is made in it. One that is there was perhaps made by a run that was killed
    /// before it was durable: its name is flushed too. So a directory always stands in durable ones.
    /// </summary>
    /// <param name="disk">The file system.</param>
    /// <param name="path">Full path.</param>
    public static void Create(IDisk disk, string path)
    {
        if (Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(path)) is not { } parent)
            return;
        if (!disk.HasDirectory(path))
        {
            Create(disk, parent);
            disk.MakeDirectory(path);
            disk.FlushDirectory(parent);
            return;
        }

        try
        {
            disk.FlushDirectory(parent);
        }
        catch (UnauthorizedAccessException)
        {
            // Who may not read the parent was given this directory by somebody else.
        }
    }
}
