using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Parquet.Writing;
using Triptych.Primitives.Memory;

namespace Triptych.Columnar.Parquet.Merging;

/// <summary>A row of one of several row groups.</summary>
/// <param name="Source">Number of the row group among the sources.</param>
/// <param name="Row">Row in it, from 0.</param>
public readonly record struct SourceRow(int Source, int Row);

/// <summary>
/// Rows of several row groups of one schema in a new order, column by column: each column is decoded for the rows that are wanted, handed on
/// and let go, so that one column at a time is in memory. Where the budget refuses even that, the rows are taken in parts. The order
/// stays its owner's and must not change. One thread at a time.
/// </summary>
public sealed class RowGather(IReadOnlyList<RowGroupReader> sources, ReadOnlyMemory<SourceRow> order, MemoryBudget budget)
{
    private Picks? _all;

    /// <summary>Told a row's place in the order, and where its value stands.</summary>
    public delegate void Visitor(int index, DecodedColumn column, int place);

    /// <summary>Rows.</summary>
    public int Count => order.Length;

    /// <summary>Writes a column of the rows; the rest of the row group is written likewise.</summary>
    /// <exception cref="CorruptFileException">A source cannot be read, or lacks the column.</exception>
    /// <exception cref="MemoryBudgetExceededException">There is no memory for a single row, or for the pages that wait to be written.</exception>
    public ValueTask CopyAsync(ParquetColumn column, RowGroupWriter target, CancellationToken cancellationToken) =>
        CopyAsync(column, target, null, cancellationToken);

    /// <summary>The same, and shows each value on the way.</summary>
    public async ValueTask CopyAsync(ParquetColumn column, RowGroupWriter target, Visitor? visit, CancellationToken cancellationToken)
    {
        using var batch = new GatherBatch(column, target, budget);
        await VisitAsync(column, visit is null ? batch.Add : (Visitor)batch.Add + visit, cancellationToken);
        batch.Hand();
        target.Column(column).Complete();
    }

    /// <summary>Shows a column's value of each row, in order. Byte strings may come as codes (<see cref="DecodedColumn.IsCoded"/>).</summary>
    public ValueTask VisitAsync(ParquetColumn column, Visitor visit, CancellationToken cancellationToken) =>
        VisitAsync(column, 0, order.Length, visit, cancellationToken);

    private async ValueTask VisitAsync(ParquetColumn column, int start, int end, Visitor visit, CancellationToken cancellationToken)
    {
        if (start == end) return;
        var picks = start == 0 && end == order.Length ? _all ??= new Picks(order.Span, sources.Count) : new Picks(order.Span[start..end], sources.Count);
        var columns = new DecodedColumn?[sources.Count];
        try
        {
            if (await TryLoadAsync(column, picks, columns, isSingle: end - start == 1, cancellationToken))
            {
                await ShowAsync(start, end, picks, columns, visit, cancellationToken);
                return;
            }
        }
        finally
        {
            foreach (var loaded in columns) loaded?.Dispose();
        }

        var middle = start + ((end - start) / 2);
        await VisitAsync(column, start, middle, visit, cancellationToken);
        await VisitAsync(column, middle, end, visit, cancellationToken);
    }

    private async ValueTask<bool> TryLoadAsync(
        ParquetColumn column, Picks picks, DecodedColumn?[] into, bool isSingle, CancellationToken cancellationToken)
    {
        var form = column.Type == ParquetType.ByteArray ? ColumnForm.Codes : ColumnForm.Values;
        try
        {
            for (var i = 0; i < into.Length; i++)
            {
                if (picks.RangesOf(i) is { Length: > 0 } ranges)
                    into[i] = await sources[i].ReadColumnAsync(sources[i].Find(column.Name), ranges, form, cancellationToken);
            }

            return true;
        }
        catch (MemoryBudgetExceededException) when (!isSingle)
        {
            for (var i = 0; i < into.Length; i++)
            {
                into[i]?.Dispose();
                into[i] = null;
            }

            return false;
        }
    }

    private async ValueTask ShowAsync(
        int start, int end, Picks picks, DecodedColumn?[] columns, Visitor visit, CancellationToken cancellationToken)
    {
        for (var index = start; index < end;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var next = Math.Min(end, index + GatherBatch.MaxRows);
            Show(start, index, next, picks, columns, visit);
            index = next;
            await Task.Yield();
        }
    }

    private void Show(int start, int from, int to, Picks picks, DecodedColumn?[] columns, Visitor visit)
    {
        var rows = order.Span;
        for (var i = from; i < to; i++) visit(i, columns[rows[i].Source]!, picks.PlaceOf(i - start));
    }

    /// <summary>Which rows of each source are wanted, and where each then stands among those read.</summary>
    private sealed class Picks
    {
        private readonly RowRange[][] _ranges;
        private readonly int[] _places;

        public Picks(ReadOnlySpan<SourceRow> rows, int sources)
        {
            var bySource = new List<(int Row, int Index)>[sources];
            for (var i = 0; i < rows.Length; i++) (bySource[rows[i].Source] ??= []).Add((rows[i].Row, i));
            _ranges = new RowRange[sources][];
            _places = new int[rows.Length];
            for (var source = 0; source < sources; source++)
            {
                if (bySource[source] is not { } wanted)
                {
                    _ranges[source] = [];
                    continue;
                }

                wanted.Sort();
                var ranges = new List<RowRange>();
                for (var place = 0; place < wanted.Count; place++)
                {
                    var (row, index) = wanted[place];
                    _places[index] = place;
                    if (ranges.Count > 0 && ranges[^1].End == row) ranges[^1] = ranges[^1] with { Count = ranges[^1].Count + 1 };
                    else ranges.Add(new RowRange(row, 1));
                }

                _ranges[source] = [.. ranges];
            }
        }

        public RowRange[] RangesOf(int source) => _ranges[source];

        public int PlaceOf(int index) => _places[index];
    }
}
