using System.Buffers.Binary;
using System.Text.Unicode;
using Triptych.Model.Labels;
using Triptych.Primitives.Checksums;

namespace Triptych.Ingest.PrometheusTsdb;

/// <summary>
/// The file <c>index</c> of a block, version 2:
/// <code>
/// magic:u32 0xBAAAD700  version:u8     symbols := length:u32 count:u32 { string } crc32c:u32
/// series := { padding to 16  length:uvarint  entry  crc32c:u32 }     … postings, which are not read here …
/// table of contents, the last 52 bytes: symbols series label_indices label_offsets postings postings_offsets, each u64, crc32c:u32
/// </code>
/// Opening reads symbols and the names of all series, 8 bytes a series; everything else stays in the file. One thread; the owner disposes it.
/// </summary>
public sealed class BlockIndex : IDisposable
{
    private const uint Magic = 0xBAAAD700;
    private const int ContentsBytes = (6 * sizeof(ulong)) + sizeof(uint);
    private const int Alignment = 16;
    private const int MaxEntryBytes = 64 * 1024 * 1024;

    private readonly SourceFile _file;
    private readonly byte[] _symbols;
    private readonly List<int> _symbolEnds = [];
    private readonly HashSet<int> _badSymbols = [];
    private readonly LabelSetWriter _labels = new();
    private readonly List<ulong> _series = [];

    private BlockIndex(SourceFile file, byte[] symbols)
    {
        _file = file;
        _symbols = symbols;
    }

    /// <summary>Number of series.</summary>
    public int SeriesCount => _series.Count;

