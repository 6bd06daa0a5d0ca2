using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.Intrinsics;
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
        column.ListEndBuffer.Append<int>(newRows);
        AddListValidity(column, repetitions, definitions, newRows);
        var kept = AddListEnds(column.ListEndBuffer.As<int>(), column.RowCount, column.SlotCount, repetitions, definitions, (byte)element);
        column.RowCount += newRows;
        var max = (byte)column.Column.MaxDefinitionLevel;
        if (max == element)
            return AddSlots(column, default, kept, max, kept);
        var slots = Compact(definitions, (byte)element);
        return AddSlots(column, slots, kept, max, slots.Count(max));
    }

    /// <summary>
    /// Sets the ends of the rows of a page, and of the one that it goes on with; returns how many slots there are. Works on 64 levels at once: bits
    /// say where rows begin and where elements are.
    /// </summary>
    private static int AddListEnds(
        Span<int> ends, int row, int firstSlot, ReadOnlySpan<byte> repetitions, ReadOnlySpan<byte> definitions, byte element)
    {
        var slot = firstSlot;
        for (var at = 0; at < repetitions.Length; at += 64)
        {
            var count = Math.Min(64, repetitions.Length - at);
            var begins = BitsOf(repetitions.Slice(at, count), 1);
            var all = count == 64 ? ulong.MaxValue : (1UL << count) - 1;
            begins = ~begins & all;
            var present = BitsOf(definitions.Slice(at, count), element);
            if ((~present & ~begins & all) != 0)
                throw new MalformedDataException("an empty list has elements");
            for (; begins != 0; begins &= begins - 1)
            {
                // What begins here ends the row before.
                if (row > 0)
                    ends[row - 1] = slot + BitOperations.PopCount(present & ((begins & (0 - begins)) - 1));
                row++;
            }

            slot += BitOperations.PopCount(present);
        }

        if (row > 0)
            ends[row - 1] = slot;
        return slot - firstSlot;
    }

    /// <summary>A bit for each of up to 64 levels that is <paramref name="least"/> or more.</summary>
    private static ulong BitsOf(ReadOnlySpan<byte> levels, byte least)
    {
        if (levels.Length == 64)
        {
            var bound = Vector256.Create(least);
            var low = Vector256.GreaterThanOrEqual(Vector256.Create(levels[..32]), bound).ExtractMostSignificantBits();
            var high = Vector256.GreaterThanOrEqual(Vector256.Create(levels[32..]), bound).ExtractMostSignificantBits();
            return low | ((ulong)high << 32);
        }

        var bits = 0UL;
        for (var i = 0; i < levels.Length; i++)
            bits |= (levels[i] >= least ? 1UL : 0) << i;
        return bits;
    }

    /// <summary>Moves the levels of slots together.</summary>
    private static Span<byte> Compact(Span<byte> definitions, byte element)
    {
        var kept = 0;
        foreach (var level in definitions)
        {
            definitions[kept] = level;
            kept += level >= element ? 1 : 0;
        }

        return definitions[..kept];
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
