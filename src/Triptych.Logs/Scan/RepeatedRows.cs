using Triptych.Columnar;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Rows;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Memory;

namespace Triptych.Logs.Scan;

/// <summary>
/// Finds, before a scan without order begins, the records that several sources hold, so that slices can be read one by one and records counted without
/// being compared. Only rows in the times that slices of different sources share are looked at, first by stream and time alone: of few others
/// lines and metadata have to be read. One scan's; disposing gives back what it holds.
/// </summary>
internal sealed class RepeatedRows(RowScanRequest request, MemoryBudget budget, StreamUnion streams, ScanStatistics statistics) : IDisposable
{
    private const int MostSlices = 1024;
    private const int MostRows = 4 * 1024 * 1024;
    private const int MostSuspects = 64 * 1024;

    // Of a row: its stream and time, and its place in the list of rows.
    private const int BytesPerRow = 40;
    private const int SlotBits = 20;

    private readonly ScanCharge _charge = new(budget);
    private readonly List<SliceRows> _loaded = [];
    private readonly List<BytesColumn> _text = [];

    /// <summary>Gives slices their repeats and marks them as settled; false where there is too much to look at, and nothing has changed.</summary>
    public async ValueTask<bool> TryFindAsync(
        IReadOnlyList<LogSlice> slices, Func<LogSlice, CorruptFileException, ValueTask> onDamage, CancellationToken cancellationToken)
    {
        var marked = slices.Where(s => s.MayRepeat).ToList();
        if (marked.Count > MostSlices) return false;
        var rows = new List<Twin>();
        for (var i = 0; i < marked.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                await LoadAsync(marked, i, rows, cancellationToken);
            }
            catch (CorruptFileException e) when (marked[i].Source.Block is not null)
            {
                await onDamage(marked[i], e);
                rows.RemoveAll(r => r.Slice == i);
                _loaded.Add(new NoRows());
            }

            if (rows.Count > MostRows) return false;
            _charge.Set(rows.Capacity * (long)BytesPerRow);
        }

