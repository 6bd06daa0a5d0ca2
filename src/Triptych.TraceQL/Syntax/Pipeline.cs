namespace Triptych.TraceQL.Syntax;

/// <summary>How the right-hand spans of a spanset operation must stand to the left-hand ones.</summary>
public enum SpansetRelation
{
    And,
    Or,
    Child,
    Parent,
    Descendant,
    Ancestor,
    Sibling,
}

/// <summary>The plain operator, its negation (<c>!&gt;&gt;</c>), or the form that returns both sides (<c>&amp;&gt;&gt;</c>).</summary>
public enum RelationForm
{
    Plain,
    Negated,
    Union,
}

/// <summary>An expression whose value per trace is a set of spans.</summary>
public abstract record SpansetExpression(SourcePosition Position);

/// <summary><c>{ condition }</c>; a null condition is <c>{ }</c> and takes every span.</summary>
public sealed record SpansetFilter(FieldExpression? Condition, SourcePosition Position) : SpansetExpression(Position);

public sealed record SpansetOperation(
    SpansetRelation Relation,
    RelationForm Form,
    SpansetExpression Left,
    SpansetExpression Right,
    SourcePosition Position) : SpansetExpression(Position);

/// <summary>A pipeline in parentheses as an operand; only the first stage of a query has it.</summary>
public sealed record WrappedPipeline(IReadOnlyList<PipelineStage> Stages, SourcePosition Position) : SpansetExpression(Position);

public enum AggregateKind
{
    Count,
    Min,
    Max,
    Sum,
    Average,
}

/// <summary>An expression whose value per spanset is a number.</summary>
public abstract record ScalarExpression(SourcePosition Position);

public sealed record ScalarStatic(StaticValue Value, SourcePosition Position) : ScalarExpression(Position);

/// <summary>An aggregate over the spans of a spanset; <see cref="Operand"/> is null for <c>count()</c> only.</summary>
public sealed record ScalarAggregate(AggregateKind Kind, FieldExpression? Operand, SourcePosition Position) : ScalarExpression(Position);

public sealed record ScalarOperation(FieldOperator Operator, ScalarExpression Left, ScalarExpression Right, SourcePosition Position)
    : ScalarExpression(Position);

/// <summary><c>({ … } | count())</c>: the aggregate over what the stages leave.</summary>
public sealed record ScalarPipeline(IReadOnlyList<PipelineStage> Stages, ScalarExpression Aggregate, SourcePosition Position)
    : ScalarExpression(Position);

/// <summary>One stage between pipes.</summary>
public abstract record PipelineStage(SourcePosition Position);

public sealed record SpansetStage(SpansetExpression Expression, SourcePosition Position) : PipelineStage(Position);

/// <summary>Keeps the spansets for which the comparison holds.</summary>
public sealed record ScalarFilterStage(FieldOperator Operator, ScalarExpression Left, ScalarExpression Right, SourcePosition Position)
    : PipelineStage(Position);

/// <summary>Splits each spanset by the value of an expression.</summary>
public sealed record GroupStage(FieldExpression By, SourcePosition Position) : PipelineStage(Position);

/// <summary>Joins the spansets of a trace again.</summary>
public sealed record CoalesceStage(SourcePosition Position) : PipelineStage(Position);

/// <summary>Names fields to return with each span.</summary>
public sealed record SelectStage(IReadOnlyList<FieldReference> Fields, SourcePosition Position) : PipelineStage(Position);
