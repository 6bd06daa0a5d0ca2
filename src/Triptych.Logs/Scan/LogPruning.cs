using System.Text;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Logs.Block;
using Triptych.Model.Attributes;
using Triptych.Model.Labels;

namespace Triptych.Logs.Scan;

/// <summary>What columns of a logs block have to hold in a row that satisfies a predicate. Lines have no bounds: conditions on them rule nothing out.</summary>
internal static class LogPruning
{
    /// <summary>Conditions that all hold where the predicate does; null where nothing is known. The facts say where the row group's metadata is.</summary>
    public static IReadOnlyList<ColumnBounds>? BoundsOf(RowPredicate predicate, ParquetSchema schema, MetadataFacts? facts) => predicate switch
    {
        RowPredicate.Compare { Literal.Kind: AttributeKind.String } compare =>
            BoundsOf(compare.Column, compare.Op == CompareOp.Equal ? Encoding.UTF8.GetBytes(compare.Literal.Text!) : null, schema, facts),
        RowPredicate.Exists exists => BoundsOf(exists.Column, null, schema, facts),
        RowPredicate.Matches matches => BoundsOf(matches.Column, null, schema, facts),

        RowPredicate.MayHold { Condition.OfNothing: FieldVerdict.Fails } mayHold => BoundsOf(mayHold.Column, null, schema, facts),

        // An empty needle is in missing values too.
        RowPredicate.Contains { Needle.IsEmpty: false } contains => BoundsOf(contains.Column, null, schema, facts),
        _ => null,
    };

    /// <summary>Of a column that has some value, or the one that is given.</summary>
    private static IReadOnlyList<ColumnBounds>? BoundsOf(ColumnRef column, byte[]? value, ParquetSchema schema, MetadataFacts? facts)
    {
        if (column == LogColumns.Level) return value is null ? null : [ColumnBounds.Equal(schema.Column(LogBlockSchema.Level), value)];
        if (column is not { Name: "metadata", Key: { } key }) return null;
        if (key is LabelNames.TraceId or LabelNames.SpanId)
        {
            var id = schema.Column(key == LabelNames.TraceId ? LogBlockSchema.TraceId : LogBlockSchema.SpanId);
            return [value is null ? ColumnBounds.NotNull(id) : ColumnBounds.Equal(id, value)];
        }

        if (facts?.PlaceOf(key) == MetadataPlace.Column)
        {
            var own = schema.Column(MetadataSpec.ColumnOf(key));
            return [value is null ? ColumnBounds.NotNull(own) : ColumnBounds.Equal(own, value)];
        }

        var hasKey = ColumnBounds.Equal(schema.Column(LogBlockSchema.Metadata, "key"), Encoding.UTF8.GetBytes(key));
        return value is null ? [hasKey] : [hasKey, ColumnBounds.Equal(schema.Column(LogBlockSchema.Metadata, "value"), value)];
    }

    /// <summary>About how much has to be read for a predicate, for the order of conditions: lines last.</summary>
    public static int Cost(RowPredicate predicate) => predicate switch
    {
        RowPredicate.And and => and.Parts.Select(Cost).DefaultIfEmpty(0).Max(),
        RowPredicate.Or or => or.Parts.Select(Cost).DefaultIfEmpty(0).Max(),
        RowPredicate.Not not => Cost(not.Part),
        RowPredicate.Compare compare => Cost(compare.Column),
        RowPredicate.Exists exists => Cost(exists.Column),
        RowPredicate.Contains contains => Cost(contains.Column),
        RowPredicate.Matches matches => Cost(matches.Column) + 1,
        RowPredicate.IdIn idIn => Cost(idIn.Column),
        RowPredicate.MayHold mayHold => Cost(mayHold.Column) + 1,
        _ => 0,
    };

    private static int Cost(ColumnRef column) => column switch
    {
        { Name: "line" or "line_length" } => 8,
        { Name: "metadata", Key: null } => 6,
        { Name: "metadata", Key: not (LabelNames.TraceId or LabelNames.SpanId) } => 4,
        { Name: "metadata" } => 2,
        _ => 0,
    };
}
