using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;

namespace Triptych.Logs.Scan;

/// <summary>The rows of a slice that the scan returns, with the columns it returns, charged to the scan's budget until it is disposed.</summary>
internal sealed class LoadedSlice : IDisposable
{
    // Times and streams, and the order and the keys that a merge sorts them by.
    private const int BytesPerRow = 8 + 4 + 4 + 8;

    private readonly ScanCharge _charge;

    private LoadedSlice(
        LogSlice slice, int count, long[] times, int[] streams, Column[] projection, BytesColumn? line, BytesColumn? metadata, ScanCharge charge)
    {
        _charge = charge;
        Slice = slice;
        Count = count;
        Times = times;
        Streams = streams;
        Projection = projection;
        Line = line;
        Metadata = metadata;
    }

    /// <summary>Where the rows come from.</summary>
    public LogSlice Slice { get; }

    /// <summary>How many rows there are.</summary>
    public int Count { get; }

    /// <summary>Times; empty where rows come in any order.</summary>
    public long[] Times { get; }

    /// <summary>Streams, by the scan's numbers; empty likewise.</summary>
    public int[] Streams { get; }

    /// <summary>The columns, in the order of the projection.</summary>
    public Column[] Projection { get; }

    /// <summary>Lines, where rows may be in another source too.</summary>
    public BytesColumn? Line { get; }

    /// <summary>Metadata, likewise.</summary>
    public BytesColumn? Metadata { get; }

    /// <summary>
    /// Finishes a slice that was prepared: the predicate over what is left, then the columns of the rows that remain. Where only the first
    /// rows in the scan's order are wanted, others are dropped before their columns are read. Times and streams are known apart only of rows that are
    /// to be <paramref name="ordered"/>.
    /// </summary>
    public static async ValueTask<LoadedSlice> FinishAsync(
        PreparedSlice prepared, RowScanRequest request, PredicateEvaluator evaluator, StreamUnion streams, bool ordered,
        Columnar.ScanStatistics statistics, CancellationToken cancellationToken)
    {
        var slice = prepared.Slice;
        if (!ordered && !prepared.IsLoaded && slice.Repeats is null && await slice.FoldAsync(request, statistics, cancellationToken) is { } whole)
            return Of(slice, whole, request, streams, prepared.TakeCharge());
        await prepared.LoadAsync(cancellationToken);
        var rows = prepared.Rows;
        statistics.RowsRead += rows.Rows.Count;
        var picked = prepared.Picked(streams);
        if (!prepared.IsFiltered && request.Predicate is { } predicate) await picked.KeepAsync(predicate, evaluator, cancellationToken);
        if (request.Order != RowOrder.Any && !slice.MayRepeat && picked.Count > request.Limit)
            await picked.KeepFirstAsync((int)request.Limit, request.Order, cancellationToken);
        var folded = ordered ? null : await picked.FoldAsync(request, cancellationToken);
        if (folded is not null)
        {
            Tally(statistics, rows);
            return Of(slice, folded, request, streams, prepared.TakeCharge());
        }

        var projection = new Column[request.Projection.Count];
        for (var i = 0; i < projection.Length; i++)
        {
            projection[i] = request.Projection[i] == LogColumns.Line
                ? await prepared.LinesAsync(picked, cancellationToken)
                : await picked.ColumnAsync(request.Projection[i], cancellationToken);
        }

        var line = slice.MayRepeat ? (BytesColumn)await picked.ColumnAsync(LogColumns.Line, cancellationToken) : null;
        var metadata = slice.MayRepeat ? (BytesColumn)await picked.ColumnAsync(LogColumns.Metadata, cancellationToken) : null;
        var times = ordered ? await picked.TimesAsync(cancellationToken) : [];
        Tally(statistics, rows);
        var kept = new HashSet<Column>(projection);
        if (line is not null) kept.Add(line);
        if (metadata is not null) kept.Add(metadata);
        var charge = prepared.TakeCharge();
        try
        {
            charge.Set((times.Length * (long)BytesPerRow) + kept.Sum(c => c.SizeBytes));
        }
        catch
        {
            charge.Dispose();
            throw;
        }

        picked.HandOn(kept);
        return new LoadedSlice(slice, picked.Count, times, ordered ? picked.Streams() : [], projection, line, metadata, charge);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var column in Projection) column.Release();
        Line?.Release();
        Metadata?.Release();
        _charge.Dispose();
    }

    /// <summary>Whether two rows are the same log record; both slices have lines and metadata.</summary>
    public static bool IsSame(LoadedSlice a, int rowA, LoadedSlice b, int rowB) =>
        a.Streams[rowA] == b.Streams[rowB] && a.Line is not null && b.Line is not null
        && a.Line[rowA].SequenceEqual(b.Line[rowB]) && a.Metadata![rowA].SequenceEqual(b.Metadata![rowB]);

    private static void Tally(Columnar.ScanStatistics statistics, SliceRows rows)
    {
        statistics.BytesRead += rows.Read.SizeBytes;
        statistics.PagesRead += rows.Read.Pages;
    }

    /// <summary>Counted records as rows; the columns that are not about them are known to have no values.</summary>
    private static LoadedSlice Of(LogSlice slice, FoldedRows folded, RowScanRequest request, StreamUnion streams, ScanCharge charge)
    {
        var projection = new Column[request.Projection.Count];
        for (var i = 0; i < projection.Length; i++)
        {
            var column = request.Projection[i];
            if (column is { Name: "metadata" })
            {
                var nulls = new BytesColumn();
                nulls.AddNulls(folded.Count);
                projection[i] = nulls;
                continue;
            }

            var numbers = new Int64Column();
            projection[i] = numbers;
            for (var row = 0; row < folded.Count; row++)
            {
                numbers.Add(
                    column == LogColumns.TimeUnixNanos ? folded.TimeOf(row)
                    : column == LogColumns.Stream ? streams.NumberOf(slice.Source, folded.StreamOf(row))
                    : column == LogColumns.LineLengthBytes ? folded.LineBytesOf(row)
                    : folded.CountOf(row));
            }
        }

        charge.Set(projection.Sum(c => c.SizeBytes));
        return new LoadedSlice(slice, folded.Count, [], [], projection, null, null, charge);
    }
}
