using System.Buffers;
using System.Buffers.Text;
using Triptych.Ingest.Levels;
using Triptych.Ingest.Text;
using Triptych.Model.Labels;
using Triptych.Model.Logs;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Text;

namespace Triptych.Collect.Tail;

/// <summary>
/// Turns lines into records: the time that the line tells (or, where it tells none that can be true, when it was read), trace and span id
/// as metadata, the level. A line gives the same record whenever it is read, given the time of reading. One owner, one thread at a time.
/// </summary>
internal sealed class LineReader : IDisposable
{
    private const long OldestBelievedNanos = 946_684_800_000_000_000; // the year 2000
    private const long MostAheadNanos = 86_400_000_000_000;
    private const int MaxScannedBytes = 64 * 1024;

    private static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdefABCDEF"u8);

    private readonly LabelSetWriter _metadata = new();
    private readonly PooledBufferWriter _repaired = new(capacity: 0);

    /// <summary>Adds a line, without its newline, to the batch's last stream. Returns how many bytes it took.</summary>
    public int Add(LogBatch batch, LogLevel streamLevel, ReadOnlySpan<byte> line, long readUnixNanos)
    {
        if (!Utf8Text.IsValid(line))
        {
            _repaired.Reset();
            Utf8Text.Repair(line, _repaired);
            line = _repaired.WrittenSpan;
        }

        _metadata.Reset();
        var facts = Read(line.Length > MaxScannedBytes ? line[..MaxScannedBytes] : line);
        if (facts.SpanId is not null) _metadata.Add("span_id"u8, facts.SpanId);
        if (facts.TraceId is not null) _metadata.Add("trace_id"u8, facts.TraceId);
        _metadata.TryFinish(out var metadata);
        var isBelieved = facts.UnixNanos > OldestBelievedNanos && facts.UnixNanos - MostAheadNanos < readUnixNanos;
        var level = streamLevel == LogLevel.Unknown && facts.Level != LogLevel.Unknown ? facts.Level : LevelDetector.Detect(streamLevel, default, 0, line);
        batch.AddEntry(isBelieved ? facts.UnixNanos : readUnixNanos, level, line, metadata);
        return line.Length + metadata.Length;
    }

    /// <inheritdoc/>
    public void Dispose() => _repaired.Dispose();

    private static Facts Read(ReadOnlySpan<byte> line)
    {
        var facts = new Facts();
        if (TextTime.TryParseRfc3339(line.TrimStart("[ "u8), out var nanos)) facts.UnixNanos = nanos;
        var fields = new LineFields(line);
        while (fields.TryRead())
        {
            var name = fields.Name;
            var value = fields.Value;
            if (facts.UnixNanos == 0 && IsTimeName(name)) facts.UnixNanos = ReadTime(value);
            else if (facts.TraceId is null && IsTraceName(name)) facts.TraceId = ReadId(value, 32);
            else if (facts.SpanId is null && IsSpanName(name)) facts.SpanId = ReadId(value, 16);
            else if (fields.IsJson && !fields.IsQuoted && name.SequenceEqual("level"u8)) facts.Level = ReadNumericLevel(value);
        }

        return facts;
    }

    private static long ReadTime(ReadOnlySpan<byte> value) =>
        TextTime.TryParseRfc3339(value, out var nanos) || TextTime.TryParseNumber(value, out nanos) ? nanos : 0;

    private static bool IsTimeName(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("time"u8) || name.SequenceEqual("timestamp"u8) || name.SequenceEqual("ts"u8) || name.SequenceEqual("@timestamp"u8);

    private static bool IsTraceName(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("trace_id"u8) || name.SequenceEqual("traceId"u8) || name.SequenceEqual("traceID"u8) || name.SequenceEqual("trace.id"u8);

    private static bool IsSpanName(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("span_id"u8) || name.SequenceEqual("spanId"u8) || name.SequenceEqual("spanID"u8) || name.SequenceEqual("span.id"u8);

    // Trace ids of 64 bits are still about; nothing but zeros means no trace.
    private static byte[]? ReadId(ReadOnlySpan<byte> value, int length)
    {
        if (value.Length != length && value.Length != 16) return null;
        if (value.IndexOfAnyExcept(HexDigits) >= 0 || value.IndexOfAnyExcept((byte)'0') < 0) return null;
        var id = value.ToArray();
        for (var i = 0; i < id.Length; i++) id[i] = (byte)char.ToLowerInvariant((char)id[i]);
        return id;
    }

    // pino's and bunyan's numbers.
    private static LogLevel ReadNumericLevel(ReadOnlySpan<byte> value) => !Utf8Parser.TryParse(value, out int number, out _) ? LogLevel.Unknown : number switch
    {
        >= 10 and < 20 => LogLevel.Trace,
        >= 20 and < 30 => LogLevel.Debug,
        >= 30 and < 40 => LogLevel.Info,
        >= 40 and < 50 => LogLevel.Warn,
        >= 50 and < 60 => LogLevel.Error,
        >= 60 and < 70 => LogLevel.Fatal,
        _ => LogLevel.Unknown,
    };

    private ref struct Facts
    {
        public long UnixNanos;
        public byte[]? TraceId;
        public byte[]? SpanId;
        public LogLevel Level;
    }
}
