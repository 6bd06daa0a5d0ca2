using Triptych.Columnar;
using Triptych.Columnar.Parquet.Merging;
using Triptych.Columnar.Parquet.Writing;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Primitives.Memory;
using Triptych.Storage.Compaction;
using Triptych.Traces.Attributes;
using Triptych.Traces.Block;
using Triptych.Traces.Scan;

namespace Triptych.Traces.Compaction;

/// <summary>
/// Writes the attributes of spans out of row groups that have other columns than the output: as attribute sets, some thousand rows at a time, each of which
/// is taken apart anew. One row group's; one thread. The owner disposes it.
/// </summary>
internal sealed class TraceMergeAttributes : IDisposable
{
    private readonly TraceMergeSpans _spans;
    private readonly ReadOnlyMemory<SourceRow> _order;
    private readonly MemoryBudget _budget;
    private readonly AttributeRows _rows;
    private readonly ScanPlan _plan;
    private readonly ScanCharge _waiting;
    private readonly SymbolTable _symbols = new();

    public TraceMergeAttributes(MergeJob job, TraceMergeSpans spans, ReadOnlyMemory<SourceRow> order, AttributeLayout layout)
    {
        _spans = spans;
        _order = order;
        _budget = job.Memory;
        _rows = new AttributeRows(layout);
        _waiting = new ScanCharge(_budget);
        _plan = new ScanPlan(
            new RowScanRequest
            {
                Tenant = job.Tenant,
                MinTimeUnixNanos = long.MinValue,
                MaxTimeUnixNanos = long.MaxValue,
                Symbols = _symbols,
                Projection = [SpanColumns.SpanAttributes],
                Budget = _budget,
            },
            new ScanStatistics());
    }

    /// <summary>The columns that hold attributes of spans, all of which <see cref="WriteAsync"/> writes.</summary>
    public static bool IsOfAttributes(string column) =>
        column is TraceBlockSchema.SpanAttributeKinds
        || column.StartsWith(TraceBlockSchema.SpanAttributes + ".", StringComparison.Ordinal)
        || column.StartsWith(AttributeSpec.Prefix, StringComparison.Ordinal);

    /// <summary>Writes the attributes of all rows, and returns what the output is to say of them.</summary>
    public async ValueTask<GroupAttributes> WriteAsync(RowGroupWriter group, CancellationToken cancellationToken)
    {
        for (var first = 0; first < _order.Length; first += AttributeRows.MaxRows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await WriteAsync(first, Math.Min(_order.Length, first + AttributeRows.MaxRows), group, cancellationToken);
        }

        return _rows.End();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _plan.Dispose();
        _rows.Dispose();
        _waiting.Dispose();
    }

    /// <summary>Writes some rows; where their attributes do not fit into memory, half of them at a time.</summary>
    private async ValueTask WriteAsync(int first, int end, RowGroupWriter group, CancellationToken cancellationToken)
    {
        if (await TryWriteAsync(first, end, group, cancellationToken)) return;
        var middle = first + ((end - first) / 2);
        await WriteAsync(first, middle, group, cancellationToken);
        await WriteAsync(middle, end, group, cancellationToken);
    }

    private async ValueTask<bool> TryWriteAsync(int first, int end, RowGroupWriter group, CancellationToken cancellationToken)
    {
        var sources = new Source?[_spans.Groups.Count];
        try
        {
            for (var i = first; i < end; i++)
            {
                var (source, row) = _order.Span[i];
                (sources[source] ??= new Source(_budget)).Add(row);
            }

            try
            {
                for (var i = 0; i < sources.Length; i++)
                {
                    if (sources[i] is { } source) await source.LoadAsync(UnitOf(i), _plan, _symbols, cancellationToken);
                }
            }
            catch (MemoryBudgetExceededException) when (end - first > 1)
            {
                return false;
            }

            for (var i = first; i < end; i++) _rows.Add(sources[_order.Span[i].Source]!.Next());
            _rows.Hand(group);
            _waiting.Set(group.BufferedBytes);
            return true;
        }
        finally
        {
            foreach (var source in sources) source?.Dispose();
        }
    }

    private BlockUnit UnitOf(int source)
    {
        var (input, rowGroup) = (_spans.Inputs[source], _spans.Places[source].RowGroup);
        var (min, max) = input.StartsOf(rowGroup);
        return new BlockUnit(input.Block, rowGroup, new SpanPruning(input.Block), min, max);
    }

    /// <summary>Rows of one row group, given in the order of the output.</summary>
    private sealed class Source(MemoryBudget budget) : IDisposable
    {
        private readonly List<int> _inOrder = [];
        private readonly NativeList<int> _sorted = new(budget);
        private readonly ScanCharge _charge = new(budget);
        private readonly BytesColumn _sets = new();
        private int _next;

        public void Add(int row) => _inOrder.Add(row);

        public async ValueTask LoadAsync(BlockUnit unit, ScanPlan plan, SymbolTable symbols, CancellationToken cancellationToken)
        {
            _sorted.Clear();
            foreach (var row in _inOrder) _sorted.Add(row);
            _sorted.Span.Sort();
            using var loaded = await unit.LoadAsync(plan, [SpanColumns.SpanAttributes], _sorted, symbols, cancellationToken);
            _charge.Set(loaded.SizeBytes);
            var places = new int[_inOrder.Count];
            for (var i = 0; i < places.Length; i++) places[i] = _sorted.Span.BinarySearch(_inOrder[i]);
            loaded.Fill(places, [_sets]);
            _charge.Set(_sets.SizeBytes);
        }

        public ReadOnlySpan<byte> Next() => _sets[_next++];

        public void Dispose()
        {
            _sorted.Dispose();
            _charge.Dispose();
        }
    }
}
