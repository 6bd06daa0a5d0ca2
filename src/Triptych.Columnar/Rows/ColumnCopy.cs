namespace Triptych.Columnar.Rows;

/// <summary>Copies rows between columns of the same type.</summary>
public static class ColumnCopy
{
    /// <summary>An empty column of the type of another.</summary>
    public static Column NewLike(Column column) => column switch
    {
        Int64Column => new Int64Column(),
        SymbolColumn => new SymbolColumn(),
        BytesColumn => new BytesColumn(),
        FixedBytesColumn ids => new FixedBytesColumn(ids.Width),
        AttributeColumn => new AttributeColumn(),
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
            default:
                for (var row = first; row < first + count; row++) Append(from, row, to);
                break;
        }
    }

    /// <summary>A new column of some rows of another.</summary>
    public static Column Gather(Column from, ReadOnlySpan<int> rows)
    {
        var gathered = NewLike(from);
        foreach (var row in rows) Append(from, row, gathered);
        return gathered;
    }
}
