using System.Buffers.Binary;
using System.Collections.Immutable;
using Triptych.Columnar.Parquet.Encodings;
using Triptych.Columnar.Parquet.Metadata;
using Triptych.Columnar.Parquet.Pages;
using Triptych.Columnar.Parquet.Thrift;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Memory;

namespace Triptych.Columnar.Parquet.Writing;

/// <summary>
/// Turns filled pages of one column chunk into their bytes and keeps those until the chunk goes to the file: dictionary first, then data
/// pages. One owner, who disposes it.
/// </summary>
internal sealed class ChunkPages(ParquetColumn column, ParquetCodec codec, int zstdLevel, DataPageVersion version) : IDisposable
{
    // A page that shrinks by less than a sixteenth is not worth the time of decompressing it.
    private const int MinGain = 16;

    private readonly List<(PooledBytes Bytes, int RowCount)> _pages = [];
    private readonly PooledBufferWriter _body = new(capacity: 4096);
    private readonly PooledBufferWriter _compressed = new(capacity: 4096);
    private readonly PooledBufferWriter? _joined = version == DataPageVersion.V1 ? new(capacity: 4096) : null;
    private readonly PooledBufferWriter _header = new(capacity: 256);
    private readonly SortedSet<ParquetEncoding> _encodings = [];
    private PooledBytes? _dictionary;
    private long _uncompressedBytes;

    /// <summary>Bytes of all pages so far.</summary>
    public long SizeBytes { get; private set; }

    public ParquetCodec Codec => codec;

    public long UncompressedBytes => _uncompressedBytes;

    public ImmutableArray<ParquetEncoding> Encodings => [.. _encodings];

    /// <summary>Where the writer of a page puts its values; emptied by <see cref="AddDataPage"/>.</summary>
    public PooledBufferWriter Values => _body;

    /// <summary>Makes a data page of the levels and of what lies in <see cref="Values"/>.</summary>
    public void AddDataPage(ReadOnlySpan<byte> repetitions, ReadOnlySpan<byte> definitions, int levelCount, int rowCount, int nullCount, ParquetEncoding encoding)
    {
        if (_joined is not null)
            AddVersion1(repetitions, definitions, levelCount, rowCount, encoding);
        else
            AddVersion2(repetitions, definitions, levelCount, rowCount, nullCount, encoding);
        _encodings.Add(encoding);
        if (column.MaxDefinitionLevel > 0 || column.MaxRepetitionLevel > 0)
            _encodings.Add(ParquetEncoding.Rle);
        _body.Reset();
    }

    private void AddVersion2(
        ReadOnlySpan<byte> repetitions, ReadOnlySpan<byte> definitions, int levelCount, int rowCount, int nullCount, ParquetEncoding encoding)
    {
        _compressed.Reset();
        var repetitionBytes = WriteLevels(repetitions, column.MaxRepetitionLevel);
        var definitionBytes = WriteLevels(definitions, column.MaxDefinitionLevel);
        var levelBytes = repetitionBytes + definitionBytes;
        var isCompressed = codec != ParquetCodec.Uncompressed && _body.Length > 0;
        if (isCompressed && PageCompression.Compress(codec, zstdLevel, _body.WrittenSpan, _compressed) > _body.Length - (_body.Length / MinGain))
        {
            _compressed.Truncate(levelBytes);
            isCompressed = false;
        }

        if (!isCompressed)
            _compressed.Write(_body.WrittenSpan);
        var bytes = Assemble(new PageHeader
        {
            Type = PageType.DataV2,
            UncompressedSize = levelBytes + _body.Length,
            CompressedSize = _compressed.Length,
            Crc = Crc32.Compute(_compressed.WrittenSpan),
            ValueCount = levelCount,
            NullCount = nullCount,
            RowCount = rowCount,
            Encoding = encoding,
            RepetitionBytes = repetitionBytes,
            DefinitionBytes = definitionBytes,
            IsCompressed = isCompressed,
        });
        _pages.Add((bytes, rowCount));
    }

