using Triptych.Server.Hosting;
using Triptych.Storage.Backup;
using Triptych.Storage.Disk;
using Triptych.Storage.ObjectStore;

namespace Triptych.Server.Backup;

/// <summary>A directory that holds backups, used by one process at a time.</summary>
internal sealed class BackupFolder : IDisposable
{
    private readonly FileStream? _lock;
    private readonly LocalObjectStore _objects;

    private BackupFolder(string path, FileStream? lockFile)
    {
        Path = path;
        _lock = lockFile;
        _objects = new LocalObjectStore(PhysicalDisk.Instance, path);
        Repository = new BackupRepository(_objects);
    }

    /// <summary>Its full path.</summary>
    public string Path { get; }

    /// <summary>What it holds.</summary>
    public BackupRepository Repository { get; }

    /// <summary>Opens the directory.</summary>
    /// <param name="path">Where.</param>
    /// <param name="isForWriting">
    /// Whether backups are to be put in: then it is made when it is missing. Without, a directory that may not be written is read as it is.
    /// </param>
    /// <exception cref="StartProblem">It is not there, cannot be used, or another process uses it.</exception>
    public static BackupFolder Open(string path, bool isForWriting)
    {
        var full = System.IO.Path.GetFullPath(path);
        try
        {
            if (path.Contains("://", StringComparison.Ordinal)) throw new StartProblem($"{path}: backups are kept in directories; object stores are not supported as their target yet");
            if (isForWriting) PhysicalDisk.Instance.CreateDirectory(full);
            else if (!Directory.Exists(full)) throw new StartProblem($"{full} is not there");
            return new BackupFolder(full, Take(full, isForWriting));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartProblem($"the directory for backups {full} cannot be used: {e.Message}");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _objects.Dispose();
        _lock?.Dispose();
    }

    private static FileStream? Take(string full, bool isForWriting)
    {
        var file = System.IO.Path.Combine(full, "lock");
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (!isForWriting && (e is UnauthorizedAccessException || IsReadOnly(e)))
        {
            // Nobody here can write it, so nobody changes it meanwhile.
            return null;
        }
    }

    // EROFS: the runtime has no exception of its own for it.
    private static bool IsReadOnly(Exception e) => e is IOException && e.Message.Contains("Read-only file system", StringComparison.Ordinal);
}
