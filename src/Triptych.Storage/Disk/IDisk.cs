namespace Triptych.Storage.Disk;

/// <summary>How a file is opened.</summary>
public enum DiskOpen
{
    /// <summary>An existing file, for reading.</summary>
    Read,

    /// <summary>A file that must not exist yet, for writing.</summary>
    CreateNew,

    /// <summary>For reading and writing; made if it is missing.</summary>
    ReadWrite,
}

/// <summary>A file found by <see cref="IDisk.List"/>.</summary>
/// <param name="Path">Full path.</param>
/// <param name="SizeBytes">Length when it was listed.</param>
public readonly record struct DiskEntry(string Path, long SizeBytes);

/// <summary>
/// The calls to the file system that durability hangs on, so that tests can record them, make them fail, and cut the power between any
/// two. All calls block. Any thread may call. Failures are <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.
/// What is durable when: content after <see cref="IDiskFile.Flush"/>; a new name, a rename, a deletion or a new directory after
/// <see cref="FlushDirectory"/> on the directory that holds it.
/// </summary>
public interface IDisk
{
    /// <summary>Opens a file. <see cref="FileNotFoundException"/> or <see cref="DirectoryNotFoundException"/> when it is not there.</summary>
    IDiskFile Open(string path, DiskOpen how);

    /// <summary>Makes a directory and its missing parents, all durable on return, also when it was there (<see cref="DurableDirectory"/>).</summary>
    void CreateDirectory(string path);

    /// <summary>Whether there is a directory of this name.</summary>
    bool HasDirectory(string path);

    /// <summary>Makes one directory whose parent is there. Its name is durable after <see cref="FlushDirectory"/> on the parent.</summary>
    void MakeDirectory(string path);

    /// <summary>Makes the names in a directory durable. <see cref="DirectoryNotFoundException"/> when it is not there.</summary>
    void FlushDirectory(string path);

    /// <summary>Renames within one file system, replacing <paramref name="to"/>.</summary>
    void Rename(string from, string to);

    /// <summary>Renames unless <paramref name="to"/> exists; false, and nothing changed, when it does. Atomic against other processes.</summary>
    bool TryRenameNew(string from, string to);

    /// <summary>Gives a file a second name within one file system, which stays when the first goes; does nothing when that name exists.</summary>
    void Link(string path, string secondPath);

    /// <summary>Deletes a file; does nothing when it is missing.</summary>
    void Delete(string path);

    /// <summary>All files below a directory, in ordinal order of their paths; none when it is missing.</summary>
    IReadOnlyList<DiskEntry> List(string directory);

    /// <summary>As <see cref="List"/>, without what may not be looked into and what goes meanwhile: for measuring, never for finding one's own files.</summary>
    IReadOnlyList<DiskEntry> ListReadable(string directory) => List(directory);

    /// <summary>Bytes that this program may still write on the file system of <paramref name="path"/>.</summary>
    long FreeBytes(string path);
}

/// <summary>An open file. Reads may run side by side; writes come from one thread. The owner disposes it.</summary>
public interface IDiskFile : IDisposable
{
    /// <summary>Length in bytes now.</summary>
    long Length { get; }

    /// <summary>Reads at <paramref name="offset"/> until the buffer is full or the file ends; returns the bytes read.</summary>
    int Read(Span<byte> buffer, long offset);

    /// <summary>Writes all of <paramref name="bytes"/> at <paramref name="offset"/>. After an exception any part of it may be there.</summary>
    void Write(ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Cuts off or extends with zeros.</summary>
    void SetLength(long length);

    /// <summary>
    /// Returns when content and length are on stable storage. After an exception nothing written since the last success may be relied on,
    /// even if a later call succeeds: it has to be written again.
    /// </summary>
    void Flush();
}
