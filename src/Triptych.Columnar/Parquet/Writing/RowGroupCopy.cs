using Triptych.Columnar.Parquet.Metadata;
using Triptych.Columnar.Parquet.Pages;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Primitives.Binary;

namespace Triptych.Columnar.Parquet.Writing;

/// <summary>
/// Puts the pages of another file's row group into a file as they are. Only what says where they lie is made anew; every checksum is
/// looked at on the way. In memory are a few pages and the indexes and filter of one column.
/// </summary>
internal sealed class RowGroupCopy(ParquetFile source, RowGroupReader group, ParquetSchema schema, PositionedSink sink)
{
    private const int ReadBytes = 1024 * 1024;

    public ColumnChunkInfo[] Chunks { get; } = new ColumnChunkInfo[schema.Columns.Length];

    public List<ChunkIndexes> Indexes { get; } = [];

    /// <param name="replaced">By name, what writes a column instead of copying it.</param>
    /// <param name="columns">The writers of such columns; null when there are none.</param>
    /// <param name="cancellationToken">Ends the copy.</param>
    public async ValueTask RunAsync(
        IReadOnlyDictionary<string, Action<ColumnWriter>> replaced, RowGroupWriter? columns, CancellationToken cancellationToken)
    {
        foreach (var column in schema.Columns)
        {
            Chunks[column.Index] = columns is not null && replaced.TryGetValue(column.Name, out var write)
                ? WriteChunk(columns, columns.Column(column), write)
                : await CopyChunkAsync(column, group.Info.Columns[source.Schema.Column(column.Name).Index], cancellationToken);
        }
    }

    private ColumnChunkInfo WriteChunk(RowGroupWriter columns, ColumnWriter column, Action<ColumnWriter> write)
    {
        write(column);
        column.Complete();
        if (column.RowCount != group.RowCount)
            throw new InvalidOperationException($"Column {column.Column.Name} has {column.RowCount} rows, the row group {group.RowCount}.");
        var chunk = columns.WriteChunk(column, out var indexes);
        Indexes.Add(indexes);
        return chunk;
    }

    private async ValueTask<ColumnChunkInfo> CopyChunkAsync(ParquetColumn column, ColumnChunkInfo chunk, CancellationToken cancellationToken)
    {
        var start = sink.Position;
        var moved = start - chunk.StartOffset;
        var index = await group.ReadPageIndexAsync(chunk.Column, cancellationToken);
        await CopyPagesAsync(chunk, index, cancellationToken);
        Indexes.Add(await RelocateIndexesAsync(chunk, index, moved, cancellationToken));
        return new ColumnChunkInfo
        {
            Column = column,
            Codec = chunk.Codec,
            Encodings = chunk.Encodings,
            ValueCount = chunk.ValueCount,
            UncompressedBytes = chunk.UncompressedBytes,
            CompressedBytes = chunk.CompressedBytes,
            DataPageOffset = chunk.DataPageOffset + moved,
            DictionaryPageOffset = chunk.DictionaryPageOffset > 0 ? chunk.DictionaryPageOffset + moved : 0,
            Statistics = chunk.Statistics,
            BloomFilter = await CopyBloomFilterAsync(chunk, cancellationToken),
        };
    }

    private async ValueTask CopyPagesAsync(ColumnChunkInfo chunk, PageIndex? index, CancellationToken cancellationToken)
    {
        using var pages = new StoredPages(source, chunk, Math.Min(ReadBytes, source.Options.ReadBytes));
        var dataPages = 0;
        var levels = 0L;
        while (await pages.MoveNextAsync(cancellationToken))
        {
            pages.RequireChecksum();
            if (pages.Header.Type is PageType.Data or PageType.DataV2)
            {
                if (index is not null)
                    RequireIndexed(pages, index, dataPages);
                dataPages++;
                levels += pages.Header.ValueCount;
            }

            sink.Write(pages.Bytes);
        }

        if (levels != chunk.ValueCount)
            throw Corrupt(chunk, $"column {chunk.Column.Name} has {levels} levels, the footer says {chunk.ValueCount}");
        if (index is not null && dataPages != index.Locations.Length)
            throw Corrupt(chunk, $"column {chunk.Column.Name} has {dataPages} pages, its index {index.Locations.Length}");
    }

    private void RequireIndexed(StoredPages pages, PageIndex index, int number)
    {
        var fits = number < index.Locations.Length
            && index.Locations[number].Offset == pages.Offset
            && index.Locations[number].CompressedSize == pages.Bytes.Length
            && (pages.Header.Type != PageType.DataV2 || pages.Header.RowCount == index.Pages[number].RowCount);
        if (!fits)
            throw new CorruptFileException(source.Input.Name, pages.Offset, "a page does not lie where its index says, or has other rows");
    }

    private async ValueTask<ChunkIndexes> RelocateIndexesAsync(ColumnChunkInfo chunk, PageIndex? index, long moved, CancellationToken cancellationToken)
    {
        if (index is null)
            return new ChunkIndexes([], []);
        using var bytes = new PooledBufferWriter();
        PageIndexCodec.WriteOffsets(bytes, [.. index.Locations.Select(page => page with { Offset = page.Offset + moved })]);
        var columns = chunk.ColumnIndex.Length == 0
            ? []
            : await source.ReadIndexAsync(chunk.ColumnIndex, static (stored, _) => stored.ToArray(), 0, cancellationToken);
        return new ChunkIndexes(bytes.WrittenSpan.ToArray(), columns);
    }

    private async ValueTask<FileRange> CopyBloomFilterAsync(ColumnChunkInfo chunk, CancellationToken cancellationToken)
    {
        if (!chunk.HasBloomFilter)
            return default;
        var range = new FileRange(sink.Position, chunk.BloomFilter.Length);

        // Checked against the checksum behind it, which goes along.
        using var bytes = await source.ReadAsync(chunk.BloomFilter.Offset, chunk.BloomFilter.Length + (long)FileLayout.ChecksumBytes, cancellationToken);
        try
        {
            FileLayout.CheckTrailing(bytes.Span);
        }
        catch (MalformedDataException e)
        {
            throw e.In(source.Input.Name, chunk.BloomFilter.Offset);
        }

        sink.Write(bytes.Span);
        return range;
    }

    private CorruptFileException Corrupt(ColumnChunkInfo chunk, string problem) => new(source.Input.Name, chunk.StartOffset, problem);
}
