using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Merging;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Parquet.Writing;
using Triptych.Primitives.Memory;
using Triptych.Storage.Compaction;
using Triptych.Traces.Attributes;
using Triptych.Traces.Block;
using Triptych.Traces.Sampling;
using Triptych.Traces.Scan;

namespace Triptych.Traces.Compaction;

/// <summary>Writes one output of a merge: row groups out of steps, then the resources and scopes that they name. One thread.</summary>
internal sealed class TraceMergeWriter : ISliceWriter<TraceMergeSpans>
{
    private readonly ParquetWriter _writer;
    private readonly MergeJob _job;
    private readonly AttributeLayout _layout;
    private readonly List<GroupAttributes> _attributes = [];
    private readonly MemoryBudget _budget;
    private readonly Func<SampledCounts?> _takeSampled;
    private readonly UsedItems _resources;
    private readonly UsedItems _scopes;
    private readonly TreeOrder _tree;
    private readonly NativeList<TreeSpan> _trace;

    /// <summary>Begins a file with columns of some attributes.</summary>
    public TraceMergeWriter(Stream output, MergeJob job, MergeItems resources, MergeItems scopes, AttributeLayout layout, Func<SampledCounts?> takeSampled)
    {
        var budget = job.Memory;
        _job = job;
        _layout = layout;
        _takeSampled = takeSampled;
        _budget = budget;
        _resources = new UsedItems(resources);
        _scopes = new UsedItems(scopes);
        _tree = new TreeOrder(budget);
        _trace = new NativeList<TreeSpan>(budget);
        _writer = new ParquetWriter(output, layout.Schema, layout.WriterOptions());
        _writer.AddMetadata(TraceBlockSchema.FormatKey, layout.FormatValue);
    }

    /// <summary>Smallest start of a span.</summary>
    public long MinTime { get; private set; } = long.MaxValue;

    /// <summary>Largest start of a span.</summary>
    public long MaxTime { get; private set; } = long.MinValue;

    /// <summary>Spans written.</summary>
    public long RowCount { get; private set; }

    /// <summary>Bytes written.</summary>
    public long SizeBytes => _writer.Position;

    /// <summary>Writes the spans of a step as one or two row groups, each trace in one of them.</summary>
    public async ValueTask WriteAsync(TraceMergeSpans spans, CancellationToken cancellationToken)
    {
        if (spans.Step.IsCopy)
        {
            await CopyAsync(spans, cancellationToken);
            return;
        }

        var from = long.MinValue;
        foreach (var bound in Cut(spans))
        {
            using var rows = new NativeList<OrderedSpan>(_budget);
            Order(spans, from, bound, rows);
            if (rows.Count > 0) await WriteGroupAsync(spans, rows, cancellationToken);
            from = bound;
        }
    }

    /// <summary>Writes sections and footer.</summary>
    public void Finish()
    {
        TraceBlockWriter.WriteSection(_writer, TraceBlockSchema.ResourcesSection, _resources);
        TraceBlockWriter.WriteSection(_writer, TraceBlockSchema.ScopesSection, _scopes);
        GroupAttributes.Write(_writer, _layout, _attributes);
        if (_takeSampled() is { } sampled) _writer.AddMetadata(TraceBlockSchema.SampledKey, sampled.ToString());
        _writer.Finish();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _writer.Dispose();
        _tree.Dispose();
        _trace.Dispose();
    }

    /// <summary>The starts of traces, exclusive and ascending, at which row groups end, so that they are about equally long.</summary>
    private List<long> Cut(TraceMergeSpans spans)
    {
        var groups = (spans.Spans.Length + TraceBlockWriter.SliceSpans - 1) / TraceBlockWriter.SliceSpans;
        var bounds = new List<long>();
        if (groups > 1)
        {
            using var starts = new NativeList<long>(_budget, spans.Spans.Length);
            foreach (ref var span in spans.Spans) starts.Add(span.TraceStart);
            starts.Span.Sort();
            for (var i = 1; i < groups; i++)
            {
                var bound = starts[(int)((long)i * starts.Count / groups)];
                if (bounds.Count == 0 || bound > bounds[^1]) bounds.Add(bound);
            }
        }

        bounds.Add(long.MaxValue);
        return bounds;
    }

