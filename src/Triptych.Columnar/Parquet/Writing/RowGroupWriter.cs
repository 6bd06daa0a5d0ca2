using Triptych.Columnar.Parquet.Metadata;
using Triptych.Columnar.Parquet.Pages;
using Triptych.Primitives.Binary;

namespace Triptych.Columnar.Parquet.Writing;

/// <summary>
/// Takes the rows of a row group, column by column or by batches in turn. Compressed pages wait in pooled memory until
/// <see cref="End"/>; a column that is <see cref="ColumnWriter.Complete"/> goes out as soon as those before it have.
/// </summary>
public sealed class RowGroupWriter : IDisposable
{
    private readonly ParquetWriter _file;
    private readonly PositionedSink _sink;
    private readonly ColumnWriter[] _columns;
    private readonly ColumnChunkInfo[] _chunks;
    private readonly List<ChunkIndexes> _indexes = [];
    private int _written;
    private bool _ended;

    internal RowGroupWriter(ParquetWriter file, PositionedSink sink, ParquetWriterOptions options)
    {
        _file = file;
        _sink = sink;
        _columns = [.. file.Schema.Columns.Select(column => new ColumnWriter(this, column, options))];
        _chunks = new ColumnChunkInfo[_columns.Length];
    }

    /// <summary>Compressed and not yet compressed bytes that wait.</summary>
    public long BufferedBytes => _columns.Skip(_written).Sum(column => column.BufferedBytes);

    public ColumnWriter Column(int index) => _columns[index];

    public ColumnWriter Column(ParquetColumn column) => _columns[column.Index];

    /// <summary>By dotted path.</summary>
    public ColumnWriter Column(string name) => _columns[_file.Schema.Column(name).Index];

    /// <summary>The leaf of a list or map: "key" and "value" for a map.</summary>
    public ColumnWriter Column(string field, string leaf) => _columns[_file.Schema.Column(field, leaf).Index];

    /// <summary>Writes what is left. All columns must have the same number of rows.</summary>
    /// <exception cref="InvalidOperationException">They have not; nothing more can be written to the file.</exception>
    public RowGroupSummary End()
    {
        if (_ended)
            throw new InvalidOperationException("The row group has ended.");
        foreach (var column in _columns)
        {
            if (column.RowCount != _columns[0].RowCount)
            {
                throw new InvalidOperationException(
                    $"Column {column.Column.Name} has {column.RowCount} rows, {_columns[0].Column.Name} {_columns[0].RowCount}.");
            }
        }

        foreach (var column in _columns)
            column.Complete();
        _ended = true;
        var summary = new RowGroupSummary(
            _columns[0].RowCount, _chunks.Sum(chunk => chunk.CompressedBytes), _chunks.Sum(chunk => chunk.UncompressedBytes));
        _file.EndRowGroup(summary, [.. _chunks], _indexes);
        return summary;
    }

    /// <summary>Gives back all memory; the rows of a group that has not ended are lost.</summary>
    public void Dispose()
    {
        _ended = true;
        foreach (var column in _columns)
            column.Dispose();
    }

    /// <summary>Whether single columns are taken out of this writer with <see cref="WriteChunk"/>, and it never ends.</summary>
    internal bool IsPartOfCopy { get; init; }

    /// <summary>Chunks go out in the order of the schema.</summary>
    internal void ColumnCompleted()
    {
        if (IsPartOfCopy)
            return;
        while (_written < _columns.Length && _columns[_written].IsComplete)
        {
            var column = _columns[_written];
            _chunks[_written] = WriteChunk(column, out var indexes);
            _indexes.Add(indexes);
            column.Dispose();
            _written++;
        }
    }

    /// <summary>Writes the pages of a column that is complete.</summary>
    internal ColumnChunkInfo WriteChunk(ColumnWriter column, out ChunkIndexes indexes)
    {
        var start = _sink.Position;
        var locations = column.Pages.WriteTo(_sink, out var dictionaryOffset);
        var compressedBytes = _sink.Position - start;
        indexes = ChunkIndexes.Build(locations, column.Statistics);
        return new ColumnChunkInfo
        {
            Column = column.Column,
            Codec = column.Pages.Codec,
            Encodings = column.Pages.Encodings,
            ValueCount = column.LevelCount,
            UncompressedBytes = column.Pages.UncompressedBytes,
            CompressedBytes = compressedBytes,
            DataPageOffset = locations.Length > 0 ? locations[0].Offset : start,
            DictionaryPageOffset = dictionaryOffset,
            Statistics = column.Statistics.ForChunk(),
            BloomFilter = WriteBloomFilter(column),
        };
    }

    private FileRange WriteBloomFilter(ColumnWriter column)
    {
        using var filter = column.BuildBloomFilter();
        if (filter is null)
            return default;
        using var bytes = new PooledBufferWriter();
        BloomHeaderCodec.Write(bytes, filter.Length);
        bytes.Write(filter.Span);
        var range = new FileRange(_sink.Position, bytes.Length);
        bytes.WriteFixed32(Crc32.Compute(bytes.WrittenSpan));
        _sink.Write(bytes.WrittenSpan);
        return range;
    }
}

/// <summary>The encoded page indexes of a chunk, which wait for the end of the file.</summary>
/// <param name="Columns">Empty when some page has no bounds.</param>
internal sealed record ChunkIndexes(byte[] Offsets, byte[] Columns)
{
    public static ChunkIndexes Build(PageLocation[] locations, ChunkStatistics statistics)
    {
        if (locations.Length == 0)
            return new ChunkIndexes([], []);
        using var bytes = new PooledBufferWriter();
        PageIndexCodec.WriteOffsets(bytes, locations);
        var offsets = bytes.WrittenSpan.ToArray();
        if (!statistics.HasBounds)
            return new ChunkIndexes(offsets, []);
        bytes.Reset();
        PageIndexCodec.WriteBounds(bytes, statistics.Pages, statistics.BoundaryOrder());
        return new ChunkIndexes(offsets, bytes.WrittenSpan.ToArray());
    }
}