    /// <summary>All in one: levels, each kind behind its length, then values; compressed whether that pays or not.</summary>
    private void AddVersion1(ReadOnlySpan<byte> repetitions, ReadOnlySpan<byte> definitions, int levelCount, int rowCount, ParquetEncoding encoding)
    {
        var joined = _joined!;
        joined.Reset();
        JoinLevels(repetitions, column.MaxRepetitionLevel, joined);
        JoinLevels(definitions, column.MaxDefinitionLevel, joined);
        joined.Write(_body.WrittenSpan);
        _compressed.Reset();
        PageCompression.Compress(codec, zstdLevel, joined.WrittenSpan, _compressed);
        var bytes = Assemble(new PageHeader
        {
            Type = PageType.Data,
            UncompressedSize = joined.Length,
            CompressedSize = _compressed.Length,
            Crc = Crc32.Compute(_compressed.WrittenSpan),
            ValueCount = levelCount,
            Encoding = encoding,
            DefinitionEncoding = ParquetEncoding.Rle,
            RepetitionEncoding = ParquetEncoding.Rle,
        });
        _pages.Add((bytes, rowCount));
    }

    private static void JoinLevels(ReadOnlySpan<byte> levels, int maxLevel, PooledBufferWriter output)
    {
        if (maxLevel == 0)
            return;
        var start = output.Length;
        output.WriteFixed32(0);
        RleHybridEncoder.Encode(levels, BitPacking.WidthOf((ulong)maxLevel), output);
        BinaryPrimitives.WriteInt32LittleEndian(output.WrittenForEdit[start..], output.Length - start - sizeof(int));
    }

    public void AddDictionaryPage(DictionaryBuilder dictionary)
    {
        _compressed.Reset();
        dictionary.WritePlain(_body);
        PageCompression.Compress(codec, zstdLevel, _body.WrittenSpan, _compressed);
        _dictionary = Assemble(new PageHeader
        {
            Type = PageType.Dictionary,
            UncompressedSize = _body.Length,
            CompressedSize = _compressed.Length,
            Crc = Crc32.Compute(_compressed.WrittenSpan),
            ValueCount = dictionary.Count,
            Encoding = ParquetEncoding.Plain,
        });
        _encodings.Add(ParquetEncoding.Plain);
        _body.Reset();
    }

    /// <summary>Writes all pages and says where they lie; <paramref name="dictionaryOffset"/> is 0 without a dictionary.</summary>
    public PageLocation[] WriteTo(PositionedSink sink, out long dictionaryOffset)
    {
        dictionaryOffset = 0;
        if (_dictionary is not null)
        {
            dictionaryOffset = sink.Position;
            sink.Write(_dictionary.Span);
        }

        var locations = new PageLocation[_pages.Count];
        var row = 0L;
        for (var i = 0; i < locations.Length; i++)
        {
            var (bytes, rowCount) = _pages[i];
            locations[i] = new PageLocation(sink.Position, bytes.Length, row);
            sink.Write(bytes.Span);
            row += rowCount;
        }

        return locations;
    }

    public void Dispose()
    {
        foreach (var (bytes, _) in _pages)
            bytes.Dispose();
        _pages.Clear();
        _dictionary?.Dispose();
        _body.Dispose();
        _compressed.Dispose();
        _joined?.Dispose();
        _header.Dispose();
    }

    private int WriteLevels(ReadOnlySpan<byte> levels, int maxLevel)
    {
        var start = _compressed.Length;
        if (maxLevel > 0)
            RleHybridEncoder.Encode(levels, BitPacking.WidthOf((ulong)maxLevel), _compressed);
        return _compressed.Length - start;
    }

    private PooledBytes Assemble(PageHeader header)
    {
        _header.Reset();
        header.Write(new ThriftWriter(_header));
        var bytes = PooledBytes.Rent(_header.Length + _compressed.Length);
        _header.WrittenSpan.CopyTo(bytes.Span);
        _compressed.WrittenSpan.CopyTo(bytes.Span[_header.Length..]);
        SizeBytes += bytes.Length;
        _uncompressedBytes += _header.Length + header.UncompressedSize;
        return bytes;
    }
}
