using Triptych.Storage.Disk;

namespace Triptych.Server.Tests.Storage;

/// <summary>
/// The real disk, but the replay of write-ahead logs waits at a gate: the last segment of each is opened for writing (its torn end is cut
/// off) by nothing else before replay is over.
/// </summary>
internal sealed class GatedDisk : IDisk, IDisposable
{
    private readonly ManualResetEventSlim _gate = new();

    public void Open() => _gate.Set();

    public IDiskFile Open(string path, DiskOpen how)
    {
        if (how == DiskOpen.ReadWrite && path.EndsWith(".wal", StringComparison.Ordinal)) _gate.Wait();
        return PhysicalDisk.Instance.Open(path, how);
    }

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

    public void Dispose() => _gate.Dispose();
}
