using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;

namespace Triptych.Traces.Scan;

/// <summary>Makes the columns of the scan contract, and finds those that a predicate reads.</summary>
internal static class SpanColumnKind
{
    /// <summary>An empty column of the type that <see cref="SpanColumns"/> promises.</summary>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    public static Column Create(ColumnRef reference) => reference switch
    {
        { Key: not null, Name: "span_attributes" or "resource_attributes" or "scope_attributes" or "any_attributes" } => new AttributeColumn(),
        { Key: not null } => throw Unknown(reference),
        { Name: "trace_id" } => new FixedBytesColumn(16),
        { Name: "span_id" or "parent_span_id" } => new FixedBytesColumn(8),
        { Name: "name" or "service_name" or "scope_name" or "scope_version" } => new SymbolColumn(),
        { Name: "kind" or "start" or "duration" or "status_code" or "flags" } => new Int64Column(),
        { Name: "status_message" or "trace_state" or "span_attributes" or "resource_attributes" or "scope_attributes" or "events" or "links" } => new BytesColumn(),
        _ => throw Unknown(reference),
    };

    /// <summary>Adds the columns that a predicate reads, each once.</summary>
    public static void AddColumns(RowPredicate predicate, List<ColumnRef> into)
    {
        switch (predicate)
        {
            case RowPredicate.And and:
                foreach (var part in and.Parts) AddColumns(part, into);
                break;
            case RowPredicate.Or or:
                foreach (var part in or.Parts) AddColumns(part, into);
                break;
            case RowPredicate.Not not:
                AddColumns(not.Part, into);
                break;
            case RowPredicate.Compare compare:
                Add(compare.Column, into);
                break;
            case RowPredicate.Exists exists:
                Add(exists.Column, into);
                break;
            case RowPredicate.Contains contains:
                Add(contains.Column, into);
                break;
            case RowPredicate.Matches matches:
                Add(matches.Column, into);
                break;
            case RowPredicate.IdIn idIn:
                Add(idIn.Column, into);
                break;
            default:
                throw new ArgumentException($"unknown predicate {predicate.GetType().Name}", nameof(predicate));
        }
    }

    /// <summary>About how costly a column is to read, for the order of conditions.</summary>
    public static int Cost(ColumnRef reference) => reference switch
    {
        { Key: not null, Name: "resource_attributes" or "scope_attributes" } => 2,
        { Key: not null } => 3,
        { Name: "span_attributes" or "resource_attributes" or "scope_attributes" or "events" or "links" } => 4,
        { Name: "status_message" or "trace_state" } => 2,
        _ => 1,
    };

    private static void Add(ColumnRef column, List<ColumnRef> into)
    {
        if (!into.Contains(column)) into.Add(column);
    }

    private static ArgumentException Unknown(ColumnRef reference) => new($"a span scan has no column {reference}", nameof(reference));
}
