using Triptych.Storage.Disk;

namespace Triptych.Benchmarks.Storage;

/// <summary>The real disk, and how many bytes were written between each two flushes.</summary>
internal sealed class BatchCountingDisk : IDisk
{
    private readonly Lock _gate = new();
    private readonly List<int> _batchBytes = [];

    /// <summary>Bytes of each batch, in order.</summary>
    public IReadOnlyList<int> BatchBytes
    {
        get
        {
            lock (_gate)
                return [.. _batchBytes];
        }
    }

    /// <summary>Begins anew.</summary>
    public void Forget()
    {
        lock (_gate)
            _batchBytes.Clear();
    }

    public IDiskFile Open(string path, DiskOpen how) => new CountingFile(this, PhysicalDisk.Instance.Open(path, how));

    public void CreateDirectory(string path) => PhysicalDisk.Instance.CreateDirectory(path);

    public bool HasDirectory(string path) => PhysicalDisk.Instance.HasDirectory(path);

    public void MakeDirectory(string path) => PhysicalDisk.Instance.MakeDirectory(path);

    public void Link(string path, string secondPath) => PhysicalDisk.Instance.Link(path, secondPath);

    public void FlushDirectory(string path) => PhysicalDisk.Instance.FlushDirectory(path);

    public void Rename(string from, string to) => PhysicalDisk.Instance.Rename(from, to);

    public bool TryRenameNew(string from, string to) => PhysicalDisk.Instance.TryRenameNew(from, to);

    public void Delete(string path) => PhysicalDisk.Instance.Delete(path);

    public IReadOnlyList<DiskEntry> List(string directory) => PhysicalDisk.Instance.List(directory);

    public long FreeBytes(string path) => PhysicalDisk.Instance.FreeBytes(path);

    private sealed class CountingFile(BatchCountingDisk disk, IDiskFile file) : IDiskFile
    {
        private int _bytes;

        public long Length => file.Length;

        public int Read(Span<byte> buffer, long offset) => file.Read(buffer, offset);

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            file.Write(bytes, offset);
            _bytes += bytes.Length;
        }

        public void SetLength(long length) => file.SetLength(length);

        public void Flush()
        {
            file.Flush();
            lock (disk._gate)
                disk._batchBytes.Add(_bytes);
            _bytes = 0;
        }

        public void Dispose() => file.Dispose();
    }
}
