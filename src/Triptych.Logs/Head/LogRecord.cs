using Triptych.Model.Logs;
using Triptych.Primitives.Binary;
using Triptych.Storage.Wal;

namespace Triptych.Logs.Head;

/// <summary>
/// The payload of a WAL record of logs (docs/formats/wal.md): the outcome of an append. Streams are named anew in each record, so that a
/// record decodes alone.
/// <code>
/// version:u8 = 1
/// streams: uvarint(n) { labels:uvarint-length bytes }
/// entries: uvarint(n) { stream:uvarint  time - time before:zigzag  level:u8  line:uvarint-length bytes  metadata:uvarint-length bytes }
/// </code>
/// </summary>
internal static class LogRecord
{
    /// <summary>The version that is written.</summary>
    public const byte Version = 1;

    /// <summary>The most items of a kind in one record.</summary>
    public const int MaxItems = 16 * 1024 * 1024;

    // Of an entry, beside its text: four varints and the level.
    private const int MostFixedBytes = (4 * Varint.MaxLength) + 1;

    /// <summary>Writes the accepted entries of a batch; nothing when there are none.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="accepted">Indexes of the entries.</param>
    public static void Write(PooledBufferWriter output, LogBatch batch, List<int> accepted)
    {
        if (accepted.Count == 0) return;
        output.WriteByte(Version);
        output.WriteUnsigned((ulong)batch.Streams.Length);
        foreach (ref readonly var stream in batch.Streams) output.WriteLengthPrefixed(batch.Read(stream.Labels));
        output.WriteUnsigned((ulong)accepted.Count);
        var time = 0L;
        var entries = batch.Entries;
        foreach (var index in accepted)
        {
            ref readonly var entry = ref entries[index];
            var room = output.GetSpan(MostFixedBytes + entry.Line.Length + entry.Metadata.Length);
            var at = Varint.Write(room, (ulong)entry.Stream);
            at += Varint.WriteSigned(room[at..], entry.TimeUnixNanos - time);
            room[at++] = (byte)entry.Level;
            at += Varint.Write(room[at..], (ulong)entry.Line.Length);
            batch.Read(entry.Line).CopyTo(room[at..]);
            at += entry.Line.Length;
            at += Varint.Write(room[at..], (ulong)entry.Metadata.Length);
            batch.Read(entry.Metadata).CopyTo(room[at..]);
            output.Advance(at + entry.Metadata.Length);
            time = entry.TimeUnixNanos;
        }
    }

    /// <summary>Walks a whole payload, so that a record which is not one is set aside before any of it is taken in.</summary>
    /// <exception cref="InvalidDataException">The payload is not a record of logs.</exception>
    public static void Check(ReadOnlySpan<byte> payload)
    {
        var reader = new VarintReader(payload);
        var version = reader.ReadByte();
        if (version > Version) throw new WalTooNewException($"a record of logs has version {version}, this one knows {Version}");
        if (version != Version) throw new InvalidDataException($"a record of logs has version {version}, this program knows {Version}");
        var streams = reader.ReadCount(MaxItems);
        for (var n = streams; n > 0 && !reader.Failed; n--) reader.ReadLengthPrefixed();
        for (var n = reader.ReadCount(MaxItems); n > 0 && !reader.Failed; n--)
        {
            var stream = reader.ReadUnsigned();
            if (stream >= (ulong)streams) throw new InvalidDataException($"a record of logs names stream {stream} of {streams}");
            reader.ReadSigned();
            reader.ReadByte();
            reader.ReadLengthPrefixed();
            reader.ReadLengthPrefixed();
        }

        if (reader.Failed || !reader.AtEnd) throw new InvalidDataException($"a record of logs breaks off at byte {reader.Position}");
    }
}

/// <summary>An entry of a record; the spans stand in the payload.</summary>
internal readonly ref struct RecordEntry
{
    /// <summary>Index of the stream in the record.</summary>
    public required int Stream { get; init; }

    /// <summary>Time.</summary>
    public required long TimeUnixNanos { get; init; }

    /// <summary>Level.</summary>
    public required byte Level { get; init; }

    /// <summary>Line.</summary>
    public required ReadOnlySpan<byte> Line { get; init; }

    /// <summary>Metadata.</summary>
    public required ReadOnlySpan<byte> Metadata { get; init; }
}

/// <summary>Reads a payload that <see cref="LogRecord.Check"/> found good: all streams, then all entries.</summary>
internal ref struct LogRecordReader
{
    private VarintReader _reader;
    private int _left;
    private long _time;

    /// <summary>Begins with the streams.</summary>
    public LogRecordReader(ReadOnlySpan<byte> payload)
    {
        _reader = new VarintReader(payload);
        _reader.ReadByte();
        StreamCount = _reader.ReadCount(LogRecord.MaxItems);
    }

    /// <summary>How many streams there are.</summary>
    public int StreamCount { get; }

    /// <summary>The canonical labels of the next stream.</summary>
    public ReadOnlySpan<byte> ReadStream() => _reader.ReadLengthPrefixed();

    /// <summary>Goes on to the entries.</summary>
    public void BeginEntries() => _left = _reader.ReadCount(LogRecord.MaxItems);

    /// <summary>The next entry.</summary>
    public bool TryReadEntry(out RecordEntry entry)
    {
        entry = default;
        if (_left-- <= 0) return false;
        entry = new RecordEntry
        {
            Stream = (int)_reader.ReadUnsigned(),
            TimeUnixNanos = _time += _reader.ReadSigned(),
            Level = _reader.ReadByte(),
            Line = _reader.ReadLengthPrefixed(),
            Metadata = _reader.ReadLengthPrefixed(),
        };
        return true;
    }
}
