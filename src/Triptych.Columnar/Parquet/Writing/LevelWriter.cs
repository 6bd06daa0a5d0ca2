using Triptych.Primitives.Binary;

namespace Triptych.Columnar.Parquet.Writing;

/// <summary>Turns validity and list ends into definition and repetition levels, a byte each.</summary>
internal static class LevelWriter
{
    /// <summary>Levels of a flat column; returns their count.</summary>
    public static int AddFlat(ParquetColumn column, ReadOnlySpan<bool> validity, int slots, PooledBufferWriter? definitions)
    {
        if (definitions is null)
            return slots;
        var levels = definitions.GetSpan(slots)[..slots];
        var max = (byte)column.MaxDefinitionLevel;
        if (validity.IsEmpty)
            levels.Fill(max);
        else
            FillDefinitions(validity, max, levels);
        definitions.Advance(slots);
        return slots;
    }

    /// <summary>Levels of a column within lists; returns their count.</summary>
    public static int AddLists(
        ParquetColumn column, in ColumnShape shape, int row, int nextRow, int firstSlot, PooledBufferWriter definitions, PooledBufferWriter repetitions)
    {
        var max = (byte)column.MaxDefinitionLevel;
        var empty = (byte)(column.ElementDefinitionLevel - 1);
        var lastSlot = nextRow == 0 ? 0 : shape.ListEnds[nextRow - 1];
        var most = nextRow - row + lastSlot - firstSlot;
        var definition = definitions.GetSpan(most);
        var repetition = repetitions.GetSpan(most);
        var count = 0;
        var slot = firstSlot;
        for (; row < nextRow; row++)
        {
            var elements = shape.ListEnds[row] - slot;
            if (elements == 0)
            {
                var isNull = !shape.ListValidity.IsEmpty && !shape.ListValidity[row];
                definition[count] = isNull ? (byte)(empty - 1) : empty;
                repetition[count++] = 0;
                continue;
            }

            repetition.Slice(count, elements).Fill(1);
            repetition[count] = 0;
            if (shape.Validity.IsEmpty)
                definition.Slice(count, elements).Fill(max);
            else
                FillDefinitions(shape.Validity.Slice(slot, elements), max, definition[count..]);
            count += elements;
            slot += elements;
        }

        definitions.Advance(count);
        repetitions.Advance(count);
        return count;
    }

    // A null leaf is one level below a value that is there.
    private static void FillDefinitions(ReadOnlySpan<bool> validity, byte max, Span<byte> levels)
    {
        var absent = (byte)(max - 1);
        for (var i = 0; i < validity.Length; i++)
            levels[i] = validity[i] ? max : absent;
    }
}
