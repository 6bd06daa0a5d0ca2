using Triptych.Primitives.Memory;
using Triptych.Storage.References;
using Triptych.Traces.Compaction;

namespace Triptych.Traces.Sampling;

/// <summary>The traces that a merge leaves out. One thread; the owner disposes it.</summary>
internal sealed class TraceSample : IDisposable
{
    private readonly TraceIdSet _ids;

    // By number of the id: the row group that has all of it, or -1.
    private readonly NativeList<int> _places;
    private readonly HashSet<(int Input, int RowGroup)> _touched = [];
    private SampledCounts _told;
    private long _tracesLeftOut;
    private bool _isFull;

    /// <param name="budget">Charged with ids.</param>
    public TraceSample(MemoryBudget budget)
    {
        _ids = new TraceIdSet(budget);
        _places = new NativeList<int>(budget);
    }

    /// <summary>The ids that were thought of; those with a mark are kept.</summary>
    public TraceIdSet Ids => _ids;

    /// <summary>Whether any trace is left out.</summary>
    public bool DropsAny { get; private set; }

    /// <summary>Spans that were left out so far.</summary>
    public long SpansLeftOut { get; private set; }

    /// <summary>Row groups that have such a trace as a whole; of others, all parts are known to lie in several.</summary>
    public IReadOnlySet<(int Input, int RowGroup)> RowGroups => _touched;

    /// <summary>Adds a trace that may be left out. False when memory is too short.</summary>
    /// <param name="id">Which.</param>
    /// <param name="place">Number of its row group; -1 when it lies in several.</param>
    public bool TryAdd(UInt128 id, int place)
    {
        // Once one found no room no other is taken, so that places stay in step with ids.
        var before = _ids.Count;
        if (_isFull || !_ids.TryAdd(id))
        {
            _isFull = true;
            return false;
        }

        // An id that comes twice is more than was thought: it stays.
        if (_ids.Count == before)
        {
            _ids.Mark(id, KeptBy.Elsewhere);
            return true;
        }

        if (_places.TryAdd(place)) return true;
        _ids.Mark(id, KeptBy.Memory);
        _isFull = true;
        return false;
    }

    /// <summary>From here on it is known what is left out.</summary>
    /// <param name="places">Row groups by number.</param>
    public void Settle(IReadOnlyList<(int Input, int RowGroup)> places)
    {
        for (var i = 0; i < _ids.Count; i++)
        {
            if (_ids.MarksOf(i) != 0) continue;
            DropsAny = true;
            if (i < _places.Count && _places[i] >= 0) _touched.Add(places[_places[i]]);
        }
    }

    /// <summary>Marks the spans of a step that go, and counts them.</summary>
    public void Drop(TraceMergeSpans spans)
    {
        if (!DropsAny) return;
        for (var first = 0; first < spans.Spans.Length;)
        {
            var end = spans.EndOfTrace(first);
            var id = spans.Spans[first].TraceId;
            if (_ids.IndexOf(id) is var index and >= 0 && _ids.MarksOf(index) == 0)
            {
                // Of a trace that is cut over several loads only the first counts.
                if (spans.After is not { } after || after.TraceId != id) _tracesLeftOut++;
                foreach (ref var span in spans.Spans[first..end])
                {
                    if (!span.IsDropped) SpansLeftOut++;
                    span.IsDropped = true;
                }
            }

            first = end;
        }
    }

    /// <summary>What was left out since the last call.</summary>
    public SampledCounts Take()
    {
        var before = _told;
        _told = new SampledCounts(_tracesLeftOut, SpansLeftOut);
        return new SampledCounts(_told.Traces - before.Traces, _told.Spans - before.Spans);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ids.Dispose();
        _places.Dispose();
    }
}

/// <summary>Why a trace that no policy keeps stays all the same: marks of <see cref="TraceSample.Ids"/>.</summary>
internal static class KeptBy
{
    /// <summary>It is the one example of its route in some time.</summary>
    public const byte Example = 1;

    /// <summary>A part of it lies, or may lie, in a head or in a block that is not being merged.</summary>
    public const byte Elsewhere = 2;

    /// <summary>Something refers to it.</summary>
    public const byte Reference = 4;

    /// <summary>Memory was too short to think about it.</summary>
    public const byte Memory = 8;
}
