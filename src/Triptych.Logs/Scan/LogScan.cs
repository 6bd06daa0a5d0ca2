using Triptych.Columnar;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Logs.Head;
using Triptych.Storage.Heads;

namespace Triptych.Logs.Scan;

/// <summary>
/// A scan over head generations and blocks (docs/adr/0001), slice by slice in the order asked for. A row can be returned as soon as no
/// slice that is still to be read can have one before it; with a
/// limit the scan ends there. Slices whose times meet those of another source are compared row by row, for a record may be in both. Owns
/// the pinned view.
/// </summary>
internal sealed class LogScan : IRowScan
{
    private readonly RowScanRequest _request;
    private readonly StoreView<LogHead> _view;
    private readonly Queue<LogSlice> _slices;
    private readonly PredicateEvaluator _evaluator;
    private readonly StreamUnion _streams;
    private readonly RowMerge _merge;
    private readonly bool _ordered;
    private RecordBatch? _batch;
    private LoadedSlice? _current;
    private int _currentRow;
    private long _left;

    /// <summary>Begins a scan over slices that meet the range.</summary>
    public LogScan(RowScanRequest request, StoreView<LogHead> view, IReadOnlyList<LogSlice> slices, ScanStatistics statistics)
    {
        _request = request;
        _view = view;
        Statistics = statistics;
        _evaluator = new PredicateEvaluator(request.Symbols);
        _streams = new StreamUnion(Streams, request.Symbols);
        _left = request.Limit;
        var repeats = MarkRepeats(slices);
        _ordered = request.Order != RowOrder.Any || repeats;
        var descending = request.Order == RowOrder.TimeDescending;
        _slices = new Queue<LogSlice>(descending ? slices.OrderByDescending(s => s.MaxTime) : slices.OrderBy(s => s.MinTime));
        _merge = new RowMerge(descending);
    }

    /// <inheritdoc/>
    public StreamDictionary Streams { get; } = new();

    /// <inheritdoc/>
    public ScanStatistics Statistics { get; }

    /// <inheritdoc/>
    public async ValueTask<RecordBatch?> NextAsync(CancellationToken cancellationToken)
    {
        if (_batch is not null)
        {
            foreach (var column in _batch.Columns) column.Clear();
            _batch.RowCount = 0;
        }

        while (_left > 0 && (_batch is null || _batch.RowCount < RecordBatch.MaxRows))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!(_ordered ? await TakeOrderedAsync(cancellationToken) : await TakeAnyAsync(cancellationToken))) break;
        }

        return _batch is { RowCount: > 0 } ? _batch : null;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _view.Dispose();
        return ValueTask.CompletedTask;
    }

    private static bool MarkRepeats(IReadOnlyList<LogSlice> slices)
    {
        var byTime = slices.OrderBy(s => s.MinTime).ToList();
        var any = false;
        for (var i = 0; i < byTime.Count; i++)
        {
            for (var j = i + 1; j < byTime.Count && byTime[j].MinTime <= byTime[i].MaxTime; j++)
            {
                if (byTime[i].Source == byTime[j].Source) continue;
                byTime[i].MayRepeat = byTime[j].MayRepeat = any = true;
            }
        }

        return any;
    }

    private async ValueTask<LoadedSlice?> LoadAsync(LogSlice slice, CancellationToken cancellationToken)
    {
        try
        {
            return await LoadedSlice.LoadAsync(slice, _request, _evaluator, _streams, Statistics, cancellationToken);
        }
        catch (CorruptFileException e)
        {
            Statistics.Warnings.Add($"part of a block could not be read and is missing from the answer: {e.Message}");
            return null;
        }
    }

    /// <summary>Copies rows of the current slice, or loads the next one; false when there is none.</summary>
    private async ValueTask<bool> TakeAnyAsync(CancellationToken cancellationToken)
    {
        if (_current is null || _currentRow == _current.Times.Length)
        {
            if (!_slices.TryDequeue(out var slice)) return false;
            _current = await LoadAsync(slice, cancellationToken);
            _currentRow = 0;
            if (_current is null) return true;
        }

        for (; _currentRow < _current.Times.Length && _left > 0 && RoomIn(_current); _currentRow++) Emit(_current, _currentRow);
        return true;
    }

    /// <summary>Emits what is certain to come first, or loads the next slice; false when there is neither.</summary>
    private async ValueTask<bool> TakeOrderedAsync(CancellationToken cancellationToken)
    {
        var hasNext = _slices.TryPeek(out var next);
        if (_merge.TryTake(hasNext ? _merge.Descending ? next!.MaxTime : next!.MinTime : null, out var slice, out var row))
        {
            Emit(slice, row);
            return true;
        }

        if (!hasNext) return false;
        if (await LoadAsync(_slices.Dequeue(), cancellationToken) is { } loaded) _merge.Add(loaded);
        return true;
    }

    private bool RoomIn(LoadedSlice slice)
    {
        _batch ??= new RecordBatch([.. slice.Projection.Select(ColumnCopy.NewLike)]);
        return _batch.RowCount < RecordBatch.MaxRows;
    }

    private void Emit(LoadedSlice slice, int row)
    {
        _batch ??= new RecordBatch([.. slice.Projection.Select(ColumnCopy.NewLike)]);
        for (var i = 0; i < slice.Projection.Length; i++) ColumnCopy.Append(slice.Projection[i], row, _batch.Columns[i]);
        _batch.RowCount++;
        _left--;
    }
}
