using System.Text;
using Triptych.Columnar.Rows;
using Triptych.Model.Attributes;
using Triptych.Primitives.Memory;
using Triptych.Query;
using Triptych.Query.Budgets;
using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Functions;

/// <summary>
/// Arithmetic between metrics queries. Each query runs once, however often it stands in the expression. Series of both sides meet where their labels are
/// equal, the function's name aside; a series without a partner, and a step without a value on either side, has no value, nor has what is divided by 0.
/// </summary>
internal sealed class SeriesArithmetic(
    TraceQLQuery query, TraceMetricsRequest request, QueryContext context, ISpanSource source, SpanIdentityPool identities, MemoryBudget budget)
{
    private const string FunctionName = "__name__";

    private readonly Dictionary<string, Operand> _ran = new(StringComparer.Ordinal);
    private readonly StepBins _bins = new(request);

    /// <summary>One side: series by their labels, or a number.</summary>
    private sealed record Operand(Dictionary<string, TraceSeries>? Series, double Number);

    /// <summary>The answer, or why a query in the expression is not run.</summary>
    public async ValueTask<QueryResult<TraceMetricsResult>> RunAsync()
    {
        var ended = await EvaluateAsync(((MetricsArithmetic)query.Metrics!).Expression);
        if (ended.Error is { } error)
        {
            return error;
        }

        var series = ended.Operand!.Series!.Values.Select(one => one with { Values = (double[])one.Values.Clone() }).ToList();
        series.RemoveAll(one => Array.TrueForAll(one.Values, double.IsNaN));
        series.Sort(SeriesBuilder.CompareLabels);
        foreach (var stage in query.SecondStages)
        {
            SecondStages.Apply(stage, series, _bins.Grid.Count);
        }

        return SeriesBuilder.Limit(series, request, _bins);
    }

    private async ValueTask<(Operand? Operand, QueryError? Error)> EvaluateAsync(MetricsExpression expression)
    {
        switch (expression)
        {
            case MetricsNumber number:
                // Values of durations are seconds.
                return (new Operand(null, number.Value.Type == FieldType.Duration ? number.Value.Integer / 1e9 : number.Value.AsDouble), null);
            case MetricsOperand operand:
                return await RunAsync(operand.Query);
            default:
                var operation = (MetricsOperation)expression;
                var (left, leftError) = await EvaluateAsync(operation.Left);
                if (leftError is not null)
                {
                    return (null, leftError);
                }

                var (right, rightError) = await EvaluateAsync(operation.Right);
                return rightError is not null ? (null, rightError) : (Combine(operation.Operator, left!, right!), null);
        }
    }

    private async ValueTask<(Operand? Operand, QueryError? Error)> RunAsync(TraceQLQuery inner)
    {
        var text = inner.ToString();
        if (_ran.TryGetValue(text, out var known))
        {
            return (known, null);
        }

        var (plan, error) = MetricsPlan.Create(inner);
        if (error is not null)
        {
            return (null, error);
        }

        var all = request with { Query = text, MaxSeries = int.MaxValue, MaxExemplars = 0 };
        var result = await MetricsEvaluator.RunAsync(plan!, all, context, source, identities, budget);
        var series = new Dictionary<string, TraceSeries>(StringComparer.Ordinal);
        foreach (var one in result.Series)
        {
            var labels = one.Labels.Where(label => label.Key != FunctionName).ToList();
            series[KeyOf(labels)] = new TraceSeries(labels, one.Values);
        }

        known = new Operand(series, 0);
        _ran.Add(text, known);
        return (known, null);
    }

    private static Operand Combine(FieldOperator op, Operand left, Operand right)
    {
        if (left.Series is null && right.Series is null)
        {
            return new Operand(null, Apply(op, left.Number, right.Number));
        }

        var combined = new Dictionary<string, TraceSeries>(StringComparer.Ordinal);
        foreach (var (key, series) in left.Series ?? right.Series!)
        {
            var other = left.Series is null || right.Series is null ? null : right.Series.GetValueOrDefault(key);
            if (left.Series is not null && right.Series is not null && other is null)
            {
                continue;
            }

            var values = new double[series.Values.Length];
            for (var step = 0; step < values.Length; step++)
            {
                var a = left.Series is null ? left.Number : series.Values[step];
                var b = right.Series is null ? right.Number : other is null ? series.Values[step] : other.Values[step];
                values[step] = Apply(op, a, b);
            }

            combined.Add(key, series with { Values = values });
        }

        return new Operand(combined, 0);
    }

    private static double Apply(FieldOperator op, double a, double b) => op switch
    {
        FieldOperator.Add => a + b,
        FieldOperator.Subtract => a - b,
        FieldOperator.Multiply => a * b,
        _ => b == 0 ? double.NaN : a / b,
    };

    private static string KeyOf(List<KeyValuePair<string, AttributeValue>> labels)
    {
        var key = new StringBuilder();
        foreach (var (name, value) in labels.OrderBy(label => label.Key, StringComparer.Ordinal))
        {
            var text = value.ToText();
            key.Append(name.Length).Append(':').Append(name).Append((int)value.Kind).Append(':').Append(text.Length).Append(':').Append(text);
        }

        return key.ToString();
    }
}
