using Triptych.Storage.Disk;

namespace Triptych.Storage.ObjectStore;

/// <summary>
/// Open files by path, the least recently used closed first when there are too many. A handle in use is never closed under its reader:
/// the last reader closes it when the cache has let go of it. Any thread may call.
/// </summary>
internal sealed class FileHandleCache(IDisk disk, int maxOpenFiles) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<CachedFile>> _byPath = new(StringComparer.Ordinal);
    private readonly LinkedList<CachedFile> _newestFirst = new();

    public int Count
    {
        get
        {
            lock (_gate)
                return _byPath.Count;
        }
    }

    /// <summary>The file, open for reading until the lease is disposed.</summary>
    public Lease Open(string path)
    {
        lock (_gate)
        {
            if (_byPath.TryGetValue(path, out var node))
            {
                _newestFirst.Remove(node);
                _newestFirst.AddFirst(node);
                node.Value.Users++;
                return new Lease(this, node.Value);
            }
        }

        // Opened outside the lock; of two that race both are usable, and the later one is the one that is kept.
        var opened = new CachedFile(path, disk.Open(path, DiskOpen.Read)) { Users = 1 };
        lock (_gate)
        {
            ForgetLocked(path);
            _byPath[path] = _newestFirst.AddFirst(opened);
            while (_byPath.Count > maxOpenFiles)
                ForgetLocked(_newestFirst.Last!.Value.Path);
        }

        return new Lease(this, opened);
    }

    /// <summary>Closes the file of a path as soon as nobody reads it.</summary>
    public void Forget(string path)
    {
        lock (_gate)
            ForgetLocked(path);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            while (_newestFirst.Last is { } last)
                ForgetLocked(last.Value.Path);
        }
    }

    private void ForgetLocked(string path)
    {
        if (!_byPath.Remove(path, out var node))
            return;
        _newestFirst.Remove(node);
        node.Value.Forgotten = true;
        if (node.Value.Users == 0)
            node.Value.File.Dispose();
    }

    private void Release(CachedFile file)
    {
        lock (_gate)
        {
            file.Users--;
            if (file.Users == 0 && file.Forgotten)
                file.File.Dispose();
        }
    }

    internal readonly struct Lease(FileHandleCache cache, CachedFile cached) : IDisposable
    {
        public IDiskFile File => cached.File;

        public void Dispose() => cache.Release(cached);
    }

    internal sealed class CachedFile(string path, IDiskFile file)
    {
        public string Path { get; } = path;

        public IDiskFile File { get; } = file;

        public int Users { get; set; }

        public bool Forgotten { get; set; }
    }
}
