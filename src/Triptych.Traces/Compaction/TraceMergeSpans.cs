using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Primitives.Memory;
using Triptych.Storage.Compaction;
using Triptych.Traces.Attributes;
using Triptych.Traces.Block;

namespace Triptych.Traces.Compaction;

/// <summary>A span of a step: its ids as big-endian numbers, and where it lies.</summary>
[StructLayout(LayoutKind.Sequential)]
internal record struct MergeSpan
{
    /// <summary>Trace id.</summary>
    public UInt128 TraceId;

    /// <summary>Smallest start of its trace, also of parts and spans that are left out.</summary>
    public long TraceStart;

    /// <summary>Its start, Unix nanoseconds.</summary>
    public long Start;

    /// <summary>Span id.</summary>
    public ulong Id;

    /// <summary>The parent's span id; 0 for none.</summary>
    public ulong ParentId;

    /// <summary>Number of the row group among those of the step.</summary>
    public int Source;

    /// <summary>Row in it.</summary>
    public int Row;

    /// <summary>The merge's number of its resource.</summary>
    public int Resource;

    /// <summary>Its kind.</summary>
    public short Kind;

    /// <summary>Whether it is left out.</summary>
    public bool IsDropped;
}

/// <summary>
/// The spans of the traces of one step, by trace id and then as they were acknowledged. Where a step has more spans than there is memory for, those
/// that come first by start of the trace, trace and place, whole traces as long as one fits, and where to go on. Owned by the merge that loaded it.
/// </summary>
internal sealed class TraceMergeSpans : ISliceRows
{
    private static readonly (string Column, Setter Set)[] Setters =
    [
        (TraceBlockSchema.Start, static (ref MergeSpan span, TraceMergeInput _, DecodedColumn column, int row) => span.Start = column.Int64s[row]),
        (TraceBlockSchema.SpanId, static (ref MergeSpan span, TraceMergeInput _, DecodedColumn column, int row) => span.Id = Number(column, row)),
        (TraceBlockSchema.ParentSpanId, static (ref MergeSpan span, TraceMergeInput _, DecodedColumn column, int row) =>
            span.ParentId = Number(column, row)),
        (TraceBlockSchema.Kind, static (ref MergeSpan span, TraceMergeInput _, DecodedColumn column, int row) => span.Kind = (short)column.Int32s[row]),
        (TraceBlockSchema.Resource, static (ref MergeSpan span, TraceMergeInput input, DecodedColumn column, int row) =>
            span.Resource = input.ResourceOf(column.Int32s[row])),
    ];

    private readonly NativeList<MergeSpan> _spans;
    private readonly MemoryBudget _budget;
    private readonly MergeSpan? _after;
    private readonly int _mostSpans;
    private MergeSpan? _before;

    private TraceMergeSpans(
        SliceStep step, MergeSpan? after, IReadOnlyList<TraceMergeInput> inputs, List<(int Input, int RowGroup)> places, MemoryBudget budget)
    {
        Step = step;
        _after = after;
        Places = places;
        Inputs = [.. places.Select(p => inputs[p.Input])];
        Groups = [.. places.Select(p => inputs[p.Input].Block.File.RowGroups[p.RowGroup])];
        _budget = budget;
        _mostSpans = MergeScale.MostRows(step, budget);
        _spans = new NativeList<MergeSpan>(budget);
    }

    /// <summary>The step.</summary>
    public SliceStep Step { get; }

    /// <summary>The last span of the step that was loaded before these.</summary>
    public MergeSpan? After => _after;

    /// <summary>What these spans leave of their step; null for nothing.</summary>
    public Rest? Left { get; private set; }

    /// <summary>The row groups that spans come from: number of the input, and of the row group in it.</summary>
    public IReadOnlyList<(int Input, int RowGroup)> Places { get; }

    /// <summary>The same row groups.</summary>
    public IReadOnlyList<RowGroupReader> Groups { get; }

    /// <summary>By row group, its input.</summary>
    public IReadOnlyList<TraceMergeInput> Inputs { get; }

    /// <summary>The columns that hold attributes of a source's spans.</summary>
    public GroupAttributes AttributesOf(int source) => Inputs[source].Block.AttributesOf(Places[source].RowGroup);

    /// <summary>The spans; those left out are gone after <see cref="Settle"/>.</summary>
    public Span<MergeSpan> Spans => _spans.Span;

    /// <summary>Whether there is nothing to write.</summary>
    public bool IsEmpty => !Step.IsCopy && _spans.Count == 0;

