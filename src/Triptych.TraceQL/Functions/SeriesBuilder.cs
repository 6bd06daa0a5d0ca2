using Triptych.Columnar.Symbols;
using Triptych.Model.Attributes;
using Triptych.Query.Steps;
using Triptych.TraceQL.Planning;
using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Functions;

/// <summary>Turns accumulators into labelled series, in the order of their labels, and applies the second stages.</summary>
internal static class SeriesBuilder
{
    public static TraceMetricsResult Build(
        MetricsPlan plan,
        TraceMetricsRequest request,
        StepGrid grid,
        bool isInstant,
        GroupIndex groups,
        SymbolTable symbols,
        List<FieldValue[]> lists)
    {
        var stepSeconds = (isInstant ? request.EndUnixNanos - request.StartUnixNanos : grid.Step) / 1e9;
        var series = new List<TraceSeries>();
        foreach (var (values, accumulator) in groups.Groups)
        {
            var labels = plan.Function.By.Select((field, i) => KeyValuePair.Create(field.Written, values[i].ToAttribute(symbols, lists))).ToList();
            series.AddRange(SeriesOf(plan.Function, grid, stepSeconds, labels, accumulator));
        }

        series.RemoveAll(one => Array.TrueForAll(one.Values, double.IsNaN));
        series.Sort(CompareLabels);
        foreach (var stage in plan.SecondStages)
        {
            SecondStages.Apply(stage, series, grid.Count);
        }

        var isTruncated = series.Count > request.MaxSeries;
        return new TraceMetricsResult(grid, isTruncated ? series.GetRange(0, request.MaxSeries) : series, isTruncated);
    }

    private static IEnumerable<TraceSeries> SeriesOf(
        MetricsAggregate function, StepGrid grid, double stepSeconds, List<KeyValuePair<string, AttributeValue>> labels, StepAccumulator accumulator)
    {
        // Nanoseconds are told as seconds.
        var unit = function.Operand is IntrinsicReference intrinsic && Intrinsics.TypeOf(intrinsic.Intrinsic) == FieldType.Duration ? 1e9 : 1;
        switch (accumulator)
        {
            case DistributionAccumulator distribution when function.Kind == MetricsKind.QuantileOverTime:
                return function.Quantiles.Select(quantile => new TraceSeries(
                    [.. labels, KeyValuePair.Create("p", AttributeValue.Float(quantile))], distribution.Quantile(quantile, grid.Count, unit)));
            case DistributionAccumulator distribution:
                return distribution.Buckets(grid.Count, unit).Select(bucket => new TraceSeries(
                    [.. labels, KeyValuePair.Create("__bucket", AttributeValue.Float(bucket.UpperBound))], bucket.Counts));
        }

        if (labels.Count == 0)
        {
            labels.Add(new("__name__", AttributeValue.String(MetricsAggregate.NameOf(function.Kind))));
        }

        return
        [
            new TraceSeries(
                labels,
                accumulator is CountAccumulator counts
                    ? counts.Values(function.Kind == MetricsKind.Rate ? stepSeconds : 1)
                    : ((NumberAccumulator)accumulator).Values()),
        ];
    }

    private static int CompareLabels(TraceSeries a, TraceSeries b)
    {
        for (var i = 0; i < Math.Min(a.Labels.Count, b.Labels.Count); i++)
        {
            var (x, y) = (a.Labels[i].Value, b.Labels[i].Value);
            var order = x.Kind == AttributeKind.Double && y.Kind == AttributeKind.Double
                ? x.Double.CompareTo(y.Double)
                : string.CompareOrdinal(x.ToText(), y.ToText());
            if (order == 0)
            {
                order = x.Kind.CompareTo(y.Kind);
            }

            if (order != 0)
            {
                return order;
            }
        }

        return a.Labels.Count.CompareTo(b.Labels.Count);
    }
}