    /// <summary>Adds the spans of traces that start in [from, bound), by trace id and in tree order.</summary>
    private void Order(TraceMergeSpans spans, long from, long bound, NativeList<OrderedSpan> rows)
    {
        var all = spans.Spans;
        for (var first = 0; first < all.Length;)
        {
            var end = spans.EndOfTrace(first);
            var start = all[first].TraceStart;
            if (start >= from && (start < bound || bound == long.MaxValue))
            {
                _trace.Clear();
                for (var i = first; i < end; i++) _trace.Add(new TreeSpan(all[i].Start, all[i].Id, all[i].ParentId, i));
                _tree.Add(_trace.Span, rows);
            }

            first = end;
        }
    }

    private async ValueTask WriteGroupAsync(TraceMergeSpans spans, NativeList<OrderedSpan> rows, CancellationToken cancellationToken)
    {
        var order = new SourceRow[rows.Count];
        for (var i = 0; i < order.Length; i++)
        {
            ref var span = ref spans.Spans[rows[i].Row];
            order[i] = new SourceRow(span.Source, span.Row);
            MinTime = Math.Min(MinTime, span.Start);
            MaxTime = Math.Max(MaxTime, span.Start);
        }

        RowCount += order.Length;
        var group = _writer.BeginRowGroup();
        var gather = new RowGather(spans.Groups, order, _budget);
        var attributes = CommonAttributes(spans, order);
        GroupAttributes? rebuilt = null;
        foreach (var column in _writer.Schema.Columns)
        {
            if (TraceMergeAttributes.IsOfAttributes(column.Name))
            {
                if (attributes is not null) await CopyAttributesAsync(group, column, gather, attributes, cancellationToken);
                else rebuilt ??= await WriteAttributesAsync(spans, order, group, cancellationToken);
                continue;
            }

            switch (column.Name)
            {
                case TraceBlockSchema.NestedLeft:
                    WriteNumbers(group, column, rows, static row => row.Left);
                    break;
                case TraceBlockSchema.NestedRight:
                    WriteNumbers(group, column, rows, static row => row.Right);
                    break;
                case TraceBlockSchema.ParentRow:
                    WriteNumbers(group, column, rows, static row => row.ParentRow);
                    break;
                case TraceBlockSchema.Resource:
                    await WriteItemsAsync(group, column, gather, order, _resources, source => spans.Inputs[source].Resources, spans, cancellationToken);
                    break;
                case TraceBlockSchema.Scope:
                    await WriteItemsAsync(group, column, gather, order, _scopes, source => spans.Inputs[source].Scopes, spans, cancellationToken);
                    break;
                default:
                    await gather.CopyAsync(column, group, cancellationToken);
                    break;
            }
        }

        group.End();
        _attributes.Add((attributes ?? rebuilt)!);
    }

    /// <summary>What the rows' attributes lie in, where all their row groups have the same columns and the output has them too; else null.</summary>
    private GroupAttributes? CommonAttributes(TraceMergeSpans spans, SourceRow[] order)
    {
        GroupAttributes? common = null;
        foreach (var source in order.Select(static r => r.Source).Distinct())
        {
            var own = spans.AttributesOf(source);
            if (!own.FitsIn(_layout) || (common is not null && !common.IsLike(own)) || (own.Columns.Count == 0 && !_layout.IsEmpty)) return null;
            common = common is null ? own : common.And(own);
        }

        return common;
    }

    private async ValueTask<GroupAttributes> WriteAttributesAsync(
        TraceMergeSpans spans, SourceRow[] order, RowGroupWriter group, CancellationToken cancellationToken)
    {
        using var attributes = new TraceMergeAttributes(_job, spans, order, _layout);
        var written = await attributes.WriteAsync(group, cancellationToken);
        foreach (var column in _writer.Schema.Columns)
        {
            if (TraceMergeAttributes.IsOfAttributes(column.Name)) group.Column(column).Complete();
        }

        return written;
    }

    private async ValueTask CopyAttributesAsync(
        RowGroupWriter group, ParquetColumn column, RowGather gather, GroupAttributes attributes, CancellationToken cancellationToken)
    {
        var spec = _layout.Columns.FirstOrDefault(c => c.Column == column.Name);
        if (spec is null || attributes.Columns.Contains(spec))
        {
            await gather.CopyAsync(column, group, cancellationToken);
            return;
        }

        spec.WriteNulls(group.Column(column), gather.Count);
        group.Column(column).Complete();
    }

