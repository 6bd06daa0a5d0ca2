using System.Runtime.InteropServices;
using Triptych.Columnar.Parquet.Pages;
using Triptych.Primitives.Memory;

namespace Triptych.Columnar.Parquet.Reading;

/// <summary>
/// Decodes pages of one column chunk into a <see cref="DecodedColumn"/>, of which it keeps the selected rows. Synchronous; throws
/// <see cref="MalformedDataException"/>. Disposing gives up what <see cref="Finish"/> did not hand out.
/// </summary>
internal sealed class ColumnDecoder : IDisposable
{
    // A page of more levels than that is no page that any writer makes; it bounds what runs of a few bytes can become.
    private const int MaxPageLevels = 1 << 26;

    private readonly ColumnChunkInfo _chunk;
    private readonly RowSelection _selection;
    private readonly ParquetReaderOptions _options;
    private readonly ColumnForm _form;
    private readonly bool _hasChecksums;
    private readonly ColumnMemory _memory;
    private DecodedColumn? _column;
    private DecodedColumn? _dictionary;
    private bool _retainAtEnd;

    public ColumnDecoder(ColumnChunkInfo chunk, RowSelection selection, ColumnForm form, ParquetReaderOptions options, bool hasChecksums, bool isWhole = true)
    {
        _chunk = chunk;
        _selection = selection;
        _options = options;
        _form = form;
        _hasChecksums = hasChecksums;
        _memory = new ColumnMemory(options);

        // Of lists, as many elements for each row as the chunk has on average.
        var rows = selection.RowCount == 0 ? 0 : (double)selection.Count / selection.RowCount;
        _column = new DecodedColumn(chunk.Column, _memory)
        {
            IsCoded = form == ColumnForm.Codes,
            ExpectedSlots = isWhole ? (long)Math.Min(chunk.Column.IsRepeated ? chunk.ValueCount * rows : selection.Count, int.MaxValue) : 0,
        };
    }

    /// <summary>The row group's row that the next page begins with (for version 1 pages of lists: that it may still go on with).</summary>
    public long NextRow { get; set; }

    /// <summary>Whether pages are picked by an index, so that each begins with a row.</summary>
    public bool IsPaged { get; init; }

    /// <summary>Bytes that were read from the file for this column.</summary>
    public long StoredBytes { get; set; }

    /// <summary>Levels in pages seen or passed over.</summary>
    public long LevelsSeen { get; private set; }

    /// <summary>What is decoded so far; with <see cref="BeginPage"/> before each page, that page alone. Owned by the decoder.</summary>
    public DecodedColumn Current => _column!;

    /// <summary>The dictionary page, once taken. Owned by the decoder.</summary>
    public DecodedColumn? Dictionary => _dictionary;

    private ParquetColumn Column => _chunk.Column;

    /// <summary>Forgets the rows so far, so that the next page stands alone; the dictionary stays.</summary>
    public void BeginPage()
    {
        _column!.Dictionary = null;
        _column.Clear();
        _column.IsCoded = _form == ColumnForm.Codes;
    }

    /// <summary>Ends a page begun by <see cref="BeginPage"/>: gives it the dictionary, which stays the decoder's.</summary>
    public void EndPage()
    {
        if (_column!.IsCoded)
            _column.Dictionary = _dictionary ??= new DecodedColumn(Column, _memory);
    }

    /// <summary>Takes a page of any kind. Pages without selected rows are passed over where their rows are known beforehand.</summary>
    public void AddPage(in PageHeader header, ReadOnlySpan<byte> body)
    {
        if (header.UncompressedSize > _options.MaxPageBytes)
            throw new MalformedDataException($"a page of {header.UncompressedSize} bytes passes the limit of {_options.MaxPageBytes}", unsupported: true);
        if (header.Type == PageType.Index)
            return;
        if (header.Type != PageType.Dictionary && PassOver(header))
            return;
        if (header.Crc is null && _hasChecksums)
            throw new MalformedDataException($"a page of column {Column.Name} has no checksum");
        if (header.Crc is { } crc && Crc32.Compute(body) != crc)
            throw new MalformedDataException($"a page of column {Column.Name} does not match its checksum");
        if (header.Type == PageType.Dictionary)
        {
            AddDictionary(header, body);
            return;
        }

        var baseRow = _column!.RowCount;
        var firstRow = NextRow;
        AddData(header, body);
        NextRow += _column.RowCount - baseRow;
        LevelsSeen += header.ValueCount;
        _column.PagesRead++;
        if (!_retainAtEnd)
            _selection.Retain(_column, baseRow, firstRow);
    }

    /// <summary>Takes the rows of a page of a flat column that its index says are all null: the page itself need not be read.</summary>
    public void AddNullPage(int rows)
    {
        var column = _column!;
        var baseRow = column.RowCount;
        using var levels = ColumnMemory.Rent(Math.Max(1, rows), _options.Budget);
        var definitions = levels.Span[..rows];
        definitions.Clear();
        column.ReserveSlots();
        LevelDecoder.AddFlat(column, definitions, rows);
        if (column.IsCoded)
            column.CodeBuffer.Append<int>(rows).Clear();
        else if (column.Width > 0)
            column.ValueBuffer.Append((long)rows * column.Width).Clear();
        else
            column.EndBuffer.Append<int>(rows).Fill(column.ValueBuffer.Length);
        var firstRow = NextRow;
        NextRow += rows;
        LevelsSeen += rows;
        _selection.Retain(column, baseRow, firstRow);
    }

