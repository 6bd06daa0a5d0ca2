using Triptych.Columnar.Parquet.Blooms;
using Triptych.Columnar.Parquet.Metadata;
using Triptych.Columnar.Parquet.Pages;
using Triptych.Primitives.Memory;

namespace Triptych.Columnar.Parquet.Reading;

/// <summary>One row group of an open file. Any thread may call.</summary>
public sealed class RowGroupReader
{
    // Of an index that says more, the page itself is asked.
    private const int MaxNullPageRows = 1 << 20;

    private readonly ParquetFile _file;
    private readonly ParquetReaderOptions _options;
    private readonly PageIndex?[] _pageIndexes;

    internal RowGroupReader(ParquetFile file, RowGroupInfo info)
    {
        _file = file;
        _options = file.Options;
        Info = info;
        _pageIndexes = new PageIndex?[info.Columns.Length];
    }

    private RowGroupReader(RowGroupReader same, MemoryBudget budget)
    {
        _file = same._file;
        _options = same._options with { Budget = budget };
        Info = same.Info;
        _pageIndexes = same._pageIndexes;
    }

    public RowGroupInfo Info { get; }

    public long RowCount => Info.RowCount;

    internal ParquetReaderOptions Options => _options;

    internal MemoryBudget? Budget => _options.Budget;

    /// <summary>The file, as errors name it.</summary>
    public string FileName => _file.Input.Name;

    /// <summary>
    /// The same row group, of which whole columns are charged to a budget: their bytes as they are stored and as they are decoded, each before
    /// memory is taken for them. Where the budget refuses, <see cref="MemoryBudgetExceededException"/> is thrown.
    /// </summary>
    public RowGroupReader ChargedTo(MemoryBudget budget) => new(this, budget);

    /// <summary>The column of that dotted path.</summary>
    /// <exception cref="CorruptFileException">The file has none.</exception>
    public ParquetColumn Find(string name) => _file.Schema.TryFind(name, out var column)
        ? column
        : throw new CorruptFileException(FileName, 0, $"the file has no column {name}");

    /// <summary>Decodes all rows, or those of <paramref name="rows"/>, of one column. The caller disposes the result.</summary>
    public ValueTask<DecodedColumn> ReadColumnAsync(
        ParquetColumn column, RowRange? rows = null, ColumnForm form = ColumnForm.Values, CancellationToken cancellationToken = default) =>
        ReadColumnAsync(column, new[] { rows ?? new RowRange(0, RowCount) }, form, cancellationToken);

    /// <summary>
    /// Decodes the rows of several ranges, ascending and apart from each other, into one column without gaps. Only pages that hold such
    /// rows are read, where the file has a page index.
    /// </summary>
    public async ValueTask<DecodedColumn> ReadColumnAsync(
        ParquetColumn column, ReadOnlyMemory<RowRange> rows, ColumnForm form = ColumnForm.Values, CancellationToken cancellationToken = default)
    {
        var chunk = Info.Columns[column.Index];
        var selection = new RowSelection(rows, RowCount);
        RequireReadable(chunk, selection);
        var isPaged = chunk.HasPageIndex && (!selection.IsAll || chunk.CompressedBytes > _file.Options.ReadBytes);
        using var decoder = new ColumnDecoder(chunk, selection, form, _options, _file.Footer.HasChecksums) { IsPaged = isPaged };
        if (isPaged)
            await DecodePagesAsync(chunk, selection, decoder, cancellationToken);
        else if (selection.Count > 0)
            await DecodeChunkAsync(chunk, decoder, cancellationToken);
        try
        {
            return decoder.Finish();
        }
        catch (MalformedDataException e)
        {
            throw e.In(_file.Input.Name, chunk.StartOffset);
        }
    }

    /// <summary>
    /// The rows that may fulfil all conditions, ascending: those of pages that neither statistics nor bloom filters nor page bounds rule out.
    /// Decoding the columns of the conditions for these rows, and other columns for the rows that are left then, reads no other page.
    /// </summary>
    public ValueTask<RowRange[]> FindRowsAsync(IReadOnlyList<ColumnBounds> conditions, CancellationToken cancellationToken = default) =>
        RowPruning.FindAsync(this, conditions, cancellationToken);

    /// <summary>Decodes one column page by page. The caller disposes the result.</summary>
    /// <param name="column">Of the file's schema.</param>
    /// <param name="form">Codes are given for each page that has them.</param>
    /// <param name="readAheadBytes">Stored bytes that are read at once; one page at least.</param>
    public ColumnPageReader ReadPages(ParquetColumn column, ColumnForm form = ColumnForm.Values, int readAheadBytes = 256 * 1024) =>
        new(_file, this, column, form, readAheadBytes);