    /// <summary>Opens an index.</summary>
    /// <param name="path">The file.</param>
    /// <param name="onDamage">Told of each entry that cannot be read; the others can.</param>
    /// <exception cref="TsdbDamageException">Nothing can be read.</exception>
    public static BlockIndex Open(string path, Action<TsdbDamage> onDamage)
    {
        var file = new SourceFile(path, windowBytes: 1024 * 1024);
        try
        {
            var header = file.Read(0, 5);
            if (BinaryPrimitives.ReadUInt32BigEndian(header) != Magic) throw new TsdbDamageException(path, 0, "it is not the index of a block");
            if (header[4] != 2) throw new TsdbDamageException(path, 4, $"the index has version {header[4]}; only version 2 can be read, which Prometheus writes since 2.1");
            var (symbolsAt, seriesAt, seriesEnd) = ReadContents(file);
            var index = new BlockIndex(file, ReadSymbolBytes(file, symbolsAt, out var count));
            index.SplitSymbols(count, symbolsAt);
            index.FindSeries(seriesAt, seriesEnd, onDamage);
            return index;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The places of all series, those with equal metric names together and names in order; the series of one name in the order of the file.
    /// </summary>
    public IEnumerable<ReadOnlyMemory<ulong>> ByMetricName()
    {
        var sorted = _series.ToArray();
        Array.Sort(sorted);
        for (var start = 0; start < sorted.Length;)
        {
            var end = start + 1;
            while (end < sorted.Length && sorted[end] >> 32 == sorted[start] >> 32) end++;
            yield return sorted.AsMemory(start, end - start);
            start = end;
        }
    }

    /// <summary>Reads a series; returns what is wrong with it, or null.</summary>
    /// <param name="place">As <see cref="ByMetricName"/> gives it.</param>
    /// <param name="chunks">Gets its chunks.</param>
    /// <param name="labels">Its canonical labels, valid until the next read.</param>
    public TsdbDamage? Read(ulong place, List<ChunkRef> chunks, out ReadOnlySpan<byte> labels)
    {
        chunks.Clear();
        labels = default;
        var offset = OffsetOf(place);
        try
        {
            return Parse(ReadEntry(offset, out _), offset, chunks, out labels);
        }
        catch (TsdbDamageException e)
        {
            return e.Damage;
        }
    }

    /// <summary>The number by which tombstones name a series.</summary>
    public static ulong ReferenceOf(ulong place) => (uint)place;

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static long OffsetOf(ulong place) => (long)(uint)place * Alignment;

    private static (long Symbols, long Series, long SeriesEnd) ReadContents(SourceFile file)
    {
        var at = Math.Max(0, file.Length - ContentsBytes);
        var bytes = file.Read(at, ContentsBytes);
        if (Crc32C.Compute(bytes[..^sizeof(uint)]) != BinaryPrimitives.ReadUInt32BigEndian(bytes[^sizeof(uint)..]))
            throw new TsdbDamageException(file.Path, at, "the checksum of the table of contents does not match: the file is altered or breaks off");
        var places = new ulong[6];
        for (var i = 0; i < places.Length; i++) places[i] = BinaryPrimitives.ReadUInt64BigEndian(bytes[(i * sizeof(ulong))..]);
        var (symbols, series) = (places[0], places[1]);
        var end = places.Where(p => p > series).Append((ulong)at).Min();
        if (symbols == 0 || symbols > (ulong)at || series > (ulong)at) throw new TsdbDamageException(file.Path, at, "the table of contents names places outside of the file");

        // Without series there is no section of them.
        return ((long)symbols, (long)series, series == 0 ? 0 : (long)end);
    }

    private static byte[] ReadSymbolBytes(SourceFile file, long at, out int count)
    {
        var length = BinaryPrimitives.ReadUInt32BigEndian(file.Read(at, sizeof(uint)));
        if (length < sizeof(uint) || length > file.Length - at - (2 * sizeof(uint)) || length > Array.MaxLength - sizeof(uint))
            throw new TsdbDamageException(file.Path, at, $"the symbols claim {length} bytes, which the file does not have");
        var symbols = new byte[(int)length];
        const int Piece = 1024 * 1024;
        for (var read = 0; read < symbols.Length; read += Piece)
        {
            var part = Math.Min(Piece, symbols.Length - read);
            file.Read(at + sizeof(uint) + read, part).CopyTo(symbols.AsSpan(read));
        }

        if (Crc32C.Compute(symbols) != BinaryPrimitives.ReadUInt32BigEndian(file.Read(at + sizeof(uint) + symbols.Length, sizeof(uint))))
            throw new TsdbDamageException(file.Path, at, "the checksum of the symbols does not match");
        count = (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(symbols), int.MaxValue);
        return symbols;
    }

    /// <summary>Finds where each symbol ends. Symbols are in order, which the order of metric names rests on.</summary>
    private void SplitSymbols(int count, long at)
    {
        var reader = new ElementReader(_symbols.AsSpan(sizeof(uint)));
        ReadOnlySpan<byte> before = default;
        for (var i = 0; i < count; i++)
        {
            var symbol = reader.ReadString();
            if (reader.Failed) throw new TsdbDamageException(_file.Path, at, $"the symbols break off: there are {i} of {count}");
            if (i > 0 && before.SequenceCompareTo(symbol) >= 0) throw new TsdbDamageException(_file.Path, at, $"the symbol {i} is not behind the one before it");
            if (!Utf8.IsValid(symbol)) _badSymbols.Add(i);
            _symbolEnds.Add(sizeof(uint) + reader.Position);
            before = symbol;
        }
    }

    private ReadOnlySpan<byte> Symbol(int number)
    {
        var start = number == 0 ? sizeof(uint) : _symbolEnds[number - 1];
        var reader = new ElementReader(_symbols.AsSpan(start, _symbolEnds[number] - start));
        return reader.ReadString();
    }

    private void FindSeries(long at, long end, Action<TsdbDamage> onDamage)
    {
        var isDamaged = false;
        at = (at + Alignment - 1) / Alignment * Alignment;
        while (at > 0 && at < end)
        {
            if (at / Alignment > uint.MaxValue) throw new TsdbDamageException(_file.Path, at, "a series lies beyond 64 GiB");
            try
            {
                var entry = ReadEntry(at, out var length);
                isDamaged = false;

                // Zeros behind the last series fill up to the next section.
                if (entry.IsEmpty) return;
                _series.Add(((ulong)(uint)(NameOf(entry) + 1) << 32) | (uint)(at / Alignment));
                at += (length + Alignment - 1) / Alignment * Alignment;
            }
            catch (TsdbDamageException e)
            {
                // The next entry lies somewhere behind; its checksum tells it. One message for all that is skipped.
                if (!isDamaged) onDamage(e.Damage);
                isDamaged = true;
                at += Alignment;
            }
        }
    }

    private ReadOnlySpan<byte> ReadEntry(long offset, out int totalBytes)
    {
        var head = _file.ReadUpTo(offset, 10);
        var lengthBytes = Primitives.Binary.Varint.Read(head, out var length);
        totalBytes = 0;
        if (lengthBytes <= 0 || length > MaxEntryBytes) throw new TsdbDamageException(_file.Path, offset, "there is no series at this place");
        if (length == 0) return default;
        totalBytes = lengthBytes + (int)length + sizeof(uint);
        var bytes = _file.Read(offset + lengthBytes, (int)length + sizeof(uint));
        if (Crc32C.Compute(bytes[..^sizeof(uint)]) != BinaryPrimitives.ReadUInt32BigEndian(bytes[^sizeof(uint)..]))
            throw new TsdbDamageException(_file.Path, offset, "the checksum of a series does not match");
        return bytes[..^sizeof(uint)];
    }

    /// <summary>The symbol of the metric's name; −1 where there is none.</summary>
    private int NameOf(ReadOnlySpan<byte> entry)
    {
        var reader = new ElementReader(entry);
        for (var labels = reader.ReadCount(2); labels > 0; labels--)
        {
            var (name, value) = (reader.ReadUnsigned(), reader.ReadUnsigned());
            if (name < (ulong)_symbolEnds.Count && value < (ulong)_symbolEnds.Count && Symbol((int)name).SequenceEqual("__name__"u8)) return (int)value;
        }

        return -1;
    }

    private TsdbDamage? Parse(ReadOnlySpan<byte> entry, long offset, List<ChunkRef> chunks, out ReadOnlySpan<byte> labels)
    {
        labels = default;
        var reader = new ElementReader(entry);
        _labels.Reset();
        for (var count = reader.ReadCount(2); count > 0; count--)
        {
            var (name, value) = (reader.ReadUnsigned(), reader.ReadUnsigned());
            if (name >= (ulong)_symbolEnds.Count || value >= (ulong)_symbolEnds.Count) return new TsdbDamage(_file.Path, offset, "a series names a symbol that the index does not have");
            if (_badSymbols.Contains((int)name) || _badSymbols.Contains((int)value)) return new TsdbDamage(_file.Path, offset, "a series has a label that is not UTF-8");
            _labels.Add(Symbol((int)name), Symbol((int)value));
        }

        var error = _labels.TryFinish(out labels);
        if (error != LabelSetError.None) return new TsdbDamage(_file.Path, offset, $"the labels of a series are no label set ({error})");
        long end = 0;
        ulong reference = 0;
        var chunkCount = reader.ReadCount(3);
        for (var i = 0; i < chunkCount; i++)
        {
            var start = i == 0 ? reader.ReadSigned() : end + (long)reader.ReadUnsigned();
            end = start + (long)reader.ReadUnsigned();
            reference = i == 0 ? reader.ReadUnsigned() : reference + (ulong)reader.ReadSigned();
            chunks.Add(new ChunkRef(start, end, reference));
        }

        return reader.Failed ? new TsdbDamage(_file.Path, offset, "a series breaks off") : null;
    }
}

/// <summary>A chunk of a series.</summary>
/// <param name="MinTimeMs">Time of its first sample.</param>
/// <param name="MaxTimeMs">Time of its last sample.</param>
/// <param name="Reference">Where it is, for <see cref="ChunkSegments.Read"/>.</param>
public readonly record struct ChunkRef(long MinTimeMs, long MaxTimeMs, ulong Reference);
