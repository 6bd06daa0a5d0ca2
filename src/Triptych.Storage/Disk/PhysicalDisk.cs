using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Triptych.Storage.Disk;

/// <summary>The real file system.</summary>
public sealed class PhysicalDisk : IDisk
{
    /// <summary>The one instance; it has no state.</summary>
    public static readonly PhysicalDisk Instance = new();

    private PhysicalDisk()
    {
    }

    /// <inheritdoc/>
    public IDiskFile Open(string path, DiskOpen how) => new PhysicalFile(how switch
    {
        DiskOpen.Read => File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess),
        DiskOpen.CreateNew => File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete),
        _ => File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete),
    });

    /// <inheritdoc/>
    public void CreateDirectory(string path) => DurableDirectory.Create(this, Path.GetFullPath(path));

    /// <inheritdoc/>
    public bool HasDirectory(string path) => Directory.Exists(path);

    /// <inheritdoc/>
    public void MakeDirectory(string path) => Directory.CreateDirectory(path);

    /// <inheritdoc/>
    public void FlushDirectory(string path)
    {
        // .NET refuses to open a directory as a file, hence the two calls of libc.
        var descriptor = LibC.Open(Encoding.UTF8.GetBytes(path + '\0'), LibC.ReadOnlyCloseOnExec);
        if (descriptor < 0)
        {
            throw Marshal.GetLastPInvokeError() switch
            {
                LibC.NoEntry => new DirectoryNotFoundException($"There is no directory {path}."),
                LibC.AccessDenied => new UnauthorizedAccessException($"The directory {path} may not be opened to make it durable."),
                _ => LibC.Failure($"Cannot open the directory {path} to make it durable"),
            };
        }

        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (LibC.FSync(handle) != 0)
            throw LibC.Failure($"Cannot make the directory {path} durable");
    }

    /// <inheritdoc/>
    public void Rename(string from, string to) => File.Move(from, to, overwrite: true);

    /// <inheritdoc/>
    public bool TryRenameNew(string from, string to)
    {
        if (File.Exists(to))
            return false;
        try
        {
            // Without overwriting the runtime links and unlinks, which fails when the target exists.
            File.Move(from, to, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(to))
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Link(string path, string secondPath)
    {
        if (LibC.Link(Encoding.UTF8.GetBytes(path + '\0'), Encoding.UTF8.GetBytes(secondPath + '\0')) != 0 && Marshal.GetLastPInvokeError() != LibC.Exists)
            throw LibC.Failure($"Cannot give {path} the second name {secondPath}");
    }

    /// <inheritdoc/>
    public void Delete(string path)
    {
        if (File.Exists(path))
            File.Delete(path);
    }

    /// <inheritdoc/>
    public IReadOnlyList<DiskEntry> List(string directory)
    {
        if (!Directory.Exists(directory))
            return [];
        var entries = new List<DiskEntry>();
        foreach (var file in new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories))
            entries.Add(new DiskEntry(file.FullName, file.Length));
        entries.Sort(static (a, b) => string.CompareOrdinal(a.Path, b.Path));
        return entries;
    }

    /// <inheritdoc/>
    public IReadOnlyList<DiskEntry> ListReadable(string directory)
    {
        if (!Directory.Exists(directory))
            return [];
        var everything = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.None };
        var entries = new List<DiskEntry>();
        foreach (var file in new DirectoryInfo(directory).EnumerateFiles("*", everything))
        {
            try
            {
                entries.Add(new DiskEntry(file.FullName, file.Length));
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
            {
                // It went meanwhile, or may not be looked at.
            }
        }

        entries.Sort(static (a, b) => string.CompareOrdinal(a.Path, b.Path));
        return entries;
    }

    /// <inheritdoc/>
    public long FreeBytes(string path) => new DriveInfo(Path.GetFullPath(path)).AvailableFreeSpace;

    private sealed class PhysicalFile(SafeFileHandle handle) : IDiskFile
    {
        public long Length => RandomAccess.GetLength(handle);

        public int Read(Span<byte> buffer, long offset)
        {
            var total = 0;
            while (total < buffer.Length)
            {
                var read = RandomAccess.Read(handle, buffer[total..], offset + total);
                if (read == 0)
                    break;
                total += read;
            }

            return total;
        }

        public void Write(ReadOnlySpan<byte> bytes, long offset) => RandomAccess.Write(handle, bytes, offset);

        public void SetLength(long length) => RandomAccess.SetLength(handle, length);

        public void Flush() => RandomAccess.FlushToDisk(handle);

        public void Dispose() => handle.Dispose();
    }

    private static class LibC
    {
        /// <summary>O_RDONLY | O_CLOEXEC, the same on all Linux architectures that .NET runs on.</summary>
        public const int ReadOnlyCloseOnExec = 0x80000;

        /// <summary>ENOENT.</summary>
        public const int NoEntry = 2;

        /// <summary>EACCES.</summary>
        public const int AccessDenied = 13;

        /// <summary>EEXIST.</summary>
        public const int Exists = 17;

        [DllImport("libc", EntryPoint = "open", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Open(byte[] path, int flags);

        [DllImport("libc", EntryPoint = "link", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Link(byte[] path, byte[] secondPath);

        [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int FSync(SafeFileHandle handle);

        public static IOException Failure(string what) => new($"{what}: {Marshal.GetLastPInvokeErrorMessage()}");
    }
}
