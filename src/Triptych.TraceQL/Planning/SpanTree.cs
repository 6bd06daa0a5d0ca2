namespace Triptych.TraceQL.Planning;

/// <summary>
/// Who is whose parent within a trace. A span whose parent is not there hangs nowhere; loops of parents, which only broken
/// clients send, end every walk.
/// </summary>
internal sealed class SpanTree
{
    /// <summary>OTLP's numbers of the kinds.</summary>
    public const byte Server = 2;

    /// <inheritdoc cref="Server"/>
    public const byte Client = 3;

    private readonly int[] _parents;
    private readonly int[] _childCounts;
    private readonly TraceView _trace;
    private (int Left, int Right, int Parent)[]? _nestedSets;

    public SpanTree(TraceView trace)
    {
        _trace = trace;
        _parents = new int[trace.Count];
        _childCounts = new int[trace.Count];
        var byId = new Dictionary<ulong, int>(trace.Count);
        var sharedByClient = new Dictionary<ulong, int>();
        for (var span = 0; span < trace.Count; span++)
        {
            if (byId.TryAdd(trace[span].SpanId, span))
            {
                continue;
            }

            // Where a client's and a server's span share an id, what they called hangs below the server's.
            var first = byId[trace[span].SpanId];
            var (client, server) = trace[span].Kind == Server ? (first, span) : (span, first);
            if (trace[client].Kind == Client && trace[server].Kind == Server)
            {
                sharedByClient[trace[span].SpanId] = client;
                byId[trace[span].SpanId] = server;
            }
        }

        for (var span = 0; span < trace.Count; span++)
        {
            _parents[span] = FindParent(trace, byId, sharedByClient, span);
            if (_parents[span] >= 0)
            {
                _childCounts[_parents[span]]++;
            }
        }
    }

    /// <summary>The parent's number, or -1.</summary>
    public int ParentOf(int span) => _parents[span];

    public int ChildCount(int span) => _childCounts[span];

    /// <summary>
    /// Nested sets by depth-first numbers from 1, with the parent's left number: -1 for a root. Spans that hang nowhere have 0 in all three.
    /// </summary>
    public ReadOnlySpan<(int Left, int Right, int Parent)> NestedSets => _nestedSets ??= NumberSpans();

    /// <summary>For each span whether one of its ancestors is in the set.</summary>
    public bool[] BelowOf(bool[] set)
    {
        var below = new bool[_parents.Length];
        var known = new bool[_parents.Length];
        var path = new List<int>();
        for (var span = 0; span < _parents.Length; span++)
        {
            path.Clear();
            var verdict = false;
            for (var at = span; at >= 0; at = _parents[at])
            {
                if (known[at])
                {
                    verdict = below[at];
                    break;
                }

                // Marked at once, so that a loop of parents ends here.
                known[at] = true;
                path.Add(at);
                if (_parents[at] >= 0 && set[_parents[at]])
                {
                    verdict = true;
                    break;
                }
            }

            // From the top down: a member of the set above makes all below it true.
            for (var i = path.Count - 1; i >= 0; i--)
            {
                verdict |= _parents[path[i]] >= 0 && set[_parents[path[i]]];
                below[path[i]] = verdict;
            }
        }

        return below;
    }

    /// <summary>For each span whether one of its descendants is in the set.</summary>
    public bool[] AboveOf(bool[] set)
    {
        var above = new bool[_parents.Length];
        for (var span = 0; span < _parents.Length; span++)
        {
            if (!set[span])
            {
                continue;
            }

            for (var at = _parents[span]; at >= 0 && !above[at]; at = _parents[at])
            {
                above[at] = true;
            }
        }

        return above;
    }

    private static int FindParent(TraceView trace, Dictionary<ulong, int> byId, Dictionary<ulong, int> sharedByClient, int span)
    {
        ref var row = ref trace[span];

        // A server's span that shares its id with the client's is the client's child.
        if (row.Kind == Server && sharedByClient.TryGetValue(row.SpanId, out var client))
        {
            return client;
        }

        return row.ParentId != 0 && byId.TryGetValue(row.ParentId, out var parent) && parent != span ? parent : -1;
    }

    private (int Left, int Right, int Parent)[] NumberSpans()
    {
        var sets = new (int Left, int Right, int Parent)[_parents.Length];
        var firstChild = new int[_parents.Length];
        var nextSibling = new int[_parents.Length];
        Array.Fill(firstChild, -1);
        for (var span = _parents.Length - 1; span >= 0; span--)
        {
            if (_parents[span] >= 0)
            {
                nextSibling[span] = firstChild[_parents[span]];
                firstChild[_parents[span]] = span;
            }
        }

        var number = 0;
        var open = new Stack<int>();
        for (var root = 0; root < _parents.Length; root++)
        {
            if (_trace[root].ParentId != 0 || _parents[root] >= 0)
            {
                continue;
            }

            sets[root] = (++number, 0, -1);
            open.Push(root);
            while (open.Count > 0)
            {
                var span = open.Peek();
                var child = firstChild[span];
                if (child < 0)
                {
                    sets[open.Pop()].Right = ++number;
                    continue;
                }

                firstChild[span] = nextSibling[child];
                sets[child] = (++number, 0, sets[span].Left);
                open.Push(child);
            }
        }

        return sets;
    }
}
