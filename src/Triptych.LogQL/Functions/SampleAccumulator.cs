using Triptych.LogQL.Syntax;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;

namespace Triptych.LogQL.Functions;

/// <summary>Unwrapped values by series, kept with their times until the scan ends, then evaluated window by window.</summary>
/// <param name="context">The query.</param>
/// <param name="grid">Its steps.</param>
/// <param name="keepsTies">
/// Whether the order of values at one time matters: then it is that of the streams' labels, and within a stream that in which the values came.
/// </param>
internal sealed class SampleAccumulator(QueryContext context, StepGrid grid, bool keepsTies)
{
    private const int BytesPerSeries = 256;

    private readonly List<Samples> _series = [];

    private int BytesPerSample => keepsTies ? 20 : 16;

    /// <summary>Adds a value.</summary>
    public void Add(int series, long timeUnixNanos, double value, int stream)
    {
        while (series >= _series.Count)
        {
            context.Charge(BytesPerSeries);
            _series.Add(new Samples());
        }

        context.CountSamples(1);
        context.Charge(BytesPerSample);
        if (keepsTies) _series[series].Streams.Add(stream);
        _series[series].Times.Add(timeUnixNanos);
        _series[series].Values.Add(value);
    }

    /// <summary>The values of a series; null where no step has any.</summary>
    /// <param name="series">Which.</param>
    /// <param name="aggregation">What becomes of the values of a window.</param>
    /// <param name="ranks">By stream, its place in the order of streams; only where ties are kept.</param>
    public double[]? Finish(int series, RangeAggregation aggregation, int[] ranks)
    {
        if (series >= _series.Count) return null;
        var times = _series[series].Times.ToArray();
        var samples = _series[series].Values.ToArray();
        if (keepsTies) SortTied(times, samples, _series[series].Streams, ranks);
        else Array.Sort(times, samples);
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

        context.Release((long)BytesPerSample * times.Length);
        _series[series] = new Samples();
        return any ? values : null;
    }

    private static void SortTied(long[] times, double[] samples, List<int> streams, int[] ranks)
    {
        var order = new int[times.Length];
        for (var i = 0; i < order.Length; i++) order[i] = i;
        Array.Sort(times, order);
        Comparison<int> byStream = (a, b) => streams[a] != streams[b] ? ranks[streams[a]].CompareTo(ranks[streams[b]]) : a.CompareTo(b);
        for (var start = 0; start < times.Length;)
        {
            var end = start + 1;
            while (end < times.Length && times[end] == times[start]) end++;
            if (end - start > 1) order.AsSpan(start..end).Sort(byStream);
            start = end;
        }

        var unsorted = (double[])samples.Clone();
        for (var i = 0; i < order.Length; i++) samples[i] = unsorted[order[i]];
    }

    private sealed class Samples
    {
        public List<int> Streams { get; } = [];

        public List<long> Times { get; } = [];

        public List<double> Values { get; } = [];
    }
}
