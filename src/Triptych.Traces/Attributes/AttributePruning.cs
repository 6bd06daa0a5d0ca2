using System.Text;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Model.Attributes;
using Triptych.Traces.Block;
using Triptych.Traces.Scan;

namespace Triptych.Traces.Attributes;

/// <summary>
/// What columns have to hold in a row of one row group that satisfies a predicate: as <see cref="SpanPruning"/> says of the block, and of attributes that
/// have columns here. One scan's.
/// </summary>
internal sealed class AttributePruning(TraceBlock block, int rowGroup, SpanPruning pruning)
{
    private readonly GroupAttributes _attributes = block.AttributesOf(rowGroup);

    /// <summary>Conditions that all hold where the predicate does; null where nothing is known.</summary>
    public IReadOnlyList<ColumnBounds>? BoundsOf(RowPredicate predicate)
    {
        var column = predicate switch
        {
            RowPredicate.Compare compare => compare.Column,
            RowPredicate.Exists exists => exists.Column,
            RowPredicate.Matches matches => matches.Column,
            RowPredicate.Contains { Needle.IsEmpty: false } contains => contains.Column,
            _ => default,
        };
        if (NumberOf(column) is not (>= 0 and var number)) return pruning.BoundsOf(predicate);

        // A value of another type stands in the map, and the column says nothing of it.
        if (!_attributes.IsWhole[number]) return null;
        if (column.Name == "any_attributes" && pruning.MayHoldOfResource(predicate, column)) return null;
        return [OfColumn(predicate, _attributes.Columns[number])];
    }

    /// <summary>The column of texts that a condition is about alone; null where it reads more, or another column.</summary>
    public AttributeSpec? TextColumnOf(Conjunct conjunct)
    {
        return conjunct.Columns.Length == 1 ? TextColumnOf(conjunct.Columns[0]) : null;
    }

    /// <summary>The column of texts that says all of a column of the scan contract, or null.</summary>
    public AttributeSpec? TextColumnOf(ColumnRef column)
    {
        if (NumberOf(column) is not (>= 0 and var number)) return null;
        var spec = _attributes.Columns[number];
        if (!_attributes.IsWhole[number] || spec.Kind != AttributeKind.String) return null;
        return column.Name == "span_attributes" || !pruning.AnyResourceHas(spec.Name) ? spec : null;
    }

    private int NumberOf(ColumnRef column) =>
        column is { Key: { } key, Name: "span_attributes" or "any_attributes" } ? _attributes.Find(key) : -1;

    private ColumnBounds OfColumn(RowPredicate predicate, AttributeSpec spec)
    {
        var column = block.File.Schema.Column(spec.Column);
        return (predicate, spec.Kind) switch
        {
            (RowPredicate.Compare { Literal.Kind: AttributeKind.String } compare, AttributeKind.String) => OfText(compare, column),
            (RowPredicate.Compare { Literal.Kind: AttributeKind.Int } compare, AttributeKind.Int) =>
                SpanPruning.OfInteger(compare, column) ?? ColumnBounds.NotNull(column),
            _ => ColumnBounds.NotNull(column),
        };
    }

    private static ColumnBounds OfText(RowPredicate.Compare compare, ParquetColumn column)
    {
        var literal = Encoding.UTF8.GetBytes(compare.Literal.Text!);
        return compare.Op switch
        {
            CompareOp.Equal => ColumnBounds.Equal(column, literal),
            CompareOp.Less or CompareOp.LessOrEqual => ColumnBounds.Between(column, null, literal),
            CompareOp.Greater or CompareOp.GreaterOrEqual => ColumnBounds.Between(column, literal, null),
            _ => ColumnBounds.NotNull(column),
        };
    }
}
