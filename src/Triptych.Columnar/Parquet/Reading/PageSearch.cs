using System.Runtime.InteropServices;
using Triptych.Columnar.Parquet.Encodings;
using Triptych.Columnar.Parquet.Pages;
using Triptych.Primitives.Memory;

namespace Triptych.Columnar.Parquet.Reading;

/// <summary>What a search for a value in the bytes of pages came to.</summary>
/// <param name="Rows">The rows looked at, without those of pages that certainly lack the value.</param>
/// <param name="StoredBytes">Bytes read, as they are stored.</param>
/// <param name="PagesRead">Pages that were decompressed for it.</param>
public readonly record struct FoundPages(RowRange[] Rows, long StoredBytes, int PagesRead);

/// <summary>
/// Looks for a value of a BYTE_ARRAY column in the bytes of its pages, before rows are made of them: by its code where a page has codes, else among its
/// bytes. No levels are read.
/// </summary>
internal sealed class PageSearch(ParquetFile file, RowGroupReader group, ColumnChunkInfo chunk, byte[] value)
{
    private long _storedBytes;
    private int _pagesRead;

    public async ValueTask<FoundPages> FindAsync(RowRange[] rows, CancellationToken cancellationToken)
    {
        if (!chunk.HasPageIndex || chunk.Column.Type != ParquetType.ByteArray
            || await group.ReadPageIndexAsync(chunk.Column, cancellationToken) is not { } index)
            return new FoundPages(rows, 0, 0);
        var wanted = new RowSelection(rows, group.RowCount);
        using var dictionary = await ReadDictionaryAsync(index, wanted, cancellationToken);
        var code = CodeOf(dictionary?.Dictionary);
        var found = new List<RowRange>();
        for (var i = 0; i < index.Pages.Length;)
        {
            // Neighbouring pages are read at once.
            var next = i;
            while (next < index.Pages.Length && IsWanted(index, next, wanted)
                && RowGroupReader.EndOf(index.Locations[next]) - index.Locations[i].Offset <= file.Options.ReadBytes)
                next++;
            if (next == i)
            {
                if (IsWanted(index, i, wanted))
                    Keep(found, index, i);
                i++;
                continue;
            }

            var offset = index.Locations[i].Offset;
            using var bytes = await file.ReadAsync(offset, RowGroupReader.EndOf(index.Locations[next - 1]) - offset, group.Budget, cancellationToken);
            _storedBytes += bytes.Length;
            for (; i < next; i++)
            {
                var location = index.Locations[i];
                if (MayHave(bytes.Span.Slice((int)(location.Offset - offset), location.CompressedSize), location.Offset, dictionary?.Dictionary, code))
                    Keep(found, index, i);
            }
        }

        return new FoundPages(RowRanges.Intersect(rows, [.. found]), _storedBytes, _pagesRead);
    }

    private static bool IsWanted(PageIndex index, int page, RowSelection rows) =>
        rows.Overlaps(index.Pages[page].FirstRow, index.Pages[page].FirstRow + index.Pages[page].RowCount);

    private static void Keep(List<RowRange> found, PageIndex index, int page) =>
        RowRanges.Add(found, index.Pages[page].FirstRow, index.Pages[page].FirstRow + index.Pages[page].RowCount);

    private async ValueTask<ColumnDecoder?> ReadDictionaryAsync(PageIndex index, RowSelection rows, CancellationToken cancellationToken)
    {
        if (index.Locations.Length == 0 || index.Locations[0].Offset <= chunk.StartOffset)
            return null;
        var length = index.Locations[0].Offset - chunk.StartOffset;
        using var bytes = await file.ReadAsync(chunk.StartOffset, length, group.Budget, cancellationToken);
        _storedBytes += length;
        var decoder = new ColumnDecoder(chunk, rows, ColumnForm.Codes, group.Options, file.Footer.HasChecksums, isWhole: false) { IsPaged = true };
        try
        {
            group.DecodePage(decoder, bytes.Span, chunk.StartOffset);
            return decoder;
        }
        catch
        {
            decoder.Dispose();
            throw;
        }
    }

    private int CodeOf(DecodedColumn? dictionary)
    {
        for (var code = 0; code < (dictionary?.SlotCount ?? 0); code++)
        {
            if (dictionary!.Bytes(code).SequenceEqual(value))
                return code;
        }

        return -1;
    }

    /// <summary>False where the page certainly lacks the value. Pages in other forms than our writer's are not searched.</summary>
    private bool MayHave(ReadOnlySpan<byte> page, long offset, DecodedColumn? dictionary, int code)
    {
        try
        {
            var header = PageHeader.Read(page, out var length);
            var isCoded = header.Encoding is ParquetEncoding.RleDictionary or ParquetEncoding.PlainDictionary;
            if (header.Type != PageType.DataV2 || header.CompressedSize > page.Length - length || header.UncompressedSize > group.Options.MaxPageBytes)
                return true;
            if (isCoded && code < 0)
                return false;
            if (!isCoded && header.Encoding is not (ParquetEncoding.Plain or ParquetEncoding.DeltaLengthByteArray))
                return true;
            var body = page.Slice(length, header.CompressedSize);
            if (header.Crc is { } crc && Crc32.Compute(body) != crc)
                throw new MalformedDataException($"a page of column {chunk.Column.Name} does not match its checksum");
            var levels = (long)header.RepetitionBytes + header.DefinitionBytes;
            var present = header.ValueCount - header.NullCount;
            if (levels > body.Length || levels > header.UncompressedSize || present < 0)
                throw new MalformedDataException("levels are longer than their page");
            _pagesRead++;
            return MayHave(header, body[(int)levels..], header.UncompressedSize - (int)levels, present, dictionary, code);
        }
        catch (MalformedDataException e)
        {
            throw e.In(file.Input.Name, offset);
        }
    }

    private bool MayHave(in PageHeader header, ReadOnlySpan<byte> stored, int size, int present, DecodedColumn? dictionary, int code)
    {
        using var plain = ColumnMemory.Rent(Math.Max(1, size), group.Budget);
        var values = stored;
        if (header.IsCompressed && chunk.Codec != ParquetCodec.Uncompressed && (size > 0 || !stored.IsEmpty))
        {
            PageCompression.Decompress(chunk.Codec, stored, plain.Span[..size]);
            values = plain.Span[..size];
        }

        if (header.Encoding is not (ParquetEncoding.RleDictionary or ParquetEncoding.PlainDictionary))
            return values.IndexOf(value) >= 0;
        using var codeBytes = ColumnMemory.Rent(Math.Max(1, checked(present * sizeof(int))), group.Budget);
        var codes = MemoryMarshal.Cast<byte, int>(codeBytes.Span)[..present];
        ValueDecoder.DecodeCodes(values, dictionary!.SlotCount, codes);
        return codes.Contains(code);
    }
}
