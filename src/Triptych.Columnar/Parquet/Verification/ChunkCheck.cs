using Triptych.Columnar.Parquet.Blooms;
using Triptych.Columnar.Parquet.Metadata;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Parquet.Writing;

namespace Triptych.Columnar.Parquet.Verification;

/// <summary>Compares the values of a column chunk with what index, statistics and bloom filter say of them.</summary>
internal sealed class ChunkCheck
{
    private readonly ParquetFile _file;
    private readonly RowGroupReader _group;
    private readonly ColumnChunkInfo _chunk;
    private readonly PageIndex? _index;
    private readonly byte[]? _filter;
    private long _rows;
    private long _nulls;
    private int _page;

    private ChunkCheck(ParquetFile file, RowGroupReader group, ColumnChunkInfo chunk, PageIndex? index, byte[]? filter)
    {
        _file = file;
        _group = group;
        _chunk = chunk;
        _index = index;
        _filter = filter;
    }

    public static async ValueTask<ChunkCheck> StartAsync(ParquetFile file, RowGroupReader group, ParquetColumn column, CancellationToken cancellationToken)
    {
        var chunk = group.Info.Columns[column.Index];

        // Our own reader needs no dictionary for pages without values; DuckDB refuses the file.
        if (chunk.Encodings.Any(encoding => encoding is ParquetEncoding.RleDictionary or ParquetEncoding.PlainDictionary) && chunk.DictionaryPageOffset == 0)
            throw new CorruptFileException(file.Input.Name, chunk.StartOffset, $"column {column.Name} has pages of codes and no dictionary");
        var index = await group.ReadPageIndexAsync(column, cancellationToken);
        byte[]? filter = null;
        if (chunk.BloomFilter.Length > 0)
        {
            filter = await file.ReadIndexAsync(
                chunk.BloomFilter,
                static (bytes, _) =>
                {
                    var length = BloomHeaderCodec.Read(bytes, out var headerLength);
                    return length == bytes.Length - headerLength
                        ? bytes[headerLength..].ToArray()
                        : throw new MalformedDataException($"a bloom filter of {length} bytes has {bytes.Length - headerLength}");
                },
                0,
                cancellationToken);
        }

        return new ChunkCheck(file, group, chunk, index, filter);
    }

    public void AddPage(ColumnPageReader pages)
    {
        var column = pages.Page;
        var nulls = Levels(column) - (column.SlotCount - column.NullCount);
        _rows += column.RowCount;
        _nulls += nulls;
        var values = column.IsCoded ? column.Dictionary! : column;
        var used = column.IsCoded ? Used(column) : [];
        for (var i = 0; i < values.SlotCount; i++)
        {
            if (column.IsCoded ? !used[i] : values.IsNull(i))
                continue;
            var value = values.Bytes(i);
            if (_filter is not null && !SplitBlockBloomFilter.MightContain(_filter, SplitBlockBloomFilter.Hash(value)))
                throw Corrupt(_chunk.BloomFilter.Offset, "the bloom filter lacks a value of the column");
            RequireWithin(value, _chunk.Statistics, _chunk.StartOffset, "the statistics of the column chunk");
            if (_index is not null)
                RequireWithin(value, PageOf().Statistics, _index.Locations[_page].Offset, $"the bounds of page {_page}");
        }

        if (_index is not null)
        {
            var page = PageOf();
            if (page.IsAllNull && column.SlotCount > column.NullCount)
                throw Corrupt(_index.Locations[_page].Offset, $"page {_page} has values, its index says that all are null");
            if (page.Statistics.NullCount is { } said && said != nulls)
                throw Corrupt(_index.Locations[_page].Offset, $"page {_page} has {nulls} nulls, its index says {said}");
            _page++;
        }
    }

    public void Finish()
    {
        if (_rows != _group.RowCount)
            throw Corrupt(_chunk.StartOffset, $"{_rows} of {_group.RowCount} rows are there");
        if (_chunk.Statistics.NullCount is { } said && said != _nulls)
            throw Corrupt(_chunk.StartOffset, $"{_nulls} nulls are there, the footer says {said}");
    }

    // Pages without rows are passed over by the reader.
    private PageInfo PageOf()
    {
        while (_index!.Pages[_page].RowCount == 0)
            _page++;
        return _index.Pages[_page];
    }

    /// <summary>A level is a slot, or stands for an empty or missing list.</summary>
    private static long Levels(DecodedColumn column)
    {
        if (!column.Column.IsRepeated)
            return column.SlotCount;
        var levels = (long)column.SlotCount;
        var before = 0;
        foreach (var end in column.ListEnds)
        {
            levels += end == before ? 1 : 0;
            before = end;
        }

        return levels;
    }

    private static bool[] Used(DecodedColumn column)
    {
        var used = new bool[column.Dictionary!.SlotCount];
        for (var i = 0; i < column.SlotCount; i++)
        {
            if (!column.IsNull(i))
                used[column.Codes[i]] = true;
        }

        return used;
    }

    private void RequireWithin(ReadOnlySpan<byte> value, ColumnStatistics statistics, long offset, string whose)
    {
        if (IsNaN(value))
            return;
        if (statistics.Min is { } min && PageStatistics.IsOrdered(_chunk.Column, min) && PageStatistics.Compare(_chunk.Column, value, min) < 0)
            throw Corrupt(offset, $"a value is below {whose}");
        if (statistics.Max is { } max && PageStatistics.IsOrdered(_chunk.Column, max) && PageStatistics.Compare(_chunk.Column, value, max) > 0)
            throw Corrupt(offset, $"a value is above {whose}");
    }

    private bool IsNaN(ReadOnlySpan<byte> value) => _chunk.Column.Type switch
    {
        ParquetType.Double => double.IsNaN(System.Buffers.Binary.BinaryPrimitives.ReadDoubleLittleEndian(value)),
        ParquetType.Float => float.IsNaN(System.Buffers.Binary.BinaryPrimitives.ReadSingleLittleEndian(value)),
        _ => false,
    };

    private CorruptFileException Corrupt(long offset, string problem) => new(_file.Input.Name, offset, $"column {_chunk.Column.Name}: {problem}");
}