    /// <summary>Checks that all selected rows are there and hands out the column, which the caller disposes.</summary>
    public DecodedColumn Finish()
    {
        var column = _column!;
        if (_retainAtEnd)
            _selection.Retain(column, 0, 0);
        if (column.RowCount != _selection.Count)
            throw new MalformedDataException($"column {Column.Name} has {column.RowCount} of {_selection.Count} rows");
        if (column.IsCoded)
        {
            // A selection without values has no need of a dictionary, but the form promises one.
            column.Dictionary = _dictionary ?? new DecodedColumn(Column, _memory);
            _dictionary = null;
        }

        column.StoredBytes = StoredBytes;
        _column = null;
        return column;
    }

    public void Dispose()
    {
        if (_column is not null)
            _column.Dictionary = null;
        _column?.Dispose();
        _dictionary?.Dispose();
    }

    private bool PassOver(in PageHeader header)
    {
        if (header.ValueCount > Math.Min(MaxPageLevels, _chunk.ValueCount - LevelsSeen))
            throw new MalformedDataException($"a page of {header.ValueCount} levels in a column of {_chunk.ValueCount}, {LevelsSeen} of them before");
        if (Column.IsRepeated && header.Type == PageType.Data)
        {
            // Only the values tell where its rows begin and end.
            _retainAtEnd |= !_selection.IsAll && !IsPaged;
            return false;
        }

        var rows = Column.IsRepeated ? header.RowCount : header.ValueCount;
        if (_selection.IsAll || _selection.Overlaps(NextRow, NextRow + rows))
            return false;
        NextRow += rows;
        LevelsSeen += header.ValueCount;
        return true;
    }

    private void AddDictionary(in PageHeader header, ReadOnlySpan<byte> body)
    {
        if (_dictionary is not null || LevelsSeen > 0)
            throw new MalformedDataException("a dictionary stands where none may");
        if (header.Encoding is not (ParquetEncoding.Plain or ParquetEncoding.PlainDictionary))
            throw new MalformedDataException($"a dictionary encoded as {header.Encoding} cannot be read", unsupported: true);
        if (header.ValueCount > MaxPageLevels || Column.Type == ParquetType.Boolean)
            throw new MalformedDataException($"a dictionary of {header.ValueCount} values of {Column.Type}");
        using var plain = Decompress(ref body, header.UncompressedSize, isCompressed: true);
        _dictionary = new DecodedColumn(Column, _memory) { RowCount = header.ValueCount, SlotCount = header.ValueCount };
        ValueDecoder.Decode(_dictionary, ParquetEncoding.Plain, body, header.ValueCount, header.ValueCount, _options.Budget);
    }

    private void AddData(in PageHeader header, ReadOnlySpan<byte> body)
    {
        if (_hasChecksums && !_chunk.Encodings.Contains(header.Encoding))
            throw new MalformedDataException($"a page encoded as {header.Encoding}, which the footer does not list");
        var levels = header.ValueCount;
        using var repetitionBytes = ColumnMemory.Rent(Column.MaxRepetitionLevel > 0 ? levels : 0, _options.Budget);
        using var definitionBytes = ColumnMemory.Rent(Column.MaxDefinitionLevel > 0 ? levels : 0, _options.Budget);
        var repetitions = repetitionBytes.Span;
        var definitions = definitionBytes.Span;
        if (header.Type == PageType.DataV2)
        {
            var levelBytes = (long)header.RepetitionBytes + header.DefinitionBytes;
            if (levelBytes > body.Length || levelBytes > header.UncompressedSize)
                throw new MalformedDataException("levels are longer than their page");
            LevelDecoder.Read(body[..header.RepetitionBytes], Column.MaxRepetitionLevel, repetitions);
            LevelDecoder.Read(body[header.RepetitionBytes..(int)levelBytes], Column.MaxDefinitionLevel, definitions);
            body = body[(int)levelBytes..];
            AddVersion2Values(header, repetitions, definitions, body, header.UncompressedSize - (int)levelBytes);
            return;
        }

        using var page = Decompress(ref body, header.UncompressedSize, isCompressed: true);
        body = body[LevelDecoder.ReadV1(body, Column.MaxRepetitionLevel, header.RepetitionEncoding, repetitions)..];
        body = body[LevelDecoder.ReadV1(body, Column.MaxDefinitionLevel, header.DefinitionEncoding, definitions)..];
        AddValues(header, repetitions, definitions, body);
    }

