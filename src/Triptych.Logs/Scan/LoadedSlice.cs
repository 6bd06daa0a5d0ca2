using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Primitives.Memory;

namespace Triptych.Logs.Scan;

/// <summary>The rows of a slice that the scan returns, with the columns it returns, charged to the scan's budget until it is disposed.</summary>
internal sealed class LoadedSlice : IDisposable
{
    // Times and streams, and the order and the keys that a merge sorts them by.
    private const int BytesPerRow = 8 + 4 + 4 + 8;

    private readonly ScanCharge _charge;

    private LoadedSlice(
        LogSlice slice, long[] times, int[] streams, Column[] projection, BytesColumn? line, BytesColumn? metadata, ScanCharge charge)
    {
        _charge = charge;
        Slice = slice;
        Times = times;
        Streams = streams;
        Projection = projection;
        Line = line;
        Metadata = metadata;
    }

    /// <summary>Where the rows come from.</summary>
    public LogSlice Slice { get; }

    /// <summary>Times.</summary>
    public long[] Times { get; }

    /// <summary>Streams, by the scan's numbers.</summary>
    public int[] Streams { get; }

    /// <summary>The columns, in the order of the projection.</summary>
    public Column[] Projection { get; }

    /// <summary>Lines, where rows may be in another source too.</summary>
    public BytesColumn? Line { get; }

    /// <summary>Metadata, likewise.</summary>
    public BytesColumn? Metadata { get; }

    /// <summary>
    /// Reads a slice: first the rows in range, then the predicate part by part over what is left, then the columns of the rows that remain.
    /// Where only the first rows in the
    /// scan's order are wanted, others are dropped before their columns are read.
    /// </summary>
    public static async ValueTask<LoadedSlice> LoadAsync(
        LogSlice slice, RowScanRequest request, MemoryBudget budget, PredicateEvaluator evaluator, StreamUnion streams,
        Columnar.ScanStatistics statistics, CancellationToken cancellationToken)
    {
        var charge = new ScanCharge(budget);
        try
        {
            return await LoadAsync(slice, request, budget, evaluator, streams, statistics, charge, cancellationToken);
        }
        catch
        {
            charge.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _charge.Dispose();

    /// <summary>Whether two rows are the same log record; both slices have lines and metadata.</summary>
    public static bool IsSame(LoadedSlice a, int rowA, LoadedSlice b, int rowB) =>
        a.Streams[rowA] == b.Streams[rowB] && a.Line is not null && b.Line is not null
        && a.Line[rowA].SequenceEqual(b.Line[rowB]) && a.Metadata![rowA].SequenceEqual(b.Metadata![rowB]);

    private static async ValueTask<LoadedSlice> LoadAsync(
        LogSlice slice, RowScanRequest request, MemoryBudget budget, PredicateEvaluator evaluator, StreamUnion streams,
        Columnar.ScanStatistics statistics, ScanCharge charge, CancellationToken cancellationToken)
    {
        using var rows = await slice.LoadAsync(request, budget, cancellationToken);
        statistics.RowsRead += rows.Rows.Count;
        var picked = new PickedRows(rows, slice.Source, streams, charge);
        picked.Charge();
        if (request.Predicate is { } predicate) await picked.KeepAsync(predicate, evaluator, cancellationToken);
        if (request.Order != RowOrder.Any && !slice.MayRepeat && picked.Count > request.Limit)
        {
            picked.KeepFirst((int)request.Limit, request.Order);
        }

        var projection = new Column[request.Projection.Count];
        for (var i = 0; i < projection.Length; i++) projection[i] = await picked.ColumnAsync(request.Projection[i], cancellationToken);
        var line = slice.MayRepeat ? (BytesColumn)await picked.ColumnAsync(LogColumns.Line, cancellationToken) : null;
        var metadata = slice.MayRepeat ? (BytesColumn)await picked.ColumnAsync(LogColumns.Metadata, cancellationToken) : null;
        statistics.BytesRead += rows.BytesRead;
        statistics.PagesRead += rows.PagesRead;
        var kept = new HashSet<Column>(projection);
        if (line is not null) kept.Add(line);
        if (metadata is not null) kept.Add(metadata);
        charge.Set((picked.Count * (long)BytesPerRow) + kept.Sum(c => c.SizeBytes));
        return new LoadedSlice(slice, picked.Times(), picked.Streams(), projection, line, metadata, charge);
    }
}
