using Triptych.Storage.Disk;

namespace Triptych.Testing;

/// <summary>What changes a disk.</summary>
public enum DiskCall
{
    Create,
    Write,
    SetLength,
    Flush,
    FlushDirectory,
    Rename,
    Delete,
}

/// <summary>One change, in the order in which they happened.</summary>
public readonly record struct DiskOperation(DiskCall Call, string Path, long Offset, int Length);

/// <summary>What a power cut leaves of that which was not flushed.</summary>
public enum Leftover
{
    /// <summary>Nothing: neither bytes nor names.</summary>
    Nothing,

    /// <summary>Everything: a <c>kill -9</c>, the kernel goes on.</summary>
    Everything,

    /// <summary>All names, and of each file's unflushed writes the first ones, the last of those only in part.</summary>
    TornWrites,
}

/// <summary>
/// A file system in memory that knows what is durable. It records every change, can fail any of them, has a capacity, and can be asked
/// what a power cut at this moment leaves. Any thread may call.
/// </summary>
public sealed class FaultyDisk : IDisk
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Node> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Node> _durableNames = new(StringComparer.Ordinal);
    private readonly List<DiskOperation> _operations = [];

    /// <summary>Asked before each change; what it returns is thrown and the change does not happen (of a write half does).</summary>
    public Func<DiskOperation, Exception?>? Fault { get; set; }

    /// <summary>Bytes that all files together may have; writes beyond it fail as on a full disk.</summary>
    public long CapacityBytes { get; set; } = long.MaxValue;

    /// <summary>From this number of changes on every one fails, as after a power cut. Not set: never.</summary>
    public int? FailFromOperation { get; set; }

    /// <summary>Whether <see cref="FailFromOperation"/> is reached.</summary>
    public bool PowerIsOff
    {
        get
        {
            lock (_gate)
                return _operations.Count >= FailFromOperation;
        }
    }

    /// <summary>A copy of the changes so far.</summary>
    public IReadOnlyList<DiskOperation> Operations
    {
        get
        {
            lock (_gate)
                return [.. _operations];
        }
    }

    /// <summary>The disk as a machine finds it that starts again after a power cut now.</summary>
    public FaultyDisk AfterPowerCut(Leftover leftover, int seed = 0)
    {
        lock (_gate)
        {
            var random = new Random(seed);
            var next = new FaultyDisk();
            foreach (var (path, node) in leftover == Leftover.Nothing ? _durableNames : _names)
            {
                var content = leftover switch
                {
                    Leftover.Nothing => node.Durable,
                    Leftover.Everything => node.Content.ToArray(),
                    _ => node.Torn(random),
                };
                var copy = new Node { Durable = content };
                copy.Content.AddRange(content);
                next._names[path] = copy;
                next._durableNames[path] = copy;
            }

            return next;
        }
    }

    /// <summary>Content of a file; for tests that look at or damage bytes.</summary>
    public byte[] Read(string path)
    {
        lock (_gate)
            return [.. _names[path].Content];
    }

    /// <summary>Replaces a file, durably and without counting as a change.</summary>
    public void Put(string path, byte[] content)
    {
        lock (_gate)
        {
            var node = new Node { Durable = content };
            node.Content.AddRange(content);
            _names[path] = node;
            _durableNames[path] = node;
        }
    }

    /// <inheritdoc/>
    public IDiskFile Open(string path, DiskOpen how)
    {
        lock (_gate)
        {
            if (!_names.TryGetValue(path, out var node))
            {
                if (how == DiskOpen.Read)
                    throw new FileNotFoundException($"There is no file {path}.", path);
                Record(new DiskOperation(DiskCall.Create, path, 0, 0));
                node = new Node();
                _names[path] = node;
            }
            else if (how == DiskOpen.CreateNew)
            {
                throw new IOException($"The file {path} exists.");
            }

            return new OpenFile(this, node, path);
        }
    }

    /// <inheritdoc/>
    public void CreateDirectory(string path)
    {
        // Directories exist as soon as a file in them does.
    }

    /// <inheritdoc/>
    public void FlushDirectory(string path)
    {
        lock (_gate)
        {
            Record(new DiskOperation(DiskCall.FlushDirectory, path, 0, 0));
            foreach (var gone in _durableNames.Keys.Where(p => IsIn(p, path) && !_names.ContainsKey(p)).ToList())
                _durableNames.Remove(gone);
            foreach (var (name, node) in _names.Where(n => IsIn(n.Key, path)))
                _durableNames[name] = node;
        }
    }

    /// <inheritdoc/>
    public void Rename(string from, string to)
    {
        lock (_gate)
        {
            Record(new DiskOperation(DiskCall.Rename, to, 0, 0));
            _names.Remove(from, out var node);
            _names[to] = node ?? throw new FileNotFoundException($"There is no file {from}.", from);
        }
    }

    /// <inheritdoc/>
    public bool TryRenameNew(string from, string to)
    {
        lock (_gate)
        {
            if (_names.ContainsKey(to))
                return false;
            Rename(from, to);
            return true;
        }
    }

    /// <inheritdoc/>
    public void Delete(string path)
    {
        lock (_gate)
        {
            if (!_names.ContainsKey(path))
                return;
            Record(new DiskOperation(DiskCall.Delete, path, 0, 0));
            _names.Remove(path);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<DiskEntry> List(string directory)
    {
        lock (_gate)
        {
            return
            [
                .. _names.Where(n => n.Key.StartsWith(directory + "/", StringComparison.Ordinal))
                    .OrderBy(n => n.Key, StringComparer.Ordinal)
                    .Select(n => new DiskEntry(n.Key, n.Value.Content.Count)),
            ];
        }
    }

    /// <inheritdoc/>
    public long FreeBytes(string path)
    {
        lock (_gate)
            return CapacityBytes - _names.Values.Sum(n => (long)n.Content.Count);
    }

    private static bool IsIn(string file, string directory) =>
        string.Equals(Path.GetDirectoryName(file), directory, StringComparison.Ordinal);

    private void Record(DiskOperation operation)
    {
        if (FailFromOperation is { } from && _operations.Count >= from)
            throw new IOException("The power is off.");
        if (Fault?.Invoke(operation) is { } failure)
            throw failure;
        _operations.Add(operation);
    }

    private sealed class Node
    {
        public List<byte> Content { get; } = [];

        public byte[] Durable { get; set; } = [];

        /// <summary>Changes since the last flush: bytes at an offset, or a new length when the bytes are null.</summary>
        public List<(long Offset, byte[]? Bytes)> Unflushed { get; } = [];

        public static void Apply(List<byte> content, long offset, ReadOnlySpan<byte> bytes)
        {
            while (content.Count < offset + bytes.Length)
                content.Add(0);
            for (var i = 0; i < bytes.Length; i++)
                content[(int)offset + i] = bytes[i];
        }

        public static void Resize(List<byte> content, long length)
        {
            if (length < content.Count)
                content.RemoveRange((int)length, content.Count - (int)length);
            while (content.Count < length)
                content.Add(0);
        }

        public byte[] Torn(Random random)
        {
            var content = new List<byte>(Durable);
            var whole = random.Next(Unflushed.Count + 1);
            for (var i = 0; i < Unflushed.Count && i <= whole; i++)
            {
                var (offset, bytes) = Unflushed[i];
                if (bytes is null)
                    Resize(content, offset);
                else
                    Apply(content, offset, i < whole ? bytes : bytes.AsSpan(0, random.Next(bytes.Length + 1)));
            }

            return [.. content];
        }
    }

    private sealed class OpenFile(FaultyDisk disk, Node node, string path) : IDiskFile
    {
        public long Length
        {
            get
            {
                lock (disk._gate)
                    return node.Content.Count;
            }
        }

        public int Read(Span<byte> buffer, long offset)
        {
            lock (disk._gate)
            {
                var count = (int)Math.Clamp(node.Content.Count - offset, 0, buffer.Length);
                for (var i = 0; i < count; i++)
                    buffer[i] = node.Content[(int)offset + i];
                return count;
            }
        }

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            lock (disk._gate)
            {
                var half = bytes[..(bytes.Length / 2)];
                try
                {
                    disk.Record(new DiskOperation(DiskCall.Write, path, offset, bytes.Length));
                    if (bytes.Length > disk.FreeBytes(path))
                        throw new IOException("No space left on device.");
                }
                catch (IOException)
                {
                    Keep(half, offset);
                    throw;
                }

                Keep(bytes, offset);
            }
        }

        public void SetLength(long length)
        {
            lock (disk._gate)
            {
                disk.Record(new DiskOperation(DiskCall.SetLength, path, length, 0));
                Node.Resize(node.Content, length);
                node.Unflushed.Add((length, null));
            }
        }

        public void Flush()
        {
            lock (disk._gate)
            {
                disk.Record(new DiskOperation(DiskCall.Flush, path, 0, 0));
                node.Durable = [.. node.Content];
                node.Unflushed.Clear();
            }
        }

        public void Dispose()
        {
        }

        private void Keep(ReadOnlySpan<byte> bytes, long offset)
        {
            Node.Apply(node.Content, offset, bytes);
            node.Unflushed.Add((offset, bytes.ToArray()));
        }
    }
}
