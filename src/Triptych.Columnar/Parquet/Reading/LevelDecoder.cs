using System.Buffers.Binary;
using Triptych.Columnar.Parquet.Encodings;

namespace Triptych.Columnar.Parquet.Reading;

/// <summary>Turns the levels of a page into validity and list ends of the decoded column.</summary>
internal static class LevelDecoder
{
    /// <summary>
    /// Reads the levels of a version 1 page, each kind behind its length (or, in the old packed form, of the length its count gives).
    /// Returns the bytes read.
    /// </summary>
    public static int ReadV1(ReadOnlySpan<byte> body, int maxLevel, ParquetEncoding encoding, Span<byte> levels)
    {
        if (maxLevel == 0)
            return 0;
        if (encoding != ParquetEncoding.Rle)
            throw new MalformedDataException($"levels encoded as {encoding} cannot be read", unsupported: true);
        if (body.Length < sizeof(int))
            throw new MalformedDataException("levels are cut off");
        var length = BinaryPrimitives.ReadInt32LittleEndian(body);
        if ((uint)length > (uint)(body.Length - sizeof(int)))
            throw new MalformedDataException("levels are longer than their page");
        Read(body.Slice(sizeof(int), length), maxLevel, levels);
        return sizeof(int) + length;
    }

    /// <summary>Reads levels and checks them against their maximum.</summary>
    public static void Read(ReadOnlySpan<byte> source, int maxLevel, Span<byte> levels)
    {
        if (maxLevel == 0)
        {
            if (!source.IsEmpty)
                throw new MalformedDataException("a page has levels where its column has none");
            return;
        }

        var read = RleHybridDecoder.Decode(source, BitPacking.WidthOf((ulong)maxLevel), levels);
        if (read != source.Length)
            throw new MalformedDataException("bytes follow the last level", read);
        if (levels.ContainsAnyExceptInRange((byte)0, (byte)maxLevel))
            throw new MalformedDataException($"a level is above {maxLevel}");
    }

    /// <summary>Adds the rows of a flat page; returns how many have a value.</summary>
    public static int AddFlat(DecodedColumn column, ReadOnlySpan<byte> definitions, int levels)
    {
        column.RowCount += levels;
        var max = (byte)column.Column.MaxDefinitionLevel;
        return max == 0 ? AddSlots(column, default, levels, max, levels) : AddSlots(column, definitions, levels, max, definitions.Count(max));
    }

    /// <summary>Adds the rows of a page of lists; returns how many slots have a value. Repetition 0 begins a row.</summary>
    public static int AddLists(DecodedColumn column, ReadOnlySpan<byte> repetitions, Span<byte> definitions)
    {
        var element = column.Column.ElementDefinitionLevel;
        var newRows = repetitions.Count((byte)0);
        if (repetitions.Length > 0 && repetitions[0] != 0 && column.RowCount == 0)
            throw new MalformedDataException("a list begins in the middle");
        var row = column.RowCount;
        column.ListEndBuffer.Append<int>(newRows);
        var ends = column.ListEndBuffer.As<int>();
        AddListValidity(column, repetitions, definitions, newRows);
        var slot = column.SlotCount;
        var kept = 0;
        for (var i = 0; i < repetitions.Length; i++)
        {
            row += repetitions[i] == 0 ? 1 : 0;
            if (definitions[i] >= element)
            {
                definitions[kept++] = definitions[i];
                slot++;
            }
            else if (repetitions[i] != 0)
            {
                throw new MalformedDataException("an empty list has elements");
            }

            ends[row - 1] = slot;
        }

        column.RowCount = row;
        var max = (byte)column.Column.MaxDefinitionLevel;
        var slots = definitions[..kept];
        return AddSlots(column, slots, kept, max, slots.Count(max));
    }

    private static void AddListValidity(DecodedColumn column, ReadOnlySpan<byte> repetitions, ReadOnlySpan<byte> definitions, int newRows)
    {
        var empty = column.Column.ElementDefinitionLevel - 1;
        var known = column.ListValidityBuffer.Length > 0;
        if (!column.Column.IsListNullable || (!known && !HasBelow(definitions, empty)))
            return;
        if (!known)
            column.ListValidityBuffer.Append<bool>(column.RowCount).Fill(true);
        var valid = column.ListValidityBuffer.Append<bool>(newRows);
        var row = 0;
        for (var i = 0; i < repetitions.Length; i++)
        {
            if (repetitions[i] == 0)
                valid[row++] = definitions[i] >= empty;
        }
    }

    private static bool HasBelow(ReadOnlySpan<byte> levels, int level) => level > 0 && levels.ContainsAnyInRange((byte)0, (byte)(level - 1));

    private static int AddSlots(DecodedColumn column, ReadOnlySpan<byte> definitions, int slots, byte max, int present)
    {
        var known = column.ValidityBuffer.Length > 0;
        if (known || present < slots)
        {
            if (!known)
                column.ValidityBuffer.Append<bool>(column.SlotCount).Fill(true);
            var valid = column.ValidityBuffer.Append<bool>(slots);
            if (present == slots)
            {
                valid.Fill(true);
            }
            else
            {
                for (var i = 0; i < definitions.Length; i++)
                    valid[i] = definitions[i] == max;
            }
        }

        column.SlotCount += slots;
        return present;
    }
}
