using Triptych.Storage.Disk;

namespace Triptych.Server.Hosting;

/// <summary>
/// The directory in which everything is kept, held by one process at a time: by a lock on an open file, which the kernel lets go of when
/// the process ends, however it ends.
/// </summary>
public sealed class DataDirectory : IDisposable
{
    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream lockFile)
    {
        Path = path;
        _lock = lockFile;
    }

    /// <summary>Its full path.</summary>
    public string Path { get; }

    /// <summary>Makes the directory if it is not there, and takes it.</summary>
    /// <exception cref="StartProblem">It cannot be written, or another process has it.</exception>
    public static DataDirectory Take(string path)
    {
        if (path.Length == 0) throw new StartProblem("the data directory's name is empty: set data_dir (--data-dir)", 2);
        var full = System.IO.Path.GetFullPath(path);
        try
        {
            PhysicalDisk.Instance.CreateDirectory(full);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartProblem($"data directory {full} cannot be made: {e.Message}");
        }

        try
        {
            var file = new FileStream(System.IO.Path.Combine(full, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return new DataDirectory(full, file);
        }
        catch (UnauthorizedAccessException)
        {
            throw new StartProblem($"data directory {full} cannot be written: give this user the right to, or set data_dir (--data-dir)");
        }
        catch (IOException e)
        {
            throw new StartProblem($"data directory {full} cannot be taken, another process may have it: {e.Message}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();
}
