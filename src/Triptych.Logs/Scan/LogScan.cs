using Triptych.Columnar;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Logs.Head;
using Triptych.Primitives.Memory;
using Triptych.Storage.Blocks;
using Triptych.Storage.Heads;

namespace Triptych.Logs.Scan;

/// <summary>
/// A scan over head generations and blocks (docs/adr/0001), slice by slice in the order asked for. A row can be returned as soon as no
/// slice that is still to be read can have one before it; with a
/// limit the scan ends there. Slices whose times meet those of another source are compared row by row, for a record may be in both. Owns
/// the pinned view and the rows it has loaded, which it charges to the request's budget.
/// </summary>
internal sealed class LogScan : IRowScan
{
    // Of long lines, fewer than a batch may have rows.
    private const int BatchBytes = 4 * 1024 * 1024;

    private readonly RowScanRequest _request;
    private readonly StoreView<LogHead> _view;
    private readonly DamagedBlocks _damaged;
    private Queue<LogSlice> _slices;
    private readonly PredicateEvaluator _evaluator;
    private readonly StreamUnion _streams;
    private readonly RowMerge _merge;
    private IReadOnlyList<LogSlice>? _unsettled;
    private bool _ordered;
    private readonly MemoryBudget _budget;
    private readonly ScanCharge _batchCharge;
    private RecordBatch? _batch;
    private readonly Queue<(PreparedSlice Slice, Task Run)> _ahead = [];
    private LoadedSlice? _current;
    private int _currentRow;
    private long _left;

