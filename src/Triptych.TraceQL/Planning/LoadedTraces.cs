using Triptych.Primitives.Memory;

namespace Triptych.TraceQL.Planning;

/// <summary>
/// The spans of some traces, grouped. Several fragments of a trace (head, blocks) are one here, and a span that came twice (equal
/// span id and kind) is one.
/// Where no span starts for longer than <see cref="TraceLoader.ReachNanos"/>, a trace ends and another of its id begins: what an id's traces are
/// follows from its spans alone, not from what else is loaded, or stored, beside them.
/// </summary>
internal sealed class LoadedTraces : IDisposable
{
    private const int SmallTrace = 32;

    private readonly HashSet<(ulong SpanId, byte Kind)> _seen = [];
    private readonly SpanTable _table;
    private readonly NativeList<int> _order;
    private readonly NativeList<int> _ends;
    private readonly NativeList<Range> _parts;

    public LoadedTraces(SpanTable table, IReadOnlyList<CandidateTrace> candidates, MemoryBudget budget)
    {
        var traceCount = candidates.Count;
        _table = table;
        _order = new NativeList<int>(budget);
        _ends = new NativeList<int>(budget);
        _parts = new NativeList<Range>(budget);
        if (!_order.TryResize(table.Count) || !_ends.TryResize(traceCount + 1) || !_parts.TryResize(traceCount))
        {
            Dispose();
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

        var (first, last) = (long.MaxValue, long.MinValue);
        for (var trace = 0; trace < traceCount; trace++)
        {
            var start = trace == 0 ? 0 : _ends[trace - 1];
            var rows = _order.Span[start.._ends[trace]];
            SortByStart(rows);
            var part = PartAround(rows, candidates[trace]);
            _parts[trace] = (start + part.Start.Value)..(start + part.End.Value);
            if (part.Start.Value < part.End.Value)
            {
                first = Math.Min(first, table[rows[part.Start.Value]].StartUnixNanos);
                last = Math.Max(last, table[rows[part.End.Value - 1]].StartUnixNanos);
            }
        }

        Extent = (first, last);
    }

    /// <summary>The first and the last start of a span of all traces, Unix nanoseconds; the first is after the last where there is none.</summary>
    public (long FirstUnixNanos, long LastUnixNanos) Extent { get; }

    /// <summary>The first start of a span of the id with this number; the last there is where none was found.</summary>
    public long FirstStartOf(int trace) => _order.Span[_parts[trace]] is [var first, ..] ? _table[first].StartUnixNanos : long.MaxValue;

    /// <summary>The traces of the id with this number, newest first; of each its spans by start.</summary>
    public IEnumerable<TraceView> Views(int trace)
    {
        for (var part = _parts[trace]; part.Start.Value < part.End.Value;)
        {
            var start = StartOfLast(_order.Span[part]) + part.Start.Value;
            yield return View(_order.Span[start..part.End]);
            part = part.Start..start;
        }
    }

    public void Dispose()
    {
        _order.Dispose();
        _ends.Dispose();
        _parts.Dispose();
    }

    private TraceView View(ReadOnlySpan<int> rows)
    {
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

    /// <summary>Of rows by start those of the traces that have a span in the candidate's time.</summary>
    private Range PartAround(ReadOnlySpan<int> rows, CandidateTrace candidate)
    {
        var start = 0;
        for (var i = 1; i < rows.Length; i++)
        {
            if (!IsGap(rows[i - 1], rows[i]))
            {
                continue;
            }

            if (_table[rows[i]].StartUnixNanos > candidate.MaxUnixNanos)
            {
                return start..i;
            }

            start = _table[rows[i]].StartUnixNanos <= candidate.MinUnixNanos ? i : start;
        }

        return start..rows.Length;
    }

    private int StartOfLast(ReadOnlySpan<int> rows)
    {
        var start = rows.Length - 1;
        while (start > 0 && !IsGap(rows[start - 1], rows[start]))
        {
            start--;
        }

        return start;
    }

    // Starts are any 64 bits, so that the difference may not fit with its sign.
    private bool IsGap(int earlier, int later) =>
        (ulong)(_table[later].StartUnixNanos - _table[earlier].StartUnixNanos) > (ulong)TraceLoader.ReachNanos;

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

    /// <summary>By start, then id, then kind. Small traces, mostly in order already, are sorted by insertion.</summary>
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
        if (order == 0)
        {
            order = left.SpanId.CompareTo(right.SpanId);
        }

        // Client and server share an id where the senders' tracer does so.
        return order != 0 ? order : left.Kind.CompareTo(right.Kind);
    }
}
