using Triptych.Primitives.Memory;

namespace Triptych.TraceQL.Planning;

/// <summary>
/// The spans of some traces, grouped. Several fragments of a trace (head, blocks) are one here, and a span that came twice (equal
/// span id and kind) is one.
/// </summary>
internal sealed class LoadedTraces : IDisposable
{
    private const int SmallTrace = 32;

    private readonly HashSet<(ulong SpanId, byte Kind)> _seen = [];
    private readonly SpanTable _table;
    private readonly NativeList<int> _order;
    private readonly NativeList<int> _ends;

    public LoadedTraces(SpanTable table, int traceCount, MemoryBudget budget)
    {
        _table = table;
        _order = new NativeList<int>(budget);
        _ends = new NativeList<int>(budget);
        if (!_order.TryResize(table.Count) || !_ends.TryResize(traceCount + 1))
        {
            throw new MemoryBudgetExceededException(budget, table.Count * 4L);
        }

        // Counting sort by trace: afterwards _ends[t] is where the rows of trace t end.
        for (var row = 0; row < table.Count; row++)
        {
            _ends[table[row].Trace + 1]++;
        }

        for (var trace = 1; trace <= traceCount; trace++)
        {
            _ends[trace] += _ends[trace - 1];
        }

        for (var row = 0; row < table.Count; row++)
        {
            _order[_ends[table[row].Trace]++] = row;
        }
    }

    /// <summary>The trace with this number, its spans by start; null where none of its spans was found.</summary>
    public TraceView? View(int trace)
    {
        var start = trace == 0 ? 0 : _ends[trace - 1];
        var rows = _order.Span[start.._ends[trace]];
        if (rows.IsEmpty)
        {
            return null;
        }

        SortByStart(rows);
        var distinct = new List<int>(rows.Length);
        if (rows.Length <= SmallTrace)
        {
            AddDistinct(rows, distinct);
        }
        else
        {
            _seen.Clear();
            foreach (var row in rows)
            {
                if (_seen.Add((_table[row].SpanId, _table[row].Kind)))
                {
                    distinct.Add(row);
                }
            }
        }

        return new TraceView(_table, distinct);
    }

    public void Dispose()
    {
        _order.Dispose();
        _ends.Dispose();
    }

    private void AddDistinct(ReadOnlySpan<int> rows, List<int> distinct)
    {
        foreach (var row in rows)
        {
            var isKnown = false;
            foreach (var other in distinct)
            {
                isKnown |= _table[other].SpanId == _table[row].SpanId && _table[other].Kind == _table[row].Kind;
            }

            if (!isKnown)
            {
                distinct.Add(row);
            }
        }
    }

    /// <summary>By start, then id. Small traces, mostly in order already, are sorted by insertion.</summary>
    private void SortByStart(Span<int> rows)
    {
        if (rows.Length > SmallTrace)
        {
            rows.Sort(CompareRows);
            return;
        }

        for (var i = 1; i < rows.Length; i++)
        {
            var row = rows[i];
            var place = i;
            for (; place > 0 && CompareRows(rows[place - 1], row) > 0; place--)
            {
                rows[place] = rows[place - 1];
            }

            rows[place] = row;
        }
    }

    private int CompareRows(int a, int b)
    {
        ref var left = ref _table[a];
        ref var right = ref _table[b];
        var order = left.StartUnixNanos.CompareTo(right.StartUnixNanos);
        return order != 0 ? order : left.SpanId.CompareTo(right.SpanId);
    }
}
