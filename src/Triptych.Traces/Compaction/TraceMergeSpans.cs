using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Primitives.Memory;
using Triptych.Storage.Compaction;
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

    /// <summary>Its kind.</summary>
    public int Kind;

    /// <summary>Whether it is left out.</summary>
    public bool IsDropped;
}

/// <summary>The spans of the traces of one step, by trace id and then as they were acknowledged. Owned by the merge that loaded it.</summary>
internal sealed class TraceMergeSpans : ISliceRows
{
    private static readonly (string Column, Setter Set)[] Setters =
    [
        (TraceBlockSchema.Start, static (ref MergeSpan span, DecodedColumn column, int row) => span.Start = column.Int64s[row]),
        (TraceBlockSchema.SpanId, static (ref MergeSpan span, DecodedColumn column, int row) => span.Id = Number(column, row)),
        (TraceBlockSchema.ParentSpanId, static (ref MergeSpan span, DecodedColumn column, int row) => span.ParentId = Number(column, row)),
        (TraceBlockSchema.Kind, static (ref MergeSpan span, DecodedColumn column, int row) => span.Kind = column.Int32s[row]),
    ];

    private readonly NativeList<MergeSpan> _spans;
    private readonly MemoryBudget _budget;

    private TraceMergeSpans(SliceStep step, IReadOnlyList<TraceMergeInput> inputs, List<(int Input, int RowGroup)> places, MemoryBudget budget)
    {
        Step = step;
        Places = places;
        Inputs = [.. places.Select(p => inputs[p.Input])];
        Groups = [.. places.Select(p => inputs[p.Input].Block.File.RowGroups[p.RowGroup])];
        _budget = budget;
        _spans = new NativeList<MergeSpan>(budget);
    }

    /// <summary>The step.</summary>
    public SliceStep Step { get; }

    /// <summary>The row groups that spans come from: number of the input, and of the row group in it.</summary>
    public IReadOnlyList<(int Input, int RowGroup)> Places { get; }

    /// <summary>The same row groups.</summary>
    public IReadOnlyList<RowGroupReader> Groups { get; }

    /// <summary>By row group, its input.</summary>
    public IReadOnlyList<TraceMergeInput> Inputs { get; }

    /// <summary>The spans; those left out are gone after <see cref="Settle"/>.</summary>
    public Span<MergeSpan> Spans => _spans.Span;

    /// <summary>Whether there is nothing to write.</summary>
    public bool IsEmpty => !Step.IsCopy && _spans.Count == 0;

    /// <summary>Reads the spans of a step and marks those that are there twice. Of a row group that is to be copied it reads none.</summary>
    public static async ValueTask<TraceMergeSpans> LoadAsync(
        SliceStep step, IReadOnlyList<TraceMergeInput> inputs, TraceSurvey survey, MemoryBudget budget, CancellationToken cancellationToken)
    {
        var places = new SortedSet<(int Input, int RowGroup)>(step.Sources.Select(s => (s.Input, s.RowGroup)));
        var own = places.ToHashSet();
        if (!step.IsCopy)
        {
            foreach (var part in survey.PartsIn(step.From, step.To)) places.Add((part.Input, part.RowGroup));
        }

        var spans = new TraceMergeSpans(step, inputs, [.. places], budget);
        if (step.IsCopy) return spans;
        try
        {
            spans.AddParts(survey);
            for (var source = 0; source < spans.Places.Count; source++)
            {
                if (own.Contains(spans.Places[source])) await spans.AddAsync(source, survey, cancellationToken);
            }

            await spans.ReadAsync(cancellationToken);
            spans._spans.Span.Sort(static (a, b) => a.TraceId != b.TraceId
                ? a.TraceId.CompareTo(b.TraceId)
                : a.Source != b.Source ? a.Source.CompareTo(b.Source) : a.Row.CompareTo(b.Row));
            spans.DropRepeats();
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

    private void AddParts(TraceSurvey survey)
    {
        var sourceOf = new Dictionary<(int, int), int>();
        for (var source = 0; source < Places.Count; source++) sourceOf[Places[source]] = source;
        foreach (var part in survey.PartsIn(Step.From, Step.To))
        {
            Add(part.Id, part.TraceStart, sourceOf[(part.Input, part.RowGroup)], part.FirstRow, part.Count);
        }
    }

    private ValueTask AddAsync(int source, TraceSurvey survey, CancellationToken cancellationToken) => Inputs[source].WalkAsync(
        Places[source].RowGroup,
        (id, first, count, start) =>
        {
            if (start >= Step.From && start <= Step.To && !survey.IsSplit(id)) Add(id, start, source, first, count);
        },
        cancellationToken);

    private void Add(UInt128 id, long traceStart, int source, int first, int count)
    {
        for (var row = first; row < first + count; row++) _spans.Add(new MergeSpan { TraceId = id, TraceStart = traceStart, Source = source, Row = row });
    }

    /// <summary>Reads start, ids and kind of the spans.</summary>
    private async ValueTask ReadAsync(CancellationToken cancellationToken)
    {
        _spans.Span.Sort(static (a, b) => a.Source != b.Source ? a.Source.CompareTo(b.Source) : a.Row.CompareTo(b.Row));
        for (var first = 0; first < _spans.Count;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (group, ranges, end) = (Groups[_spans[first].Source], new List<RowRange>(), first);
            for (; end < _spans.Count && _spans[end].Source == _spans[first].Source; end++)
            {
                var row = _spans[end].Row;
                if (ranges.Count > 0 && ranges[^1].End == row) ranges[^1] = ranges[^1] with { Count = ranges[^1].Count + 1 };
                else ranges.Add(new RowRange(row, 1));
            }

            RowRange[] rows = [.. ranges];
            foreach (var (name, set) in Setters) await ReadAsync(group, name, rows, first, set, cancellationToken);
            first = end;
            await Task.Yield();
        }
    }

    private delegate void Setter(ref MergeSpan span, DecodedColumn column, int row);

    private async ValueTask ReadAsync(
        RowGroupReader group, string name, RowRange[] rows, int first, Setter set, CancellationToken cancellationToken)
    {
        using var column = await group.ReadColumnAsync(group.Find(name), rows, cancellationToken: cancellationToken);
        for (var i = 0; i < column.RowCount; i++) set(ref _spans[first + i], column, i);
    }

    private static ulong Number(DecodedColumn ids, int row) => BinaryPrimitives.ReadUInt64BigEndian(ids.Bytes(row));

    /// <summary>Of spans of one trace with the same id and kind the first stays.</summary>
    private void DropRepeats()
    {
        var seen = new HashSet<(ulong Id, int Kind)>();
        for (var first = 0; first < _spans.Count;)
        {
            var end = EndOfTrace(first);
            if (_spans[first].Source != _spans[end - 1].Source)
            {
                seen.Clear();
                foreach (ref var span in _spans.Span[first..end]) span.IsDropped = !seen.Add((span.Id, span.Kind));
            }

            first = end;
        }
    }
}
