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
    Link,
    Delete,
    MakeDirectory,
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

    /// <summary>The first ones of the unflushed changes of names, and of each file's unflushed writes any: whole, in part or not at all.</summary>
    Scattered,
}

/// <summary>What happened on a disk, for <see cref="FaultyDisk.Apply"/> on another one: a change with all that it takes to repeat it, or a test's note.</summary>
/// <param name="Operation">The change.</param>
/// <param name="File">Number of the file, whatever its name is by then.</param>
/// <param name="Bytes">Of a write: what was written.</param>
/// <param name="From">Of a rename: the name before; of a second name: the first.</param>
/// <param name="Note">What a test noted in place of a change; null for a change.</param>
public sealed record DiskJournalEntry(DiskOperation Operation, int File, byte[]? Bytes, string? From, object? Note);

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

    // Changes of names that their directory's flush has not yet made durable, in order; null for a name that goes, a directory's node for one that is made.
    private readonly List<(string Path, Node? Node)> _pendingNames = [];
    private readonly List<DiskJournalEntry> _journal = [];

    // A directory that nobody made, as those that tests put files into, is there with its files and durable.
    private readonly HashSet<string> _directories = new(StringComparer.Ordinal);
    private readonly HashSet<string> _durableDirectories = new(StringComparer.Ordinal);
    private readonly Dictionary<int, Node> _files = [];
    private static readonly Node DirectoryNode = new(0, []);
    private int _lastFile;

    /// <summary>Whether <see cref="Journal"/> is kept: it holds all bytes ever written.</summary>
    public bool KeepsJournal { get; set; }

    /// <summary>Asked before each change; what it returns is thrown and the change does not happen (of a write half does).</summary>
    public Func<DiskOperation, Exception?>? Fault { get; set; }

    /// <summary>Which files may not be opened; null: none.</summary>
    public Func<string, bool>? Denied { get; set; }

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

    /// <summary>A copy of what happened so far, notes included; empty unless <see cref="KeepsJournal"/>.</summary>
    public IReadOnlyList<DiskJournalEntry> Journal
    {
        get
        {
            lock (_gate)
                return [.. _journal];
        }
    }

    /// <summary>Puts a note between two changes of the journal: what a test knows to be true from here on.</summary>
    public void Note(object note)
    {
        lock (_gate)
            Enter(default, file: 0, note: note);
    }

    /// <summary>Repeats what happened on another disk, which was empty as this one when its journal began.</summary>
    public void Apply(DiskJournalEntry entry)
    {
        lock (_gate)
        {
            var operation = entry.Operation;
            switch (operation.Call)
            {
                case var _ when entry.Note is not null:
                    break;
                case DiskCall.Create:
                    Create(operation.Path, entry.File);
                    break;
                case DiskCall.Write:
                    _files[entry.File].Write(operation.Offset, entry.Bytes!);
                    break;
                case DiskCall.SetLength:
                    _files[entry.File].SetLength(operation.Offset);
                    break;
                case DiskCall.Flush:
                    _files[entry.File].Flush();
                    break;
                case DiskCall.FlushDirectory:
                    MakeNamesDurable(operation.Path);
                    break;
                case DiskCall.Rename:
                    Move(entry.From!, operation.Path);
                    break;
                case DiskCall.MakeDirectory:
                    _directories.Add(operation.Path);
                    _pendingNames.Add((operation.Path, DirectoryNode));
                    break;
                case DiskCall.Link:
                    Name(operation.Path, _names[entry.From!]);
                    break;
                default:
                    Name(operation.Path, null);
                    break;
            }
        }
    }

    /// <summary>The disk as a program finds it that starts again after a <c>kill -9</c> now: all is there, and no more durable than before.</summary>
    public FaultyDisk AfterKill()
    {
        lock (_gate)
        {
            var next = new FaultyDisk { _lastFile = _lastFile };
            var copies = new Dictionary<Node, Node>();
            Node CopyOf(Node node) => copies.TryGetValue(node, out var copy) ? copy : copies[node] = node.Copy();
            foreach (var (path, node) in _names)
                next._names[path] = CopyOf(node);
            foreach (var (path, node) in _durableNames)
                next._durableNames[path] = CopyOf(node);
            foreach (var (path, node) in _pendingNames)
                next._pendingNames.Add((path, node is null || node == DirectoryNode ? node : CopyOf(node)));
            next._directories.UnionWith(_directories);
            next._durableDirectories.UnionWith(_durableDirectories);
            return next;
        }
    }

    /// <summary>The disk as a machine finds it that starts again after a power cut now.</summary>
    public FaultyDisk AfterPowerCut(Leftover leftover, int seed = 0)
    {
        lock (_gate)
        {
            var random = new Random(seed);
            var next = new FaultyDisk();
            var (names, directories) = NamesLeft(leftover, random);
            next._directories.UnionWith(directories);
            next._durableDirectories.UnionWith(directories);
            foreach (var (path, node) in names)
            {
                next.Put(path, leftover switch
                {
                    Leftover.Nothing => node.Durable,
                    Leftover.Everything => node.Content.ToArray(),
                    Leftover.TornWrites => node.Torn(random),
                    _ => node.Scattered(random),
                });
            }

            return next;
        }
    }

    /// <summary>Content of a file; for tests that look at or damage bytes.</summary>
    public byte[] Read(string path)
    {
        lock (_gate)
            return _names[path].Content.ToArray();
    }

    /// <summary>Replaces a file, durably and without counting as a change.</summary>
    public void Put(string path, byte[] content)
    {
        lock (_gate)
        {
            var node = new Node(++_lastFile, content);
            _names[path] = node;
            _durableNames[path] = node;
        }
    }

    /// <inheritdoc/>
    public IDiskFile Open(string path, DiskOpen how)
    {
        if (Denied?.Invoke(path) == true)
            throw new UnauthorizedAccessException($"Access to the path '{path}' is denied.");
        lock (_gate)
        {
            if (!_names.TryGetValue(path, out var node))
            {
                if (how == DiskOpen.Read)
                    throw new FileNotFoundException($"There is no file {path}.", path);
                var operation = new DiskOperation(DiskCall.Create, path, 0, 0);
                Record(operation);
                node = Create(path, ++_lastFile);
                Enter(operation, node.Number);
            }
            else if (how == DiskOpen.CreateNew)
            {
                throw new IOException($"The file {path} exists.");
            }

            return new OpenFile(this, node, path);
        }
    }

    /// <inheritdoc/>
    public void CreateDirectory(string path) => DurableDirectory.Create(this, path);

    /// <inheritdoc/>
    public bool HasDirectory(string path)
    {
        lock (_gate)
            return _directories.Contains(path) || path == "/" || _names.Keys.Any(n => n.StartsWith(path + "/", StringComparison.Ordinal));
    }

    /// <inheritdoc/>
    public void MakeDirectory(string path)
    {
        lock (_gate)
        {
            var operation = new DiskOperation(DiskCall.MakeDirectory, path, 0, 0);
            Record(operation);
            if (_directories.Add(path))
                _pendingNames.Add((path, DirectoryNode));
            Enter(operation, file: 0);
        }
    }

    /// <inheritdoc/>
    public void FlushDirectory(string path)
    {
        lock (_gate)
        {
            var operation = new DiskOperation(DiskCall.FlushDirectory, path, 0, 0);
            Record(operation);
            MakeNamesDurable(path);
            Enter(operation, file: 0);
        }
    }

    /// <inheritdoc/>
    public void Rename(string from, string to)
    {
        lock (_gate)
        {
            var operation = new DiskOperation(DiskCall.Rename, to, 0, 0);
            Record(operation);
            Move(from, to);
            Enter(operation, file: 0, from: from);
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
    public void Link(string path, string secondPath)
    {
        lock (_gate)
        {
            if (!_names.TryGetValue(path, out var node))
                throw new FileNotFoundException($"There is no file {path}.", path);
            if (_names.ContainsKey(secondPath))
                return;
            var operation = new DiskOperation(DiskCall.Link, secondPath, 0, 0);
            Record(operation);
            Name(secondPath, node);
            Enter(operation, node.Number, from: path);
        }
    }

    /// <inheritdoc/>
    public void Delete(string path)
    {
        lock (_gate)
        {
            if (!_names.ContainsKey(path))
                return;
            var operation = new DiskOperation(DiskCall.Delete, path, 0, 0);
            Record(operation);
            Name(path, null);
            Enter(operation, file: 0);
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
                    .Select(n => new DiskEntry(n.Key, n.Value.Content.Length)),
            ];
        }
    }

    /// <inheritdoc/>
    public long FreeBytes(string path)
    {
        lock (_gate)
            return CapacityBytes - _names.Values.Sum(n => (long)n.Content.Length);
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

    private void Enter(DiskOperation operation, int file, byte[]? bytes = null, string? from = null, object? note = null)
    {
        if (KeepsJournal)
            _journal.Add(new DiskJournalEntry(operation, file, bytes, from, note));
    }

    private Node Create(string path, int file)
    {
        var node = new Node(file, []);
        _files[file] = node;
        Name(path, node);
        return node;
    }

    private void Move(string from, string to)
    {
        if (!_names.TryGetValue(from, out var node))
            throw new FileNotFoundException($"There is no file {from}.", from);
        Name(to, node);
        Name(from, null);
    }

    private void Name(string path, Node? node)
    {
        if (node is null)
            _names.Remove(path);
        else
            _names[path] = node;
        _pendingNames.Add((path, node));
    }

    private void MakeNamesDurable(string directory)
    {
        foreach (var (path, node) in _pendingNames.Where(n => IsIn(n.Path, directory)))
            Set(_durableNames, _durableDirectories, path, node);
        _pendingNames.RemoveAll(n => IsIn(n.Path, directory));
    }

    private (Dictionary<string, Node> Names, HashSet<string> Directories) NamesLeft(Leftover leftover, Random random)
    {
        if (leftover is Leftover.Everything or Leftover.TornWrites)
            return (_names, _directories);
        var names = new Dictionary<string, Node>(_durableNames, StringComparer.Ordinal);
        var directories = new HashSet<string>(_durableDirectories, StringComparer.Ordinal);
        if (leftover == Leftover.Scattered)
        {
            foreach (var (path, node) in _pendingNames.Take(random.Next(_pendingNames.Count + 1)))
                Set(names, directories, path, node);
        }

        // What lies in a directory that is gone is gone with it.
        var gone = _directories.Where(d => !directories.Contains(d)).ToList();
        bool IsGone(string path) => gone.Any(d => path.StartsWith(d + "/", StringComparison.Ordinal));
        directories.RemoveWhere(IsGone);
        return (names.Where(n => !IsGone(n.Key)).ToDictionary(StringComparer.Ordinal), directories);
    }

    private static void Set(Dictionary<string, Node> names, HashSet<string> directories, string path, Node? node)
    {
        if (node is null)
            names.Remove(path);
        else if (node == DirectoryNode)
            directories.Add(path);
        else
            names[path] = node;
    }

    /// <summary>Bytes that grow.</summary>
    private sealed class Content(byte[] bytes)
    {
        private byte[] _bytes = bytes;

        public int Length { get; private set; } = bytes.Length;

        public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, Length);

        public byte[] ToArray() => Span.ToArray();

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            if (offset + bytes.Length > Length)
                SetLength(offset + bytes.Length);
            bytes.CopyTo(_bytes.AsSpan((int)offset));
        }

        public void SetLength(long length)
        {
            if (length > _bytes.Length)
                Array.Resize(ref _bytes, Math.Max((int)length, _bytes.Length * 2));
            if (length > Length)
                _bytes.AsSpan(Length, (int)length - Length).Clear();
            Length = (int)length;
        }
    }

    private sealed class Node(int number, byte[] durable)
    {
        /// <summary>Changes since the last flush: bytes at an offset, or a new length when the bytes are null.</summary>
        private readonly List<(long Offset, byte[]? Bytes)> _unflushed = [];

        public int Number { get; } = number;

        public Content Content { get; } = new([.. durable]);

        public byte[] Durable { get; private set; } = durable;

        public void Write(long offset, byte[] bytes)
        {
            Content.Write(offset, bytes);
            _unflushed.Add((offset, bytes));
        }

        public void SetLength(long length)
        {
            Content.SetLength(length);
            _unflushed.Add((length, null));
        }

        public void Flush()
        {
            Durable = Content.ToArray();
            _unflushed.Clear();
        }

        public Node Copy()
        {
            var copy = new Node(Number, Durable);
            copy.Content.SetLength(0);
            copy.Content.Write(0, Content.Span);
            copy._unflushed.AddRange(_unflushed);
            return copy;
        }

        public byte[] Torn(Random random)
        {
            var content = new Content([.. Durable]);
            var whole = random.Next(_unflushed.Count + 1);
            for (var i = 0; i < _unflushed.Count && i <= whole; i++)
                Redo(content, _unflushed[i], i < whole ? null : random);
            return content.ToArray();
        }

        public byte[] Scattered(Random random)
        {
            var content = new Content([.. Durable]);
            foreach (var change in _unflushed)
            {
                if (random.Next(3) is var fate and > 0)
                    Redo(content, change, fate == 1 ? null : random);
            }

            return content.ToArray();
        }

        private static void Redo(Content content, (long Offset, byte[]? Bytes) change, Random? torn)
        {
            if (change.Bytes is null)
                content.SetLength(change.Offset);
            else
                content.Write(change.Offset, torn is null ? change.Bytes : change.Bytes.AsSpan(0, torn.Next(change.Bytes.Length + 1)));
        }
    }

    private sealed class OpenFile(FaultyDisk disk, Node node, string path) : IDiskFile
    {
        public long Length
        {
            get
            {
                lock (disk._gate)
                    return node.Content.Length;
            }
        }

        public int Read(Span<byte> buffer, long offset)
        {
            lock (disk._gate)
            {
                var count = (int)Math.Clamp(node.Content.Length - offset, 0, buffer.Length);
                if (count > 0)
                    node.Content.Span.Slice((int)offset, count).CopyTo(buffer);
                return count;
            }
        }

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            lock (disk._gate)
            {
                try
                {
                    disk.Record(new DiskOperation(DiskCall.Write, path, offset, bytes.Length));
                    if (bytes.Length > disk.FreeBytes(path))
                        throw new IOException("No space left on device.");
                }
                catch (IOException)
                {
                    Keep(bytes[..(bytes.Length / 2)].ToArray(), offset);
                    throw;
                }

                Keep(bytes.ToArray(), offset);
            }
        }

        public void SetLength(long length)
        {
            lock (disk._gate)
            {
                var operation = new DiskOperation(DiskCall.SetLength, path, length, 0);
                disk.Record(operation);
                node.SetLength(length);
                disk.Enter(operation, node.Number);
            }
        }

        public void Flush()
        {
            lock (disk._gate)
            {
                var operation = new DiskOperation(DiskCall.Flush, path, 0, 0);
                disk.Record(operation);
                node.Flush();
                disk.Enter(operation, node.Number);
            }
        }

        public void Dispose()
        {
        }

        private void Keep(byte[] bytes, long offset)
        {
            node.Write(offset, bytes);
            disk.Enter(new DiskOperation(DiskCall.Write, path, offset, bytes.Length), node.Number, bytes);
        }
    }
}
