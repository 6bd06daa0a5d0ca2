using System.Text;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Model.Attributes;
using Triptych.Traces.Head;
using Triptych.Traces.Scan;

namespace Triptych.Traces.Block;

/// <summary>
/// What columns of a block have to hold in a row that satisfies a predicate. A predicate over a resource or a scope alone is decided for each of the
/// block's resources or scopes, so that rows of others, and blocks without a fitting one, need not be read. One scan's, of one block; its threads may call.
/// </summary>
internal sealed class SpanPruning
{
    private readonly TraceBlock _block;
    private readonly SymbolTable _symbols = new();
    private readonly Dictionary<RowPredicate, IReadOnlyList<ColumnBounds>?> _known = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<RowPredicate, bool[]> _fitting = new(ReferenceEqualityComparer.Instance);
    private readonly PredicateEvaluator _evaluator;

    public SpanPruning(TraceBlock block)
    {
        _block = block;
        _evaluator = new PredicateEvaluator(_symbols);
    }

    /// <summary>Conditions that all hold where the predicate does; null where nothing is known.</summary>
    public IReadOnlyList<ColumnBounds>? BoundsOf(RowPredicate predicate)
    {
        lock (_known)
        {
            if (!_known.TryGetValue(predicate, out var bounds)) _known[predicate] = bounds = Find(predicate);
            return bounds;
        }
    }

    /// <summary>By resource, whether a condition that reads nothing but resources holds; null where it reads more.</summary>
    public bool[]? FittingResources(Conjunct conjunct)
    {
        if (conjunct.Columns.Length == 0 || !Array.TrueForAll(conjunct.Columns, IsOfResource)) return null;
        lock (_known)
        {
            if (_fitting.TryGetValue(conjunct.Predicate, out var known)) return known;
            var fits = new bool[_block.Resources.Count];
            foreach (var number in Fitting(conjunct.Predicate, conjunct.Columns, _block.Resources, 1)) fits[number] = true;
            return _fitting[conjunct.Predicate] = fits;
        }
    }

    /// <summary>Whether one of the block's resources satisfies a condition on an attribute that spans or their resources have.</summary>
    public bool MayHoldOfResource(RowPredicate leaf, ColumnRef column)
    {
        lock (_known) return Fitting(leaf, [column], _block.Resources, 1).Length > 0;
    }

    /// <summary>Whether one of the block's resources has an attribute.</summary>
    public bool AnyResourceHas(string key)
    {
        var column = SpanColumns.ResourceAttribute(key);
        return MayHoldOfResource(new RowPredicate.Exists(column), column);
    }

    private IReadOnlyList<ColumnBounds>? Find(RowPredicate predicate)
    {
        var columns = new List<ColumnRef>();
        SpanColumnKind.AddColumns(predicate, columns);
        if (columns.Count > 0 && columns.TrueForAll(IsOfResource))
            return [ColumnBounds.AnyOf(Column(TraceBlockSchema.Resource), Fitting(predicate, columns, _block.Resources, 1))];
        if (columns.Count > 0 && columns.TrueForAll(IsOfScope))
            return [ColumnBounds.AnyOf(Column(TraceBlockSchema.Scope), Fitting(predicate, columns, _block.Scopes, 2))];
        return predicate switch
        {
            RowPredicate.Compare { Literal.Kind: AttributeKind.Int, Column.Key: null } compare when IntegerColumn(compare.Column) is { } name =>
                OfInteger(compare, Column(name)) is { } bounds ? [bounds] : null,
            RowPredicate.Compare { Literal.Kind: AttributeKind.String, Op: CompareOp.Equal, Column: { Name: "name", Key: null } } compare =>
                [ColumnBounds.Equal(Column(TraceBlockSchema.Name), Encoding.UTF8.GetBytes(compare.Literal.Text!))],
            RowPredicate.Compare or RowPredicate.Exists or RowPredicate.Matches or RowPredicate.Contains { Needle.IsEmpty: false } =>
                OfSpanAttribute(predicate, columns[0]),
            _ => null,
        };
    }

    /// <summary>The value's type is not known and a list may hold it, so only the name tells.</summary>
    private IReadOnlyList<ColumnBounds>? OfSpanAttribute(RowPredicate leaf, ColumnRef column)
    {
        if (column.Key is not { } key || column.Name is not ("span_attributes" or "any_attributes")) return null;
        if (column.Name == "any_attributes" && Fitting(leaf, [column], _block.Resources, 1).Length > 0) return null;
        return [ColumnBounds.Equal(_block.File.Schema.Column(TraceBlockSchema.SpanAttributes, "key"), Encoding.UTF8.GetBytes(key))];
    }

    private static string? IntegerColumn(ColumnRef column) => column.Name switch
    {
        "start" => TraceBlockSchema.Start,
        "duration" => TraceBlockSchema.Duration,
        "kind" => TraceBlockSchema.Kind,
        "status_code" => TraceBlockSchema.StatusCode,
        _ => null,
    };

    /// <summary>What a column of integers has to hold where a comparison does; null where that cannot be told.</summary>
    public static ColumnBounds? OfInteger(RowPredicate.Compare compare, ParquetColumn column)
    {
        var literal = compare.Literal.Bits;
        return compare.Op switch
        {
            CompareOp.Equal => ColumnBounds.Between(column, literal, literal),
            CompareOp.NotEqual => ColumnBounds.Except(column, literal),
            CompareOp.Less when literal > long.MinValue => ColumnBounds.Between(column, long.MinValue, literal - 1),
            CompareOp.LessOrEqual => ColumnBounds.Between(column, long.MinValue, literal),
            CompareOp.Greater when literal < long.MaxValue => ColumnBounds.Between(column, literal + 1, long.MaxValue),
            CompareOp.GreaterOrEqual => ColumnBounds.Between(column, literal, long.MaxValue),
            _ => null,
        };
    }

    /// <summary>Whether a column says the same of all spans of a resource.</summary>
    public static bool IsOfResource(ColumnRef column) => column is { Name: "service_name", Key: null } or { Name: "resource_attributes", Key: not null };

    private static bool IsOfScope(ColumnRef column) =>
        column is { Name: "scope_name" or "scope_version", Key: null } or { Name: "scope_attributes", Key: not null };

    /// <summary>The resources or scopes that satisfy the predicate, ascending.</summary>
    private int[] Fitting(RowPredicate predicate, IReadOnlyList<ColumnRef> references, IByteItems items, int texts)
    {
        var columns = references.ToDictionary(static r => r, r => ColumnOf(r, items, texts));
        var selected = new bool[items.Count];
        selected.AsSpan().Fill(true);
        _evaluator.Apply(predicate, reference => columns[reference], selected);
        var fitting = new List<int>();
        for (var i = 0; i < selected.Length; i++)
        {
            if (selected[i]) fitting.Add(i);
        }

        return [.. fitting];
    }

    private Column ColumnOf(ColumnRef reference, IByteItems items, int texts)
    {
        if (reference.Key is { } key)
        {
            var attributes = new AttributeColumn();
            var lookup = new SetLookup(items, texts, key);
            for (var i = 0; i < items.Count; i++) lookup.Add(i, attributes);
            return attributes;
        }

        var column = new SymbolColumn();
        for (var i = 0; i < items.Count; i++)
        {
            column.Add(_symbols.Intern(reference.Name == "scope_version" ? SetItem.SecondText(items[i]) : SetItem.FirstText(items[i])));
        }

        return column;
    }

    private ParquetColumn Column(string name) => _block.File.Schema.Column(name);
}
