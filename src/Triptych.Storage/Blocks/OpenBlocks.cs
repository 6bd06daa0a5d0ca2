using Triptych.Storage.Catalog;

namespace Triptych.Storage.Blocks;

/// <summary>What is kept of an open block: its footer, its index, whatever a store finds worth keeping.</summary>
public interface IOpenBlock
{
    /// <summary>About how much memory it holds, in bytes.</summary>
    long SizeBytes { get; }
}

/// <summary>
/// Opened blocks, so that footers and indexes are read once. Bounded in bytes: the block that was used least recently goes first. What is
/// dropped is left to the garbage collector, for queries may still
/// use it, so that an open block holds managed memory only. A block that could not be opened is tried again by the next query. Any thread
/// may call.
/// </summary>
public sealed class OpenBlocks<T>(Func<BlockMeta, CancellationToken, ValueTask<T>> open, long limitBytes)
    where T : class, IOpenBlock
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = new();
    private long _sizeBytes;

    /// <summary>What may be kept, in bytes; a single block that is larger is kept all the same.</summary>
    public long LimitBytes => limitBytes;

    /// <summary>Memory that the kept blocks hold, in bytes.</summary>
    public long SizeBytes => Interlocked.Read(ref _sizeBytes);

    /// <summary>The open block; opens it when it is not kept. Two callers at once may both open it, and one result is kept.</summary>
    public async ValueTask<T> GetAsync(BlockMeta block, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(block.Id, out var node))
            {
                _byUse.Remove(node);
                _byUse.AddFirst(node);
                return node.Value.Block;
            }
        }

        var opened = await open(block, cancellationToken);
        lock (_lock)
        {
            if (_entries.TryGetValue(block.Id, out var other)) return other.Value.Block;
            _entries[block.Id] = _byUse.AddFirst(new Entry(block.Id, opened, opened.SizeBytes));
            _sizeBytes += opened.SizeBytes;
            while (_sizeBytes > limitBytes && _byUse.Last is { } last && last != _byUse.First)
            {
                _byUse.RemoveLast();
                _entries.Remove(last.Value.Id);
                _sizeBytes -= last.Value.SizeBytes;
            }
        }

        return opened;
    }

    private sealed record Entry(Guid Id, T Block, long SizeBytes);
}