    /// <summary>Rows and bounds of each page; null when the file has no page index for the column. Read once, then kept.</summary>
    public async ValueTask<PageIndex?> ReadPageIndexAsync(ParquetColumn column, CancellationToken cancellationToken = default)
    {
        var chunk = Info.Columns[column.Index];
        if (!chunk.HasPageIndex)
            return null;
        if (Volatile.Read(ref _pageIndexes[column.Index]) is { } known)
            return known;
        var locations = await _file.ReadIndexAsync(
            chunk.OffsetIndex, (bytes, state) => PageIndexCodec.ReadOffsets(bytes, state.chunk, state.RowCount), (chunk, RowCount), cancellationToken);
        PageBounds[]? bounds = null;
        if (chunk.ColumnIndex.Length > 0)
        {
            var width = column.Type is ParquetType.Boolean ? 1 : column.Width;
            bounds = await _file.ReadIndexAsync(
                chunk.ColumnIndex, (bytes, state) => PageIndexCodec.ReadBounds(bytes, state.Length, state.width), (locations.Length, width), cancellationToken);
        }

        var index = new PageIndex(locations, bounds, RowCount);
        Volatile.Write(ref _pageIndexes[column.Index], index);
        return index;
    }

    /// <summary>
    /// False when the chunk certainly lacks the value (PLAIN form without length: the bytes of a string, 8 bytes of an INT64). True when
    /// it may have it or has no bloom filter.
    /// </summary>
    public async ValueTask<bool> MightContainAsync(ParquetColumn column, ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default)
    {
        var chunk = Info.Columns[column.Index];
        if (!chunk.HasBloomFilter)
            return true;
        var range = chunk.BloomFilter;
        if (range.Length == 0)
        {
            // Older writers give no length: the header, which is short, has it.
            var head = new FileRange(range.Offset, (int)Math.Min(64, _file.Footer.FileLength - range.Offset));
            var length = await _file.ReadPlainAsync(head, (bytes, _) => BloomHeaderCodec.Read(bytes, out var header) + (long)header, 0, cancellationToken);
            if (length > _file.Footer.FileLength - range.Offset)
                throw new CorruptFileException(_file.Input.Name, range.Offset, "a bloom filter reaches beyond the file");
            range = range with { Length = (int)length };
        }

        return await _file.ReadIndexAsync(range, Probe, value, cancellationToken);
    }

    /// <summary>
    /// Of some rows, ascending ranges, those whose pages may have the value that a condition asks for, found by a look at the bytes of the pages. A condition
    /// of another kind leaves all.
    /// </summary>
    public ValueTask<FoundPages> SearchPagesAsync(ColumnBounds condition, RowRange[] rows, CancellationToken cancellationToken = default) =>
        condition.Single is { } value && rows.Length > 0
            ? new PageSearch(_file, this, Info.Columns[condition.Column.Index], value).FindAsync(rows, cancellationToken)
            : ValueTask.FromResult(new FoundPages(rows, 0, 0));

    private static bool Probe(ReadOnlySpan<byte> bytes, ReadOnlyMemory<byte> value)
    {
        var filterBytes = BloomHeaderCodec.Read(bytes, out var headerLength);
        if (filterBytes != bytes.Length - headerLength)
            throw new MalformedDataException($"a bloom filter of {filterBytes} bytes has {bytes.Length - headerLength}");
        return SplitBlockBloomFilter.MightContain(bytes[headerLength..], SplitBlockBloomFilter.Hash(value.Span));
    }

    internal void RequireReadable(ColumnChunkInfo chunk, in RowSelection selection)
    {
        var column = chunk.Column;
        if (column.MaxRepetitionLevel > 1)
            throw new UnsupportedFileException(_file.Input.Name, chunk.StartOffset, $"column {column.Name} lies within two lists, which cannot be read");
        if (column.Type == ParquetType.Int96)
            throw new UnsupportedFileException(_file.Input.Name, chunk.StartOffset, $"column {column.Name} holds INT96, which cannot be read");
        if (selection.Count > Array.MaxLength)
            throw new UnsupportedFileException(_file.Input.Name, chunk.StartOffset, $"{selection.Count} rows of column {column.Name} at once", isTooMuch: true);
    }