        var suspects = Suspects(rows);
        if (suspects.Count > MostSuspects) return false;
        for (var i = 0; i < marked.Count; i++) marked[i].MayRepeat = false;
        if (suspects.Count > 0) await CompareAsync(marked, suspects, onDamage, cancellationToken);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var rows in _loaded) rows.Dispose();
        foreach (var column in _text) column.Release();
        _charge.Dispose();
    }

    private async ValueTask LoadAsync(List<LogSlice> marked, int index, List<Twin> rows, CancellationToken cancellationToken)
    {
        // The times that the slice shares with slices of other sources, from the first to the last of them.
        var slice = marked[index];
        var (low, high) = (long.MaxValue, long.MinValue);
        foreach (var other in marked)
        {
            if (other.Source == slice.Source || other.MinTime > slice.MaxTime || other.MaxTime < slice.MinTime) continue;
            low = Math.Min(low, Math.Max(other.MinTime, slice.MinTime));
            high = Math.Max(high, Math.Min(other.MaxTime, slice.MaxTime));
        }

        low = Math.Max(low, request.MinTimeUnixNanos);
        if (high >= request.MaxTimeUnixNanos) high = request.MaxTimeUnixNanos - 1;
        if (low > high)
        {
            _loaded.Add(new NoRows());
            return;
        }

        var shared = request with
        {
            MinTimeUnixNanos = low,
            MaxTimeUnixNanos = high == long.MaxValue ? high : high + 1,
            Predicate = null,
            Projection = [LogColumns.TimeUnixNanos],
        };
        var loaded = await slice.LoadAsync(shared, budget, cancellationToken);
        _loaded.Add(loaded);
        var places = Enumerable.Range(0, loaded.Rows.Count).ToArray();
        var times = (Int64Column)await loaded.ReadAsync(LogColumns.TimeUnixNanos, places, cancellationToken);
        statistics.BytesRead += loaded.Read.SizeBytes;
        statistics.PagesRead += loaded.Read.Pages;
        for (var i = 0; i < places.Length; i++)
            rows.Add(new Twin(streams.NumberOf(slice.Source, loaded.Streams[i]), times[i], slice.Source.Number, index, i));
    }

    /// <summary>
    /// The rows whose stream and time another source has, sorted by these and then from the oldest source on. A table of one byte for each hash says
    /// first which rows cannot be among them.
    /// </summary>
    private static List<Twin> Suspects(List<Twin> rows)
    {
        var firstSource = new int[1 << SlotBits];
        var isShared = new bool[1 << SlotBits];
        foreach (var row in rows)
        {
            ref var first = ref firstSource[row.Slot(SlotBits)];
            if (first == 0) first = row.Source + 1;
            else if (first != row.Source + 1) isShared[row.Slot(SlotBits)] = true;
        }

        var likely = rows.FindAll(row => isShared[row.Slot(SlotBits)]);
        likely.Sort();
        var suspects = new List<Twin>();
        for (var start = 0; start < likely.Count;)
        {
            var end = start + 1;
            while (end < likely.Count && likely[end].IsAtInstantOf(likely[start])) end++;
            if (likely[start].Source != likely[end - 1].Source) suspects.AddRange(likely[start..end]);
            start = end;
        }

        return suspects;
    }

    private async ValueTask CompareAsync(
        List<LogSlice> marked, List<Twin> suspects, Func<LogSlice, CorruptFileException, ValueTask> onDamage, CancellationToken cancellationToken)
    {
        var text = new (BytesColumn Line, BytesColumn Metadata, Dictionary<int, int> At)?[marked.Count];
        foreach (var ofSlice in suspects.GroupBy(s => s.Slice))
        {
            var places = ofSlice.Select(s => s.Place).Order().ToArray();
            var rows = _loaded[ofSlice.Key];
            try
            {
                var line = (BytesColumn)await rows.ReadAsync(LogColumns.Line, places, cancellationToken);
                _text.Add(line);
                var metadata = (BytesColumn)await rows.ReadAsync(LogColumns.Metadata, places, cancellationToken);
                _text.Add(metadata);
                var at = new Dictionary<int, int>(places.Length);
                for (var i = 0; i < places.Length; i++) at[places[i]] = i;
                text[ofSlice.Key] = (line, metadata, at);
                _charge.Add(line.SizeBytes + metadata.SizeBytes + (places.Length * (long)BytesPerRow));
            }
            catch (CorruptFileException e) when (marked[ofSlice.Key].Source.Block is not null)
            {
                await onDamage(marked[ofSlice.Key], e);
            }
        }

        for (var start = 0; start < suspects.Count;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var end = start + 1;
            while (end < suspects.Count && suspects[end].IsAtInstantOf(suspects[start])) end++;
            var seen = new Dictionary<ulong, Twin>();
            for (var i = start; i < end; i++)
            {
                if (text[suspects[i].Slice] is null || TryKeep(seen, suspects[i], text)) continue;
                (marked[suspects[i].Slice].Repeats ??= []).Add(_loaded[suspects[i].Slice].Rows[suspects[i].Place]);
            }

            start = end;
        }
    }

    /// <summary>Takes a row; false where an equal one was taken. All are of one stream and time.</summary>
    private static bool TryKeep(
        Dictionary<ulong, Twin> seen, Twin row, (BytesColumn Line, BytesColumn Metadata, Dictionary<int, int> At)?[] text)
    {
        var (line, metadata) = TextOf(row);
        var hash = XxHash64.Compute(line, XxHash64.Compute(metadata));
        for (; seen.TryGetValue(hash, out var known); hash++)
        {
            var other = TextOf(known);
            if (other.Line.SequenceEqual(line) && other.Metadata.SequenceEqual(metadata)) return false;
        }

        seen.Add(hash, row);
        return true;

        Text TextOf(Twin twin)
        {
            var known = text[twin.Slice]!.Value;
            var at = known.At[twin.Place];
            return new Text(known.Line[at], known.Metadata[at]);
        }
    }

    private readonly ref struct Text(ReadOnlySpan<byte> line, ReadOnlySpan<byte> metadata)
    {
        public ReadOnlySpan<byte> Line { get; } = line;

        public ReadOnlySpan<byte> Metadata { get; } = metadata;

        public void Deconstruct(out ReadOnlySpan<byte> line, out ReadOnlySpan<byte> metadata)
        {
            line = Line;
            metadata = Metadata;
        }
    }

    private readonly record struct Twin(int Stream, long Time, int Source, int Slice, int Place) : IComparable<Twin>
    {
        public int Slot(int bits) => (int)((((ulong)Time * 0x9E3779B97F4A7C15) ^ ((ulong)Stream * 0xC2B2AE3D27D4EB4F)) >> (64 - bits));

        public bool IsAtInstantOf(Twin other) => Stream == other.Stream && Time == other.Time;

        public int CompareTo(Twin other)
        {
            if (Stream != other.Stream) return Stream.CompareTo(other.Stream);
            if (Time != other.Time) return Time.CompareTo(other.Time);
            if (Source != other.Source) return Source.CompareTo(other.Source);
            return Slice != other.Slice ? Slice.CompareTo(other.Slice) : Place.CompareTo(other.Place);
        }
    }

    private sealed class NoRows : SliceRows
    {
        public override ValueTask<Column> ReadAsync(ColumnRef column, int[] picked, CancellationToken cancellationToken) => throw Unknown(column);

        public override ValueTask ReadLinesAsync(ReadOnlyMemory<int> picked, BytesColumn into, CancellationToken cancellationToken) =>
            throw Unknown(LogColumns.Line);

        public override void Dispose()
        {
        }
    }
}