    private void AddVersion2Values(in PageHeader header, ReadOnlySpan<byte> repetitions, Span<byte> definitions, ReadOnlySpan<byte> stored, int size)
    {
        if (!IsStoredCompressed(stored, size, header.IsCompressed) || !BytesDecoder.CanDecodeCompressed(Column, header.Encoding))
        {
            using var values = Decompress(ref stored, size, header.IsCompressed);
            AddValues(header, repetitions, definitions, stored);
            return;
        }

        var slots = AddLevels(header, repetitions, definitions, out var present);
        LeaveCodes(slots);
        BytesDecoder.DecodeCompressed(_column!, header.Encoding, _chunk.Codec, stored, size, present, slots);
    }

    private void AddValues(in PageHeader header, ReadOnlySpan<byte> repetitions, Span<byte> definitions, ReadOnlySpan<byte> source)
    {
        var slots = AddLevels(header, repetitions, definitions, out var present);
        if (header.Encoding is ParquetEncoding.RleDictionary or ParquetEncoding.PlainDictionary)
        {
            AddCodes(source, present, slots);
            return;
        }

        LeaveCodes(slots);
        ValueDecoder.Decode(_column!, header.Encoding, source, present, slots, _options.Budget);
    }

    /// <summary>Adds the slots of a page; returns how many, of which <paramref name="present"/> have a value.</summary>
    private int AddLevels(in PageHeader header, ReadOnlySpan<byte> repetitions, Span<byte> definitions, out int present)
    {
        var column = _column!;
        if ((IsPaged || header.Type == PageType.DataV2) && repetitions.Length > 0 && repetitions[0] != 0)
            throw new MalformedDataException("a page begins in the middle of a list");
        column.ReserveSlots();
        var slotsBefore = column.SlotCount;
        var rowsBefore = column.RowCount;
        present = Column.IsRepeated
            ? LevelDecoder.AddLists(column, repetitions, definitions)
            : LevelDecoder.AddFlat(column, definitions, header.ValueCount);
        if (header.Type == PageType.DataV2 && column.RowCount - rowsBefore != header.RowCount)
            throw new MalformedDataException($"a page of {column.RowCount - rowsBefore} rows says {header.RowCount}");

        // Other writers differ in what they count as null.
        if (header.Type == PageType.DataV2 && _hasChecksums && header.NullCount != header.ValueCount - present)
            throw new MalformedDataException($"a page with {header.ValueCount - present} nulls says {header.NullCount}");
        return column.SlotCount - slotsBefore;
    }

    private void AddCodes(ReadOnlySpan<byte> source, int present, int slots)
    {
        var column = _column!;
        if (_dictionary is null && present > 0)
            throw new MalformedDataException("codes without a dictionary");
        var dictionaryCount = _dictionary?.SlotCount ?? 0;
        var validity = present == slots ? default : column.Validity[^slots..];
        if (column.IsCoded)
        {
            var codes = column.CodeBuffer.Append<int>(slots);
            ValueDecoder.DecodeCodes(source, dictionaryCount, codes[..present]);
            ValueDecoder.SpreadCodes(codes, present, validity);
            return;
        }

        using var bytes = ColumnMemory.Rent(checked(slots * sizeof(int)), _options.Budget);
        var packed = MemoryMarshal.Cast<byte, int>(bytes.Span);
        ValueDecoder.DecodeCodes(source, dictionaryCount, packed[..present]);
        ValueDecoder.SpreadCodes(packed, present, validity);
        Gather(packed, validity);
    }

    /// <summary>A page has no codes: those so far, but for the slots just added, become values.</summary>
    private void LeaveCodes(int added)
    {
        var column = _column!;
        if (!column.IsCoded)
            return;
        column.IsCoded = false;
        var slots = column.SlotCount - added;
        if (slots > 0)
            Gather(column.Codes, column.Validity.IsEmpty ? default : column.Validity[..slots]);
        column.CodeBuffer.Dispose();
    }

    private void Gather(ReadOnlySpan<int> codes, ReadOnlySpan<bool> validity)
    {
        if (_dictionary is { } dictionary)
        {
            ValueDecoder.Gather(_column!, dictionary, codes, validity);
            return;
        }

        // All slots are null.
        using var empty = new DecodedColumn(Column, _memory);
        ValueDecoder.Gather(_column!, empty, codes, validity);
    }

    /// <summary>Puts what was compressed in the place of <paramref name="body"/>, and returns the memory that it is in; null when it was not.</summary>
    private PooledBytes? Decompress(ref ReadOnlySpan<byte> body, int size, bool isCompressed)
    {
        if (!IsStoredCompressed(body, size, isCompressed))
        {
            if (body.Length != size)
                throw new MalformedDataException($"an uncompressed page has {body.Length} bytes, its header says {size}");
            return null;
        }

        var plain = ColumnMemory.Rent(size, _options.Budget);
        try
        {
            PageCompression.Decompress(_chunk.Codec, body, plain.Span);
            body = plain.Span;
            return plain;
        }
        catch
        {
            plain.Dispose();
            throw;
        }
    }

    // Writers leave out the frame of an empty body.
    private bool IsStoredCompressed(ReadOnlySpan<byte> body, int size, bool isCompressed) =>
        isCompressed && _chunk.Codec != ParquetCodec.Uncompressed && (size > 0 || !body.IsEmpty);
}
