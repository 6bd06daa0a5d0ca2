using Triptych.LogQL.Syntax;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;

namespace Triptych.LogQL.Functions;

/// <summary>Unwrapped values by series, kept with their times until the scan ends, then evaluated window by window.</summary>
internal sealed class SampleAccumulator(QueryContext context, StepGrid grid)
{
    private const int BytesPerSeries = 256;

    private readonly List<Samples> _series = [];

    public void Add(int series, long timeUnixNanos, double value)
    {
        while (series >= _series.Count)
        {
            context.Charge(BytesPerSeries);
            _series.Add(new Samples());
        }

        context.CountSamples(1);
        context.Charge(16);
        _series[series].Times.Add(timeUnixNanos);
        _series[series].Values.Add(value);
    }

    /// <summary>The values of a series; null where no step has any.</summary>
    public double[]? Finish(int series, RangeAggregation aggregation)
    {
        if (series >= _series.Count) return null;
        var times = _series[series].Times.ToArray();
        var samples = _series[series].Values.ToArray();
        Array.Sort(times, samples);
        var values = new double[grid.Count];
        var any = false;
        int low = 0, high = 0;
        for (var step = 0; step < values.Length; step++)
        {
            context.Tick();
            var end = grid.At(step) - aggregation.Range.OffsetNanos;
            while (high < times.Length && times[high] <= end) high++;
            while (low < high && times[low] <= end - aggregation.Range.RangeNanos) low++;
            values[step] = low == high ? StepRow.Absent : SampleFunctions.Evaluate(aggregation, samples.AsSpan(low, high - low));
            any |= low != high;
        }

        context.Release(16L * times.Length);
        _series[series] = new Samples();
        return any ? values : null;
    }

    private sealed class Samples
    {
        public List<long> Times { get; } = [];

        public List<double> Values { get; } = [];
    }
}
