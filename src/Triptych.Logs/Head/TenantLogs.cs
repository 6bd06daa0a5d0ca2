using System.Buffers.Binary;
using Triptych.Model.Logs;
using Triptych.Primitives.Checksums;
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
    private readonly NativeList<int> _buckets = new(budget);
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

    /// <summary>Takes a record; false where an equal one (stream, time, line, metadata) is there.</summary>
    /// <exception cref="MemoryBudgetExceededException">There is no memory for it; nothing changed.</exception>
    public bool TryAppend(int stream, long timeUnixNanos, LogLevel level, ReadOnlySpan<byte> line, ReadOnlySpan<byte> metadata)
    {
        var hash = HashOf(stream, timeUnixNanos, line, metadata);
        if (_rows.Count * 2 >= _buckets.Count) Rehash();
        var mask = _buckets.Count - 1;
        var bucket = (int)hash & mask;
        for (; _buckets[bucket] != 0; bucket = (bucket + 1) & mask)
        {
            if (IsEqual(_rows[_buckets[bucket] - 1], hash, stream, timeUnixNanos, line, metadata)) return false;
        }

        if (!Text.TryAppend(line, out var lineRef) || !Text.TryAppend(metadata, out var metadataRef))
        {
            throw new MemoryBudgetExceededException(budget, line.Length + metadata.Length);
        }

        _rows.Add(new LogRow(timeUnixNanos, hash, lineRef, metadataRef, stream, level));
        _buckets[bucket] = _rows.Count;
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

    private static ulong HashOf(int stream, long timeUnixNanos, ReadOnlySpan<byte> line, ReadOnlySpan<byte> metadata)
    {
        Span<byte> fixedPart = stackalloc byte[20];
        BinaryPrimitives.WriteInt32LittleEndian(fixedPart, stream);
        BinaryPrimitives.WriteInt64LittleEndian(fixedPart[4..], timeUnixNanos);
        BinaryPrimitives.WriteUInt64LittleEndian(fixedPart[12..], XxHash64.Compute(metadata));
        return XxHash64.Compute(line, XxHash64.Compute(fixedPart));
    }

    private bool IsEqual(in LogRow row, ulong hash, int stream, long timeUnixNanos, ReadOnlySpan<byte> line, ReadOnlySpan<byte> metadata) =>
        row.Hash == hash && row.Stream == stream && row.TimeUnixNanos == timeUnixNanos
        && Text.Read(row.Line).SequenceEqual(line) && Text.Read(row.Metadata).SequenceEqual(metadata);

    private void Extend(long timeUnixNanos)
    {
        var slice = (_rows.Count - 1) / SliceRows;
        if (slice == _sliceTimes.Count) _sliceTimes.Add((timeUnixNanos, timeUnixNanos));
        var (min, max) = _sliceTimes[slice];
        _sliceTimes[slice] = (Math.Min(min, timeUnixNanos), Math.Max(max, timeUnixNanos));
    }

    private void Rehash()
    {
        var size = Math.Max(1024, _buckets.Count * 2);
        if (!_buckets.TryResize(size)) throw new MemoryBudgetExceededException(budget, size * sizeof(int));
        _buckets.Span.Clear();
        var mask = size - 1;
        for (var i = 0; i < _rows.Count; i++)
        {
            var bucket = (int)_rows[i].Hash & mask;
            while (_buckets[bucket] != 0) bucket = (bucket + 1) & mask;
            _buckets[bucket] = i + 1;
        }
    }
}