    private void WriteNumbers(RowGroupWriter group, ParquetColumn column, NativeList<OrderedSpan> rows, Func<OrderedSpan, int> numberOf)
    {
        using var numbers = new NativeList<int>(_budget, rows.Count);
        foreach (var row in rows.Span) numbers.Add(numberOf(row));
        group.Column(column).WriteInt32(numbers.Span);
        group.Column(column).Complete();
    }

    private async ValueTask WriteItemsAsync(
        RowGroupWriter group, ParquetColumn column, RowGather gather, SourceRow[] order, UsedItems used, Func<int, int[]> numbersOf,
        TraceMergeSpans spans, CancellationToken cancellationToken)
    {
        using var numbers = new NativeList<int>(_budget, order.Length);
        await gather.VisitAsync(
            column,
            (index, values, place) =>
            {
                var source = order[index].Source;
                numbers.Add(used.NumberOf(Translate(numbersOf(source), values.Int32s[place], spans.Inputs[source].Block, column)));
            },
            cancellationToken);
        group.Column(column).WriteInt32(numbers.Span);
        group.Column(column).Complete();
    }

    /// <summary>Takes a row group over as it is, but for the numbers of its resources and scopes.</summary>
    private async ValueTask CopyAsync(TraceMergeSpans spans, CancellationToken cancellationToken)
    {
        var (input, group, rowGroup) = (spans.Inputs[0], spans.Groups[0], spans.Places[0].RowGroup);
        using var resources = new NativeList<int>(_budget, (int)group.RowCount);
        using var scopes = new NativeList<int>(_budget, (int)group.RowCount);
        await ReadItemsAsync(input, group, TraceBlockSchema.Resource, input.Resources, _resources, resources, cancellationToken);
        await ReadItemsAsync(input, group, TraceBlockSchema.Scope, input.Scopes, _scopes, scopes, cancellationToken);
        var replaced = new Dictionary<string, Action<ColumnWriter>>(StringComparer.Ordinal)
        {
            [TraceBlockSchema.Resource] = column => column.WriteInt32(resources.Span),
            [TraceBlockSchema.Scope] = column => column.WriteInt32(scopes.Span),
        };
        var attributes = spans.AttributesOf(0);
        foreach (var column in _layout.Columns.Except(attributes.Columns)) replaced[column.Column] = writer => column.WriteNulls(writer, (int)group.RowCount);
        _attributes.Add(attributes);
        await _writer.CopyRowGroupAsync(input.Block.File, rowGroup, replaced, cancellationToken);
        var (min, max) = input.StartsOf(rowGroup);
        MinTime = Math.Min(MinTime, min);
        MaxTime = Math.Max(MaxTime, max);
        RowCount += group.RowCount;
    }

    private static async ValueTask ReadItemsAsync(
        TraceMergeInput input, RowGroupReader group, string name, int[] known, UsedItems used, NativeList<int> into, CancellationToken cancellationToken)
    {
        var column = group.Find(name);
        using var values = await group.ReadColumnAsync(column, cancellationToken: cancellationToken);
        foreach (var value in values.Int32s) into.Add(used.NumberOf(Translate(known, value, input.Block, column)));
    }

    private static int Translate(int[] known, int number, TraceBlock block, ParquetColumn column) => (uint)number < (uint)known.Length
        ? known[number]
        : throw new CorruptFileException(block.Key, 0, $"a row names {column.Name} {number}, which the file does not have");

    /// <summary>The items that a file names, by the file's numbers.</summary>
    private sealed class UsedItems : IByteItems
    {
        private readonly MergeItems _items;
        private readonly int[] _numbers;
        private readonly List<int> _used = [];

        public UsedItems(MergeItems items)
        {
            _items = items;
            _numbers = new int[items.Count];
            _numbers.AsSpan().Fill(-1);
        }

        public int Count => _used.Count;

        public ReadOnlySpan<byte> this[int number] => _items[_used[number]];

        public int NumberOf(int item)
        {
            ref var number = ref _numbers[item];
            if (number >= 0) return number;
            number = _used.Count;
            _used.Add(item);
            return number;
        }
    }
}
