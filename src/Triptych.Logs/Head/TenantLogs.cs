using Triptych.Model.Logs;
using Triptych.Primitives.Memory;
using Triptych.Storage.Index;

namespace Triptych.Logs.Head;

/// <summary>
/// One tenant's log records in a head: streams as a <see cref="LabelIndex"/>, records in an array in order of arrival, text in slabs, and a
/// hash table that finds a record equal to a new one.
/// Not synchronised: <see cref="LogHead"/> holds its lock. Rows and text do not change once they are in.
/// </summary>
internal sealed class TenantLogs(SlabPool slabs, MemoryBudget budget) : IDisposable
{
    /// <summary>The longest line that is taken, in bytes.</summary>
    public const int MaxLineBytes = SlabArena.MaxItemLength;

    /// <summary>Rows of a head are looked at in pieces of this many.</summary>
    public const int SliceRows = 16 * 1024;

    private readonly Dictionary<ulong, int> _streamByHash = [];
    private readonly NativeList<LogRow> _rows = new(budget);

    // The upper half of a record's hash and, below it, its row plus one; 0 is a free place. That the hash stands here spares a look at most rows.
    private NativeList<ulong> _buckets = new(budget);
    private readonly List<(long Min, long Max)> _sliceTimes = [];
    private (long SizeBytes, long Rows) _published;

    /// <summary>Stream labels.</summary>
    public LabelIndex Streams { get; } = new();

    /// <summary>The text of lines and metadata.</summary>
    public SlabArena Text { get; } = new(slabs);

    /// <summary>The records, in order of arrival.</summary>
    public ReadOnlySpan<LogRow> Rows => _rows.Span;

    /// <summary>Smallest and largest time of each slice of rows.</summary>
    public IReadOnlyList<(long Min, long Max)> SliceTimes => _sliceTimes;

    /// <summary>Memory held, in bytes.</summary>
    public long SizeBytes => Streams.SizeBytes + (_streamByHash.Count * 40L) + _rows.SizeBytes + _buckets.SizeBytes + Text.SizeBytes;

    /// <summary>How many bytes and rows have come since the last call.</summary>
    public (long SizeBytes, long Rows) TakeGrowth()
    {
        var before = _published;
        _published = (SizeBytes, Rows.Length);
        return (_published.SizeBytes - before.SizeBytes, _published.Rows - before.Rows);
    }

    /// <summary>The stream with these labels, a new one where there is none.</summary>
    public int FindOrAddStream(ReadOnlySpan<byte> canonicalLabels, ulong hash)
    {
        // Two label sets with one hash: the second is found under the next free key.
        while (_streamByHash.TryGetValue(hash, out var known))
        {
            if (Streams.HasKey(known, canonicalLabels)) return known;
            hash++;
        }

        var stream = Streams.Add(canonicalLabels);
        _streamByHash.Add(hash, stream);
        return stream;
    }

    /// <summary>Asks for the memory that <see cref="TryAppend"/> of a record with this hash looks at first; a hint that changes nothing.</summary>
    public void Prefetch(ulong hash) => _buckets.Prefetch((int)(hash >> 32) & (_buckets.Count - 1));

    /// <summary>Takes a record; false where an equal one (stream, time, line, metadata) is there.</summary>
    /// <param name="hash">Its <see cref="LogEntry.HashOf"/>.</param>
    /// <param name="stream">Its stream.</param>
    /// <param name="timeUnixNanos">Its time.</param>
    /// <param name="level">Its level.</param>
    /// <param name="line">Its line.</param>
    /// <param name="metadata">Its structured metadata.</param>
    /// <exception cref="MemoryBudgetExceededException">There is no memory for it; nothing changed.</exception>
    public bool TryAppend(ulong hash, int stream, long timeUnixNanos, LogLevel level, ReadOnlySpan<byte> line, ReadOnlySpan<byte> metadata)
    {
        if (_rows.Count >= _buckets.Count / 8 * 5) Grow();
        var tag = (uint)(hash >> 32);
        var buckets = _buckets.Span;
        var mask = buckets.Length - 1;
        var bucket = (int)tag & mask;
        for (; buckets[bucket] is var taken && taken != 0; bucket = (bucket + 1) & mask)
        {
            if ((uint)(taken >> 32) == tag && IsEqual(_rows[(int)(uint)taken - 1], stream, timeUnixNanos, line, metadata)) return false;
        }

        if (!Text.TryAppend(line, out var lineRef) || !Text.TryAppend(metadata, out var metadataRef))
        {
            throw new MemoryBudgetExceededException(budget, line.Length + metadata.Length);
        }

        _rows.Add(new LogRow(timeUnixNanos, lineRef, metadataRef, stream, level));
        buckets[bucket] = ((ulong)tag << 32) | (uint)_rows.Count;
        Extend(timeUnixNanos);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _rows.Dispose();
        _buckets.Dispose();
        Text.Dispose();
    }

    private bool IsEqual(in LogRow row, int stream, long timeUnixNanos, ReadOnlySpan<byte> line, ReadOnlySpan<byte> metadata) =>
        row.Stream == stream && row.TimeUnixNanos == timeUnixNanos
        && Text.Read(row.Line).SequenceEqual(line) && Text.Read(row.Metadata).SequenceEqual(metadata);

    private void Extend(long timeUnixNanos)
    {
        var slice = (_rows.Count - 1) / SliceRows;
        if (slice == _sliceTimes.Count) _sliceTimes.Add((timeUnixNanos, timeUnixNanos));
        var (min, max) = _sliceTimes[slice];
        _sliceTimes[slice] = (Math.Min(min, timeUnixNanos), Math.Max(max, timeUnixNanos));
    }

    private void Grow()
    {
        var larger = new NativeList<ulong>(budget);
        var size = Math.Max(1024, _buckets.Count * 2);
        if (!larger.TryResize(size))
        {
            larger.Dispose();
            throw new MemoryBudgetExceededException(budget, size * (long)sizeof(ulong));
        }

        var buckets = larger.Span;
        var mask = size - 1;
        foreach (var taken in _buckets.Span)
        {
            if (taken == 0) continue;
            var bucket = (int)(taken >> 32) & mask;
            while (buckets[bucket] != 0) bucket = (bucket + 1) & mask;
            buckets[bucket] = taken;
        }

        _buckets.Dispose();
        _buckets = larger;
    }
}
