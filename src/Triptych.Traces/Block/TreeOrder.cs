using Triptych.Primitives.Memory;

namespace Triptych.Traces.Block;

/// <summary>
/// Puts the spans of a trace, as far as they are here, in tree order: a parent before its children, children by their start. Spans whose parent is missing are roots; where parents form a circle, one
/// of them becomes a root. Where two spans have one id, the one that started first has the children. Time n log n, no recursion: neither depth nor size is bounded by anything but the head.
/// </summary>
internal sealed class TreeOrder : IDisposable
{
    private readonly NativeList<(ulong Id, int Node)> _byId;
    private readonly NativeList<Node> _nodes;

    public TreeOrder(MemoryBudget budget)
    {
        _byId = new NativeList<(ulong Id, int Node)>(budget);
        _nodes = new NativeList<Node>(budget);
    }

    /// <summary>Adds the spans of a trace, given in any order, to the rows of a row group; sorts them in place.</summary>
    public void Add(Span<TreeSpan> spans, NativeList<OrderedSpan> into)
    {
        if (spans.Length == 1)
        {
            into.Add(new OrderedSpan(spans[0].Row, -1, 1, 2));
            return;
        }

        spans.Sort(static (a, b) => a.StartUnixNanos != b.StartUnixNanos ? a.StartUnixNanos.CompareTo(b.StartUnixNanos) : a.Row.CompareTo(b.Row));
        FindParents(spans);
        BreakCircles();
        LinkChildren();
        var counter = 1;
        for (var node = 0; node < _nodes.Count; node++)
        {
            if (_nodes[node].Parent < 0) Walk(node, spans, into, ref counter);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _byId.Dispose();
        _nodes.Dispose();
    }

    private void FindParents(ReadOnlySpan<TreeSpan> spans)
    {
        _byId.Clear();
        _nodes.Clear();
        for (var i = 0; i < spans.Length; i++) _byId.Add((spans[i].Id, i));
        _byId.Span.Sort();
        for (var i = 0; i < spans.Length; i++)
        {
            var parent = spans[i].ParentId == 0 ? -1 : Find(spans[i].ParentId);
            _nodes.Add(new Node { Parent = parent == i ? -1 : parent, FirstChild = -1, NextSibling = -1, Row = -1 });
        }
    }

    private int Find(ulong id)
    {
        var sorted = _byId.Span;
        var (low, high) = (0, sorted.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (sorted[middle].Id < id) low = middle + 1;
            else high = middle;
        }

        return low < sorted.Length && sorted[low].Id == id ? sorted[low].Node : -1;
    }

    private void BreakCircles()
    {
        for (var start = 0; start < _nodes.Count; start++)
        {
            for (var node = start; _nodes[node].Walk == 0; node = _nodes[node].Parent)
            {
                _nodes[node].Walk = start + 1;
                var parent = _nodes[node].Parent;
                if (parent < 0) break;
                if (_nodes[parent].Walk != start + 1) continue;
                _nodes[node].Parent = -1;
                break;
            }
        }
    }

    private void LinkChildren()
    {
        for (var node = _nodes.Count - 1; node >= 0; node--)
        {
            var parent = _nodes[node].Parent;
            if (parent < 0) continue;
            _nodes[node].NextSibling = _nodes[parent].FirstChild;
            _nodes[parent].FirstChild = node;
        }
    }

    private void Walk(int root, ReadOnlySpan<TreeSpan> spans, NativeList<OrderedSpan> into, ref int counter)
    {
        Enter(root, spans, into, ref counter);
        var node = root;
        while (true)
        {
            if (_nodes[node].FirstChild >= 0)
            {
                node = _nodes[node].FirstChild;
            }
            else
            {
                Leave(node, into, ref counter);
                while (node != root && _nodes[node].NextSibling < 0)
                {
                    node = _nodes[node].Parent;
                    Leave(node, into, ref counter);
                }

                if (node == root) return;
                node = _nodes[node].NextSibling;
            }

            Enter(node, spans, into, ref counter);
        }
    }

    private void Enter(int node, ReadOnlySpan<TreeSpan> spans, NativeList<OrderedSpan> into, ref int counter)
    {
        var parent = _nodes[node].Parent;
        _nodes[node].Row = into.Count;
        into.Add(new OrderedSpan(spans[node].Row, parent < 0 ? -1 : _nodes[parent].Row, counter++, 0));
    }

    private void Leave(int node, NativeList<OrderedSpan> into, ref int counter)
    {
        ref var span = ref into[_nodes[node].Row];
        span = span with { Right = counter++ };
    }

    private struct Node
    {
        public int Parent;
        public int FirstChild;
        public int NextSibling;
        public int Row;
        public int Walk;
    }
}

/// <summary>
/// What decides a span's place in the tree: its start, its ids as big-endian numbers (0: no parent), and its owner's number, which decides
/// between equal starts.
/// </summary>
internal readonly record struct TreeSpan(long StartUnixNanos, ulong Id, ulong ParentId, int Row);

/// <summary>A row of a row group to come: its owner's number of the span, the row of its parent or -1, and its nested-set numbers.</summary>
internal readonly record struct OrderedSpan(int Row, int ParentRow, int Left, int Right);
