using Triptych.Columnar.Symbols;
using Triptych.Model.Attributes;
using Triptych.Query.Steps;
using Triptych.TraceQL.Planning;
using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Functions;

/// <summary>Turns accumulators into labelled series, in the order of their labels, and applies the second stages.</summary>
internal sealed class SeriesBuilder(MetricsPlan plan, MetricsAggregate function, TraceMetricsRequest request, StepBins bins)
{
    // Nanoseconds are told as seconds.
    private readonly double _unit =
        function.Operand is IntrinsicReference intrinsic && Intrinsics.TypeOf(intrinsic.Intrinsic) == FieldType.Duration ? 1e9 : 1;

    public TraceMetricsResult Build(GroupIndex groups, ExemplarPicker exemplars, SymbolTable symbols, List<FieldValue[]> lists)
    {
        var series = new List<TraceSeries>();
        foreach (var (values, accumulator) in groups.Groups)
        {
            var labels = function.By.Select((field, i) => KeyValuePair.Create(field.Written, values[i].ToAttribute(symbols, lists))).ToList();
            var own = SeriesOf(labels, accumulator).ToList();
            Place(own, accumulator.Picked);
            series.AddRange(own);
        }

        series.RemoveAll(one => Array.TrueForAll(one.Values, double.IsNaN));
        series.Sort(CompareLabels);
        foreach (var stage in plan.SecondStages)
        {
            SecondStages.Apply(stage, series, bins.Grid.Count);
        }

        return Limit(exemplars.Share(series), request, bins);
    }

    /// <summary>The answer of so many series as were asked for.</summary>
    public static TraceMetricsResult Limit(List<TraceSeries> series, TraceMetricsRequest request, StepBins bins)
    {
        var isTruncated = series.Count > request.MaxSeries;
        return new TraceMetricsResult(bins.Grid, isTruncated ? series.GetRange(0, request.MaxSeries) : series, isTruncated);
    }

    private IEnumerable<TraceSeries> SeriesOf(List<KeyValuePair<string, AttributeValue>> labels, StepAccumulator accumulator)
    {
        switch (accumulator)
        {
            case DistributionAccumulator distribution when function.Kind == MetricsKind.QuantileOverTime:
                return function.Quantiles.Select(quantile => new TraceSeries(
                    [.. labels, KeyValuePair.Create("p", AttributeValue.Float(quantile))], distribution.Quantile(quantile, bins.Grid.Count, _unit)));
            case DistributionAccumulator distribution:
                return distribution.Buckets(bins.Grid.Count, _unit).Select(bucket => new TraceSeries(
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
                    ? counts.Values(function.Kind == MetricsKind.Rate ? bins.Seconds : 1)
                    : ((NumberAccumulator)accumulator).Values()),
        ];
    }

    /// <summary>
    /// Gives the spans that were picked for a group to its series. Of quantiles the lowest that is not below the span's number gets it, of buckets the
    /// one that holds it. Spans that were only counted stand at the value of their step.
    /// </summary>
    private void Place(List<TraceSeries> own, IReadOnlyList<PickedSpan> picked)
    {
        if (picked.Count == 0 || own.Count == 0)
        {
            return;
        }

        var placed = own.Select(_ => new List<TraceExemplar>()).ToList();
        foreach (var span in picked)
        {
            var at = function.Kind switch
            {
                MetricsKind.QuantileOverTime => own.FindIndex(one => one.Values[span.Step] >= span.Value),
                MetricsKind.HistogramOverTime => own.FindIndex(one => one.Labels[^1].Value.Double >= span.Value && one.Values[span.Step] > 0),
                _ => 0,
            };
            at = at < 0 ? own.Count - 1 : at;
            placed[at].Add(span.ToExemplar(double.IsNaN(span.Value) ? own[at].Values[span.Step] : span.Value));
        }

        for (var i = 0; i < own.Count; i++)
        {
            own[i] = own[i] with { Exemplars = placed[i] };
        }
    }

    public static int CompareLabels(TraceSeries a, TraceSeries b)
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
