using Triptych.Primitives.Checksums;
using Triptych.Primitives.Memory;

namespace Triptych.Model.Logs;

/// <summary>How grave a log record is, as detected when it came in. The numbers stand in files and never change.</summary>
public enum LogLevel : byte
{
    /// <summary>Nothing tells.</summary>
    Unknown = 0,

    /// <summary>trace</summary>
    Trace = 1,

    /// <summary>debug</summary>
    Debug = 2,

    /// <summary>info</summary>
    Info = 3,

    /// <summary>warn</summary>
    Warn = 4,

    /// <summary>error</summary>
    Error = 5,

    /// <summary>critical</summary>
    Critical = 6,

    /// <summary>fatal</summary>
    Fatal = 7,
}

/// <summary>
/// Log records on their way from a decoder to the logs store: streams as canonical label sets, records in an array, all text in one buffer.
/// A decoder writes <c>AddStream</c>, then its records. Memory as for <see cref="Metrics.MetricBatch"/>.
/// </summary>
public sealed class LogBatch(MemoryBudget budget) : IDisposable
{
    private readonly NativeList<byte> _bytes = new(budget);
    private readonly NativeList<StreamEntry> _streams = new(budget);
    private readonly NativeList<LogEntry> _entries = new(budget);

    // Four bytes a record at most, of a budget of its own: a store in the middle of deciding cannot be refused them.
    private readonly NativeList<int> _notNew = new(MemoryBudget.Unlimited("log batch"));

    /// <summary>What the batch's memory is charged to; decoders charge their working memory to it as well.</summary>
    public MemoryBudget Budget { get; } = budget;

    /// <summary>The streams, in order of arrival; a stream may come several times.</summary>
    public ReadOnlySpan<StreamEntry> Streams => _streams.Span;

    /// <summary>The records, in order of arrival.</summary>
    public ReadOnlySpan<LogEntry> Entries => _entries.Span;

    /// <summary>Indexes of records that the store refused or had already, in order; of the rest it can be told that they are new.</summary>
    public ReadOnlySpan<int> NotNew => _notNew.Span;

    /// <summary>The bytes that a slice names, valid until the batch grows.</summary>
    public ReadOnlySpan<byte> Read(ByteSlice slice) => _bytes.Span.Slice(slice.Start, slice.Length);

    /// <summary>Makes room for so many bytes of text, as where a body is about as long as what it says; less where the budget has less.</summary>
    public void Reserve(int textBytes) => _bytes.TryReserve(textBytes);

    /// <summary>Begins a stream; records that follow belong to it. Returns its index.</summary>
    public int AddStream(ReadOnlySpan<byte> canonicalLabels)
    {
        _streams.Add(new StreamEntry(Store(canonicalLabels), XxHash64.Compute(canonicalLabels)));
        return _streams.Count - 1;
    }

    /// <summary>Adds a record to the stream begun last.</summary>
    /// <param name="timeUnixNanos">The record's time.</param>
    /// <param name="level">The detected level.</param>
    /// <param name="line">The line, valid UTF-8.</param>
    /// <param name="canonicalMetadata">Structured metadata as a canonical label set, without the detected level; may be empty.</param>
    public void AddEntry(long timeUnixNanos, LogLevel level, ReadOnlySpan<byte> line, ReadOnlySpan<byte> canonicalMetadata)
    {
        var stream = _streams.Count - 1;
        var hash = LogEntry.HashOf(_streams[stream].Hash, timeUnixNanos, line, canonicalMetadata);
        var stored = Store(line);
        _entries.Add(new LogEntry(stream, timeUnixNanos, level, stored, Store(canonicalMetadata), hash));
    }

    /// <summary>Notes that the store did not take a record, or had it; to be called in order of the records.</summary>
    public void MarkNotNew(int entry) => _notNew.Add(entry);

    /// <summary>Forgets everything; memory is kept.</summary>
    public void Clear()
    {
        _bytes.Clear();
        _streams.Clear();
        _entries.Clear();
        _notNew.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _bytes.Dispose();
        _streams.Dispose();
        _entries.Dispose();
        _notNew.Dispose();
    }

    private ByteSlice Store(ReadOnlySpan<byte> bytes)
    {
        var slice = new ByteSlice(_bytes.Count, bytes.Length);
        _bytes.AddRange(bytes);
        return slice;
    }
}

/// <summary>A stream: its canonical labels in the batch and their <see cref="XxHash64"/>.</summary>
public readonly record struct StreamEntry(ByteSlice Labels, ulong Hash);

/// <summary>A log record of the batch's stream with the given index, and its <see cref="HashOf"/>.</summary>
public readonly record struct LogEntry(int Stream, long TimeUnixNanos, LogLevel Level, ByteSlice Line, ByteSlice Metadata, ulong Hash)
{
    /// <summary>Equal for records that are equal in stream, time, line and metadata. Stands in no file.</summary>
    /// <param name="streamHash">The <see cref="StreamEntry.Hash"/> of the stream.</param>
    /// <param name="timeUnixNanos">The record's time.</param>
    /// <param name="line">Its line.</param>
    /// <param name="canonicalMetadata">Its structured metadata.</param>
    public static ulong HashOf(ulong streamHash, long timeUnixNanos, ReadOnlySpan<byte> line, ReadOnlySpan<byte> canonicalMetadata)
    {
        var seed = (streamHash ^ (ulong)timeUnixNanos) * 0x9E3779B97F4A7C15;
        if (!canonicalMetadata.IsEmpty) seed = XxHash64.Compute(canonicalMetadata, seed);
        return XxHash64.Compute(line, seed);
    }
}