    private async ValueTask DecodeChunkAsync(ColumnChunkInfo chunk, ColumnDecoder decoder, CancellationToken cancellationToken)
    {
        using var bytes = await _file.ReadAsync(chunk.StartOffset, chunk.CompressedBytes, _options.Budget, cancellationToken);
        decoder.StoredBytes += bytes.Length;
        var at = 0;
        while (at < bytes.Length)
            at += DecodePage(decoder, bytes.Span[at..], chunk.StartOffset + at);
        if (decoder.LevelsSeen != chunk.ValueCount)
        {
            throw new CorruptFileException(
                _file.Input.Name, chunk.StartOffset, $"column {chunk.Column.Name} has {decoder.LevelsSeen} levels, the footer says {chunk.ValueCount}");
        }
    }

    /// <summary>
    /// Reads the dictionary, then runs of neighbouring pages with selected rows. Pages of nulls only are known by their index and not read.
    /// </summary>
    private async ValueTask DecodePagesAsync(ColumnChunkInfo chunk, RowSelection selection, ColumnDecoder decoder, CancellationToken cancellationToken)
    {
        var index = (await ReadPageIndexAsync(chunk.Column, cancellationToken))!;
        var pages = index.Locations;
        var wanted = Enumerable.Range(0, pages.Length)
            .Where(i => selection.Overlaps(pages[i].FirstRow, pages[i].FirstRow + index.Pages[i].RowCount)).ToArray();
        if (pages.Length > 0 && pages[0].Offset > chunk.StartOffset && !Array.TrueForAll(wanted, IsNullPage))
        {
            using var bytes = await _file.ReadAsync(chunk.StartOffset, pages[0].Offset - chunk.StartOffset, _options.Budget, cancellationToken);
            decoder.StoredBytes += bytes.Length;
            DecodePage(decoder, bytes.Span, chunk.StartOffset);
        }

        for (var i = 0; i < wanted.Length;)
        {
            if (IsNullPage(wanted[i]))
            {
                AddNullPage(decoder, index, wanted[i++]);
                continue;
            }

            var first = pages[wanted[i]];
            var next = i + 1;
            while (next < wanted.Length && wanted[next] == wanted[next - 1] + 1 && !IsNullPage(wanted[next])
                && EndOf(pages[wanted[next]]) - first.Offset <= _file.Options.ReadBytes)
                next++;
            using var bytes = await _file.ReadAsync(first.Offset, EndOf(pages[wanted[next - 1]]) - first.Offset, _options.Budget, cancellationToken);
            decoder.StoredBytes += bytes.Length;
            for (; i < next; i++)
                DecodeAt(decoder, index, wanted[i], bytes, first.Offset);
        }

        bool IsNullPage(int page) =>
            index.Pages[page] is { IsAllNull: true, RowCount: <= MaxNullPageRows } && chunk.Column is { IsRepeated: false, MaxDefinitionLevel: > 0 };
    }

    private void AddNullPage(ColumnDecoder decoder, PageIndex index, int page)
    {
        decoder.NextRow = index.Pages[page].FirstRow;
        try
        {
            decoder.AddNullPage((int)index.Pages[page].RowCount);
        }
        catch (MalformedDataException e)
        {
            throw e.In(_file.Input.Name, index.Locations[page].Offset);
        }
    }

    internal static long EndOf(in PageLocation page) => page.Offset + page.CompressedSize;

    internal void DecodeAt(ColumnDecoder decoder, PageIndex index, int page, PooledBytes bytes, long offset)
    {
        var location = index.Locations[page];
        decoder.NextRow = location.FirstRow;
        var read = DecodePage(decoder, bytes.Span.Slice((int)(location.Offset - offset), location.CompressedSize), location.Offset);
        if (read != location.CompressedSize || decoder.NextRow != location.FirstRow + index.Pages[page].RowCount)
            throw new CorruptFileException(_file.Input.Name, location.Offset, "a page does not have the size or the rows that its index says");
    }

    /// <summary>Returns the bytes of the page at the front of <paramref name="source"/>.</summary>
    internal int DecodePage(ColumnDecoder decoder, ReadOnlySpan<byte> source, long offset)
    {
        try
        {
            var header = PageHeader.Read(source, out var length);
            if (header.CompressedSize > source.Length - length)
                throw new MalformedDataException($"a page of {header.CompressedSize} bytes reaches beyond its column");
            decoder.AddPage(header, source.Slice(length, header.CompressedSize));
            return length + header.CompressedSize;
        }
        catch (MalformedDataException e)
        {
            throw e.In(_file.Input.Name, offset);
        }
    }
}
