namespace Triptych.TraceQL.Syntax;

public enum MetricsKind
{
    Rate,
    CountOverTime,
    MinOverTime,
    MaxOverTime,
    SumOverTime,
    AverageOverTime,
    QuantileOverTime,
    HistogramOverTime,
}

/// <summary>The stage that turns spans into series.</summary>
public abstract record MetricsFunction(SourcePosition Position);

/// <summary>A function over time; <see cref="Operand"/> is null for <c>rate</c> and <c>count_over_time</c>.</summary>
public sealed record MetricsAggregate(
    MetricsKind Kind,
    FieldReference? Operand,
    IReadOnlyList<double> Quantiles,
    IReadOnlyList<FieldReference> By,
    SourcePosition Position) : MetricsFunction(Position)
{
    public static string NameOf(MetricsKind kind) => kind switch
    {
        MetricsKind.Rate => "rate",
        MetricsKind.CountOverTime => "count_over_time",
        MetricsKind.MinOverTime => "min_over_time",
        MetricsKind.MaxOverTime => "max_over_time",
        MetricsKind.SumOverTime => "sum_over_time",
        MetricsKind.AverageOverTime => "avg_over_time",
        MetricsKind.QuantileOverTime => "quantile_over_time",
        _ => "histogram_over_time",
    };
}

/// <summary><c>compare({ … }, topN, startNanos, endNanos)</c>; the times are 0 where they are not given.</summary>
public sealed record CompareFunction(SpansetFilter Selection, int TopN, long StartUnixNanos, long EndUnixNanos, SourcePosition Position)
    : MetricsFunction(Position)
{
    public const int DefaultTopN = 10;
}

/// <summary>A stage over the series of a metrics function.</summary>
public abstract record MetricsSecondStage(SourcePosition Position);

public sealed record TopBottomStage(bool Top, int Limit, SourcePosition Position) : MetricsSecondStage(Position);

public sealed record MetricsFilterStage(FieldOperator Operator, StaticValue Threshold, SourcePosition Position)
    : MetricsSecondStage(Position);

/// <summary>An entry of <c>with( )</c>.</summary>
public sealed record Hint(string Name, StaticValue Value, SourcePosition Position);

/// <summary>A whole query: stages, and for a metrics query a function with its second stages.</summary>
public sealed record TraceQLQuery(
    IReadOnlyList<PipelineStage> Stages,
    MetricsFunction? Metrics,
    IReadOnlyList<MetricsSecondStage> SecondStages,
    IReadOnlyList<Hint> Hints)
{
    public override string ToString() => QueryPrinter.Print(this);
}