    /// <summary>Begins a scan over slices that meet the range.</summary>
    public LogScan(
        RowScanRequest request, StoreView<LogHead> view, IReadOnlyList<LogSlice> slices, DamagedBlocks damaged, ScanStatistics statistics,
        CancellationToken cancellationToken)
    {
        _damaged = damaged;
        _request = request;
        _view = view;
        Statistics = statistics;
        _evaluator = new PredicateEvaluator(request.Symbols);
        _streams = new StreamUnion(Streams, request.Symbols);
        _left = request.Limit;
        _budget = request.Budget ?? MemoryBudget.Unlimited("log scan");
        _batchCharge = new ScanCharge(_budget);
        var repeats = request.Fold is not { KeepsRepeats: true } && MarkRepeats(slices, cancellationToken);
        if (repeats && request.Order == RowOrder.Any) _unsettled = slices;
        _ordered = request.Order != RowOrder.Any;
        var descending = request.Order == RowOrder.TimeDescending;
        _slices = Queued(slices);
        _merge = new RowMerge(descending, _streams);
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

        await SettleAsync(cancellationToken);
        while (_left > 0 && !IsFull(_batch))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!(_ordered ? await TakeOrderedAsync(cancellationToken) : await TakeAnyAsync(cancellationToken))) break;
        }

        if (_batch is null) return null;
        _batchCharge.Set(_batch.Columns.Sum(c => c.SizeBytes));
        return _batch.RowCount > 0 ? _batch : null;
    }

    /// <summary>
    /// Before the first batch: leaves out the slices of which <paramref name="isAnswered"/> says that they need not be read. It is asked of those alone of
    /// which all records count, because no older source has one of them too.
    /// </summary>
    public async ValueTask LeaveAsync(Func<LogSlice, ValueTask<bool>> isAnswered, CancellationToken cancellationToken)
    {
        await SettleAsync(cancellationToken);
        var left = new Queue<LogSlice>();
        foreach (var slice in _slices)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (slice.MayRepeat || slice.Repeats is not null || !await isAnswered(slice)) left.Enqueue(slice);
        }

        _slices = left;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        while (await TakeAheadAsync() is { } ahead) ahead.Dispose();
        _current?.Dispose();
        _merge.Dispose();
        foreach (var column in _batch?.Columns ?? []) column.Release();
        _batchCharge.Dispose();
        _view.Dispose();
    }

    /// <summary>Where it would take too much memory to know the repeats beforehand, they are found on the way, in order of time.</summary>
    private async ValueTask SettleAsync(CancellationToken cancellationToken)
    {
        if (_unsettled is null) return;
        _ordered = !await FindRepeatsAsync(_unsettled, cancellationToken);
        if (_ordered) _slices = Queued(_unsettled);
        _unsettled = null;
    }

    private static bool IsFull(RecordBatch? batch)
    {
        if (batch is null) return false;
        if (batch.RowCount >= RecordBatch.MaxRows) return true;
        foreach (var column in batch.Columns)
        {
            if (column is BytesColumn bytes && bytes.Data.Length >= BatchBytes) return true;
        }

        return false;
    }

    /// <summary>
    /// Slices in the order in which they are to be read: by time where rows are, else as they came, so that rows of one stream come in order of arrival.
    /// </summary>
    private Queue<LogSlice> Queued(IReadOnlyList<LogSlice> slices) => new(
        !_ordered ? slices : _request.Order == RowOrder.TimeDescending ? slices.OrderByDescending(s => s.MaxTime) : slices.OrderBy(s => s.MinTime));

    /// <summary>
    /// Marks the slices whose times meet those of another source; whether there are any. Two sweeps over the slices by their first time: one
    /// knows the latest end so far, the other the nearest beginning to come, each of the leading source and of all others.
    /// </summary>
    private static bool MarkRepeats(IReadOnlyList<LogSlice> slices, CancellationToken cancellationToken)
    {
        var byTime = slices.OrderBy(s => s.MinTime).ToList();
        var any = false;
        LogSlice? latest = null, latestOther = null;
        foreach (var slice in byTime)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var before = latest?.Source == slice.Source ? latestOther : latest;
            if (before?.MaxTime >= slice.MinTime) slice.MayRepeat = any = true;
            if (latest is null || slice.MaxTime >= latest.MaxTime)
            {
                if (latest?.Source != slice.Source) latestOther = latest;
                latest = slice;
            }
            else if (slice.Source != latest.Source && (latestOther is null || slice.MaxTime > latestOther.MaxTime))
            {
                latestOther = slice;
            }
        }

        LogSlice? next = null, nextOther = null;
        for (var i = byTime.Count - 1; any && i >= 0; i--)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var slice = byTime[i];
            var after = next?.Source == slice.Source ? nextOther : next;
            if (after?.MinTime <= slice.MaxTime) slice.MayRepeat = true;
            if (next?.Source != slice.Source) nextOther = next;
            next = slice;
        }

        return any;
    }

    private async ValueTask<bool> FindRepeatsAsync(IReadOnlyList<LogSlice> slices, CancellationToken cancellationToken)
    {
        using var repeats = new RepeatedRows(_request, _budget, _streams, Statistics);
        return await repeats.TryFindAsync(
            slices,
            async (slice, damage) => await _damaged.ReportAsync(slice.Source.Block!, damage, isPart: true, Statistics, cancellationToken),
            cancellationToken);
    }

    private async ValueTask<LoadedSlice?> LoadAsync(PreparedSlice prepared, CancellationToken cancellationToken)
    {
        using (prepared)
        {
            try
            {
                return await LoadedSlice.FinishAsync(prepared, _request, _evaluator, _streams, _ordered, Statistics, cancellationToken);
            }
            catch (CorruptFileException e) when (prepared.Slice.Source.Block is { } block)
            {
                await _damaged.ReportAsync(block, e, isPart: true, Statistics, cancellationToken);
                return null;
            }
        }
    }

    private ValueTask<LoadedSlice?> LoadAsync(LogSlice slice, CancellationToken cancellationToken) =>
        LoadAsync(new PreparedSlice(slice, _request, _budget), cancellationToken);

    /// <summary>The next slice, on which work may have begun, and begins work on those behind it; null at the end.</summary>
    private async ValueTask<PreparedSlice?> NextSliceAsync(CancellationToken cancellationToken)
    {
        BeginAhead(cancellationToken);
        var prepared = await TakeAheadAsync();
        if (prepared is null && _slices.TryDequeue(out var slice)) prepared = new PreparedSlice(slice, _request, _budget);
        BeginAhead(cancellationToken);
        return prepared;
    }

    /// <summary>Begins work on as many slices as there are cores, where there is plenty of memory; on one at least if there is enough for it.</summary>
    private void BeginAhead(CancellationToken cancellationToken)
    {
        if (_request.Limit != long.MaxValue) return;
        while (_ahead.Count < Math.Max(1, Environment.ProcessorCount) && _budget.Used < _budget.Limit / 4 && _slices.TryDequeue(out var next))
        {
            var ahead = new PreparedSlice(next, _request, _budget);
            _ahead.Enqueue((ahead, Task.Run(() => ahead.RunAheadAsync(cancellationToken), CancellationToken.None)));
        }
    }

    /// <summary>
    /// Waits for the next of the slices that are worked on. One that went wrong is begun anew by its caller, where what is wrong is told: memory may be free
    /// by then.
    /// </summary>
    private async ValueTask<PreparedSlice?> TakeAheadAsync()
    {
        if (!_ahead.TryDequeue(out var ahead)) return null;
        await ahead.Run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (ahead.Run.IsCompletedSuccessfully) return ahead.Slice;
        ahead.Slice.Dispose();
        return new PreparedSlice(ahead.Slice.Slice, _request, _budget);
    }

    /// <summary>Copies rows of the current slice, or loads the next one; false when there is none.</summary>
    private async ValueTask<bool> TakeAnyAsync(CancellationToken cancellationToken)
    {
        if (_current is null || _currentRow == _current.Count)
        {
            if (await NextSliceAsync(cancellationToken) is not { } prepared) return false;
            _current?.Dispose();
            _current = null;
            _current = await LoadAsync(prepared, cancellationToken);
            _currentRow = 0;
            if (_current is null) return true;
        }

        if (_current.Count == 0) return true;
        _batch ??= new RecordBatch([.. _current.Projection.Select(column => ColumnCopy.NewLike(column, _budget))]);
        var count = (int)Math.Min(Math.Min(_current.Count - _currentRow, RecordBatch.MaxRows - _batch.RowCount), _left);
        for (var i = 0; i < _current.Projection.Length; i++) count = Fitting(_current.Projection[i], _currentRow, count, _batch.Columns[i]);
        for (var i = 0; i < _current.Projection.Length; i++)
            ColumnCopy.AppendRange(_current.Projection[i], _currentRow, count, _batch.Columns[i]);
        _batch.RowCount += count;
        _currentRow += count;
        _left -= count;
        return true;
    }

    /// <summary>How many of the next rows do not fill a batch with the bytes of one column; one at least.</summary>
    private static int Fitting(Column column, int first, int count, Column batch)
    {
        if (column is not BytesColumn bytes) return count;
        var end = (first == 0 ? 0 : bytes.Ends[first - 1]) + (long)BatchBytes - ((BytesColumn)batch).Data.Length;
        if (bytes.Ends[first + count - 1] <= end) return count;
        var fitting = bytes.Ends.Slice(first, count).BinarySearch((int)end);
        return Math.Max(1, fitting < 0 ? ~fitting : fitting + 1);
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

    private void Emit(LoadedSlice slice, int row)
    {
        _batch ??= new RecordBatch([.. slice.Projection.Select(column => ColumnCopy.NewLike(column, _budget))]);
        for (var i = 0; i < slice.Projection.Length; i++) ColumnCopy.Append(slice.Projection[i], row, _batch.Columns[i]);
        _batch.RowCount++;
        _left--;
    }
}
