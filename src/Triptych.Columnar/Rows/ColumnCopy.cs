using Triptych.Primitives.Memory;

namespace Triptych.Columnar.Rows;

/// <summary>Copies rows between columns of the same type.</summary>
public static class ColumnCopy
{
    /// <summary>An empty column of the type of another.</summary>
    /// <param name="column">The other.</param>
    /// <param name="budget">Charged for bytes of any length, see <see cref="BytesColumn"/>; the caller releases the column then.</param>
    public static Column NewLike(Column column, MemoryBudget? budget = null) => column switch
    {
        Int64Column => new Int64Column(),
        SymbolColumn => new SymbolColumn(),
        BytesColumn => new BytesColumn(budget),
        FixedBytesColumn ids => new FixedBytesColumn(ids.Width),
        AttributeColumn => new AttributeColumn(),
        FieldColumn => new FieldColumn(),
        _ => throw new ArgumentException($"cannot copy a {column.GetType().Name}", nameof(column)),
    };

    /// <summary>Adds one row of a column to another.</summary>
    public static void Append(Column from, int row, Column to)
    {
        switch (from, to)
        {
            case (Int64Column source, Int64Column target):
                target.Add(source[row]);
                break;
            case (SymbolColumn source, SymbolColumn target):
                target.Add(source[row]);
                break;
            case (BytesColumn source, BytesColumn target):
                if (source.IsNull(row)) target.AddNull();
                else target.Add(source[row]);
                break;
            case (FixedBytesColumn source, FixedBytesColumn target):
                target.Add(source[row]);
                break;
            case (AttributeColumn source, AttributeColumn target):
                target.Add(source.KindOf(row), source.BitsOf(row), source.BytesOf(row));
                break;
            case (FieldColumn source, FieldColumn target):
                target.Add(source.Values[row]);
                break;
            default:
                throw new ArgumentException($"cannot copy a {from.GetType().Name} to a {to.GetType().Name}", nameof(to));
        }
    }

    /// <summary>Adds rows of a column that follow each other to another.</summary>
    public static void AppendRange(Column from, int first, int count, Column to)
    {
        switch (from, to)
        {
            case (Int64Column source, Int64Column target):
                source.Values.Slice(first, count).CopyTo(target.AddRange(count));
                break;
            case (SymbolColumn source, SymbolColumn target):
                source.Symbols.Slice(first, count).CopyTo(target.AddRange(count));
                break;
            case (BytesColumn source, BytesColumn target):
                target.AddRange(source, first, count);
                break;
            case (FieldColumn source, FieldColumn target):
                source.Values.Slice(first, count).CopyTo(target.AddRange(count));
                break;
            default:
                for (var row = first; row < first + count; row++) Append(from, row, to);
                break;
        }
    }

    /// <summary>A new column of some rows of another.</summary>
    /// <param name="from">The other.</param>
    /// <param name="rows">Which.</param>
    /// <param name="budget">As in <see cref="NewLike"/>.</param>
    public static Column Gather(Column from, ReadOnlySpan<int> rows, MemoryBudget? budget = null)
    {
        var gathered = NewLike(from, budget);
        try
        {
            if (budget is not null && from is BytesColumn bytes) ((BytesColumn)gathered).Reserve(rows.Length, LengthOf(bytes, rows));
            foreach (var row in rows) Append(from, row, gathered);
            return gathered;
        }
        catch
        {
            gathered.Release();
            throw;
        }
    }

    private static int LengthOf(BytesColumn column, ReadOnlySpan<int> rows)
    {
        var length = 0;
        foreach (var row in rows) length += column[row].Length;
        return length;
    }
}
