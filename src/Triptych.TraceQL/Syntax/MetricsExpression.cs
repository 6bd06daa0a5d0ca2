namespace Triptych.TraceQL.Syntax;

/// <summary>An expression over the series of metrics queries.</summary>
public abstract record MetricsExpression(SourcePosition Position);

/// <summary>A metrics query in parentheses; it has no hints of its own.</summary>
public sealed record MetricsOperand(TraceQLQuery Query, SourcePosition Position) : MetricsExpression(Position);

/// <summary>A number, which meets every value of the other side.</summary>
public sealed record MetricsNumber(StaticValue Value, SourcePosition Position) : MetricsExpression(Position);

/// <summary><c>+ - * /</c> between series of equal labels; the position is the operator's.</summary>
public sealed record MetricsOperation(FieldOperator Operator, MetricsExpression Left, MetricsExpression Right, SourcePosition Position)
    : MetricsExpression(Position);

/// <summary>
/// Arithmetic between metrics queries, in the place of a function: <c>({ … } | rate()) / ({ … } | rate())</c>. The query has no stages then.
/// </summary>
public sealed record MetricsArithmetic(MetricsExpression Expression, SourcePosition Position) : MetricsFunction(Position);
