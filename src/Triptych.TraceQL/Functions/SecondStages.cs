using Triptych.TraceQL.Planning;
using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Functions;

/// <summary>The stages over finished series. They take values away (NaN) and then the series that have none left.</summary>
internal static class SecondStages
{
    public static void Apply(MetricsSecondStage stage, List<TraceSeries> series, int steps)
    {
        switch (stage)
        {
            case MetricsFilterStage filter:
                Filter(filter, series);
                break;
            case TopBottomStage top:
                KeepExtremes(top, series, steps);
                break;
            default:
                throw new InvalidOperationException($"no evaluation for {stage.GetType().Name}");
        }

        series.RemoveAll(one => Array.TrueForAll(one.Values, double.IsNaN));
    }

    private static void Filter(MetricsFilterStage filter, List<TraceSeries> series)
    {
        // Values of durations are seconds.
        var threshold = filter.Threshold.Type == FieldType.Duration ? filter.Threshold.Integer / 1e9 : filter.Threshold.AsDouble;
        foreach (var values in series.Select(one => one.Values))
        {
            for (var step = 0; step < values.Length; step++)
            {
                if (!double.IsNaN(values[step]) && !ComparisonNode.Holds(filter.Operator, values[step].CompareTo(threshold)))
                {
                    values[step] = double.NaN;
                }
            }
        }
    }

    /// <summary>At each step the largest (smallest) values stay; among equal ones those of the first labels.</summary>
    private static void KeepExtremes(TopBottomStage stage, List<TraceSeries> series, int steps)
    {
        var order = new List<int>(series.Count);
        for (var step = 0; step < steps; step++)
        {
            order.Clear();
            for (var i = 0; i < series.Count; i++)
            {
                if (!double.IsNaN(series[i].Values[step]))
                {
                    order.Add(i);
                }
            }

            if (order.Count <= stage.Limit)
            {
                continue;
            }

            var at = step;
            order.Sort((a, b) =>
            {
                var byValue = series[a].Values[at].CompareTo(series[b].Values[at]);
                return byValue != 0 ? (stage.Top ? -byValue : byValue) : a.CompareTo(b);
            });
            for (var i = stage.Limit; i < order.Count; i++)
            {
                series[order[i]].Values[step] = double.NaN;
            }
        }
    }
}
