using System.Runtime.InteropServices;
using Triptych.Primitives.Memory;

namespace Triptych.Metrics.Head;

/// <summary>
/// The times of samples, shared by all series that have the same: a node is a time and the node before it, and the times of a series are those from the root
/// to the node where it stands. What a target sends at one time costs one node, however many series it has; a series with times of its own costs a node a
/// sample. Nodes never move nor change what readers see of them: one writer at a time, readers beside it with <see cref="Open"/>.
/// </summary>
internal sealed class TimeTree(SlabArena arena, MemoryBudget budget)
{
    /// <summary>Stands for no node: where a series without samples stands.</summary>
    public const int None = -1;

    private const int NodesPerPage = 256;
    private const int NodeBytes = 16;

    private ArenaRef[] _pages = [];
    private int _count;
    private int _lastRoot = None;

    // What was asked last: series of one target follow each other.
    private (int Before, long TimestampMs, int Node) _last = (None, 0, None);

    /// <summary>Nodes so far.</summary>
    public int Count => _count;

    /// <summary>The node of a time behind another.</summary>
    /// <param name="before">Where the series stands; <see cref="None"/> at its beginning.</param>
    /// <param name="timestampMs">Unix milliseconds, later than that of <paramref name="before"/>.</param>
    /// <exception cref="MemoryBudgetExceededException">There is no memory for another; nothing changed.</exception>
    public int Next(int before, long timestampMs)
    {
        if (_last.Node != None && _last.Before == before && _last.TimestampMs == timestampMs) return _last.Node;

        // Of those behind a node only the newest is looked at: a second one with the same time is no error, it only shares less.
        var newest = before == None ? _lastRoot : NodeAt(before).NewestAfter;
        if (newest == None || NodeAt(newest).TimestampMs != timestampMs) newest = Add(before, timestampMs);
        _last = (before, timestampMs, newest);
        return newest;
    }

    /// <summary>What reads the nodes that there are now, beside the writer.</summary>
    public Reader Open() => new(arena, _pages);

    private int Add(int before, long timestampMs)
    {
        var page = _count / NodesPerPage;
        if (page * NodesPerPage == _count)
        {
            if (!arena.TryAllocate(NodesPerPage * NodeBytes, out var added, out _)) throw new MemoryBudgetExceededException(budget, NodesPerPage * NodeBytes);

            // Readers keep the array that they were given.
            if (page == _pages.Length) Array.Resize(ref _pages, Math.Max(8, page * 2));
            _pages[page] = added;
        }

        var node = _count++;
        NodeAt(node) = new Node(timestampMs, before, None);
        if (before == None) _lastRoot = node;
        else NodeAt(before).NewestAfter = node;
        return node;
    }

    private ref Node NodeAt(int node) =>
        ref MemoryMarshal.Cast<byte, Node>(arena.Edit(_pages[node / NodesPerPage]))[node % NodesPerPage];

    private record struct Node(long TimestampMs, int Before, int NewestAfter);

    /// <summary>Reads nodes without the writer's lock.</summary>
    internal readonly struct Reader(SlabArena arena, ArenaRef[] pages)
    {
        /// <summary>Fills in the times that end with a node, as many as there is room for.</summary>
        public void Read(int node, Span<long> timestampsMs)
        {
            for (var i = timestampsMs.Length - 1; i >= 0; i--)
            {
                ref readonly var at = ref MemoryMarshal.Cast<byte, Node>(arena.Read(pages[node / NodesPerPage]))[node % NodesPerPage];
                timestampsMs[i] = at.TimestampMs;
                node = at.Before;
            }
        }
    }
}
