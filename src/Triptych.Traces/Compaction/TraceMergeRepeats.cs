using Triptych.Columnar.Rows;
using Triptych.Primitives.Memory;

namespace Triptych.Traces.Compaction;

/// <summary>
/// Leaves out spans that are there twice: of spans of one trace with the same id and kind that come from several row groups the first stays. Where the
/// spans of one trace are too many to be loaded at once, the ids of those that came before are kept. One thread.
/// </summary>
internal sealed class TraceMergeRepeats(MemoryBudget budget) : IDisposable
{
    // An entry of a hash set.
    private const int EntryBytes = 40;

    private readonly ScanCharge _charge = new(budget);
    private readonly HashSet<(ulong Id, short Kind)> _seen = [];
    private UInt128? _trace;

    /// <summary>Marks spans; they come in the order of their steps, and those of one step in the order in which it is cut.</summary>
    public void Drop(TraceMergeSpans spans)
    {
        // First the trace that goes on with what came before, whose ids are still known.
        for (var isContinued = true; ; isContinued = false)
        {
            for (var first = 0; first < spans.Spans.Length;)
            {
                var end = spans.EndOfTrace(first);
                if (IsContinued(spans, first) == isContinued) Drop(spans, first, end);
                first = end;
            }

            if (!isContinued) return;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _charge.Dispose();

    private static bool IsContinued(TraceMergeSpans spans, int index) => spans.After is { } after && after.TraceId == spans.Spans[index].TraceId;

    private void Drop(TraceMergeSpans spans, int first, int end)
    {
        var id = spans.Spans[first].TraceId;
        var isCut = IsContinued(spans, first) || (spans.Left is { } left && left.After.TraceId == id);
        var isInSeveral = isCut ? spans.Groups.Count > 1 : spans.Spans[first].Source != spans.Spans[end - 1].Source;
        if (!isInSeveral) return;
        if (_trace != id)
        {
            _seen.Clear();
            _charge.Set(0);
            _trace = id;
        }

        // Behind the last row group none comes that could have its spans again, and within one no span is there twice.
        var last = spans.Groups.Count - 1;
        foreach (ref var span in spans.Spans[first..end])
        {
            if (span.Source == last) span.IsDropped = _seen.Contains((span.Id, span.Kind));
            else if (_seen.Add((span.Id, span.Kind))) _charge.Add(EntryBytes);
            else span.IsDropped = true;
        }
    }
}