    /// <summary>Reads spans of a step: all, or as many as there is memory for. Of a row group that is to be copied it reads none.</summary>
    /// <param name="step">Which.</param>
    /// <param name="after">The last span of the step that was loaded before; null at its begin.</param>
    /// <param name="inputs">All inputs of the merge.</param>
    /// <param name="survey">Knows traces that lie in several row groups; null where each part of a trace is looked at by itself.</param>
    /// <param name="budget">Charged.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async ValueTask<TraceMergeSpans> LoadAsync(
        SliceStep step, MergeSpan? after, IReadOnlyList<TraceMergeInput> inputs, TraceSurvey? survey, MemoryBudget budget,
        CancellationToken cancellationToken)
    {
        var places = new SortedSet<(int Input, int RowGroup)>(step.Sources.Select(s => (s.Input, s.RowGroup)));
        var own = places.ToHashSet();
        if (!step.IsCopy && survey is not null)
        {
            foreach (var part in survey.PartsIn(step.From, step.To)) places.Add((part.Input, part.RowGroup));
        }

        var spans = new TraceMergeSpans(step, after, inputs, [.. places], budget);
        if (step.IsCopy) return spans;
        try
        {
            if (survey is not null) spans.AddParts(survey);
            for (var source = 0; source < spans.Places.Count; source++)
            {
                if (own.Contains(spans.Places[source])) await spans.AddAsync(source, survey, cancellationToken);
            }

            spans.Cut();
            await spans.ReadAsync(cancellationToken);
            spans._spans.Span.Sort(CompareInTrace);
            return spans;
        }
        catch
        {
            spans.Dispose();
            throw;
        }
    }

    /// <summary>Removes the spans that are left out.</summary>
    public void Settle()
    {
        var kept = 0;
        foreach (ref var span in _spans.Span)
        {
            if (!span.IsDropped) _spans[kept++] = span;
        }

        _spans.TryResize(kept);
    }

    /// <summary>The first span behind a trace that begins at <paramref name="first"/>.</summary>
    public int EndOfTrace(int first)
    {
        var end = first + 1;
        while (end < _spans.Count && _spans[end].TraceId == _spans[first].TraceId) end++;
        return end;
    }

    /// <inheritdoc/>
    public void Dispose() => _spans.Dispose();

    private static int CompareInTrace(MergeSpan a, MergeSpan b) => a.TraceId != b.TraceId
        ? a.TraceId.CompareTo(b.TraceId)
        : a.Source != b.Source ? a.Source.CompareTo(b.Source) : a.Row.CompareTo(b.Row);

    /// <summary>The order in which a step is cut: by the start of traces first, so that what is cut off are slices of time again.</summary>
    private static int CompareInCut(MergeSpan a, MergeSpan b) =>
        a.TraceStart != b.TraceStart ? a.TraceStart.CompareTo(b.TraceStart) : CompareInTrace(a, b);

    private void AddParts(TraceSurvey survey)
    {
        var sourceOf = new Dictionary<(int, int), int>();
        for (var source = 0; source < Places.Count; source++) sourceOf[Places[source]] = source;
        foreach (var part in survey.PartsIn(Step.From, Step.To))
        {
            Add(part.Id, part.TraceStart, sourceOf[(part.Input, part.RowGroup)], part.FirstRow, part.Count);
        }
    }

    private ValueTask AddAsync(int source, TraceSurvey? survey, CancellationToken cancellationToken) => Inputs[source].WalkAsync(
        Places[source].RowGroup,
        (id, first, count, start) =>
        {
            if (start >= Step.From && start <= Step.To && survey?.IsSplit(id) != true) Add(id, start, source, first, count);
        },
        _budget,
        cancellationToken);

    private void Add(UInt128 id, long traceStart, int source, int first, int count)
    {
        for (var row = first; row < first + count; row++)
        {
            var span = new MergeSpan { TraceId = id, TraceStart = traceStart, Source = source, Row = row };
            if ((_after is { } after && CompareInCut(span, after) <= 0) || (_before is { } before && CompareInCut(span, before) >= 0)) continue;
            _spans.Add(span);
            if (_spans.Count >= _mostSpans + (_mostSpans / 2)) KeepFirst();
        }
    }

    /// <summary>Cuts the spans down to those that come first; what comes behind them is not taken any more.</summary>
    private void KeepFirst()
    {
        _spans.Span.Sort(CompareInCut);
        _before = _spans[_mostSpans];
        _spans.TryResize(_mostSpans);
    }

    private void Cut()
    {
        if (_spans.Count > _mostSpans) KeepFirst();
        if (_before is not { } before) return;

        // A trace stays whole, unless it has too many spans for that.
        _spans.Span.Sort(CompareInCut);
        var count = _spans.Count;
        while (count > 0 && _spans[count - 1].TraceId == before.TraceId) count--;
        if (count > 0) _spans.TryResize(count);
        Left = new Rest(Step, _spans[_spans.Count - 1]);
    }

    /// <summary>Reads start, ids, kind and resource of the spans.</summary>
    private async ValueTask ReadAsync(CancellationToken cancellationToken)
    {
        _spans.Span.Sort(static (a, b) => a.Source != b.Source ? a.Source.CompareTo(b.Source) : a.Row.CompareTo(b.Row));
        for (var first = 0; first < _spans.Count;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (source, ranges, end) = (_spans[first].Source, new List<RowRange>(), first);
            for (; end < _spans.Count && _spans[end].Source == source; end++)
            {
                var row = _spans[end].Row;
                if (ranges.Count > 0 && ranges[^1].End == row) ranges[^1] = ranges[^1] with { Count = ranges[^1].Count + 1 };
                else ranges.Add(new RowRange(row, 1));
            }

            RowRange[] rows = [.. ranges];
            foreach (var (name, set) in Setters) await ReadAsync(source, name, rows, first, set, cancellationToken);
            first = end;
            await Task.Yield();
        }
    }

    private delegate void Setter(ref MergeSpan span, TraceMergeInput input, DecodedColumn column, int row);

    private async ValueTask ReadAsync(int source, string name, RowRange[] rows, int first, Setter set, CancellationToken cancellationToken)
    {
        using var column = await Groups[source].ReadColumnAsync(Groups[source].Find(name), rows, cancellationToken: cancellationToken);
        for (var i = 0; i < column.RowCount; i++) set(ref _spans[first + i], Inputs[source], column, i);
    }

    private static ulong Number(DecodedColumn ids, int row) => BinaryPrimitives.ReadUInt64BigEndian(ids.Bytes(row));

    /// <summary>What is left of a step.</summary>
    /// <param name="Step">Which.</param>
    /// <param name="After">The last span that was loaded, in the order of the start of its trace, trace and place.</param>
    internal sealed record Rest(SliceStep Step, MergeSpan After);
}
