using Triptych.Model.Metrics;
using Triptych.Query.Budgets;
using Triptych.Query.Operators;
using Triptych.Query.Steps;

namespace Triptych.PromQL.Planning;

/// <summary>
/// Counts the samples that the query's steps look at, for <c>stats</c>. What a subquery reads is counted once, as the points that the steps
/// around it look at. A histogram counts for as many as its size is worth (<see cref="FloatHistogram.SizeInSamples"/>).
/// </summary>
internal sealed class SampleCounts(QueryContext context, StepGrid query)
{
    /// <summary>A selector found these values at the steps.</summary>
    public void Row(StepGrid grid, ReadOnlySpan<double> values, ReadOnlySpan<FloatHistogram?> histograms)
    {
        if (grid != query)
            return;
        for (var i = 0; i < values.Length; i++)
        {
            if (!histograms.IsEmpty && histograms[i] is { } histogram)
                Add(i, histogram.SizeInSamples);
            else if (!StepRow.IsAbsent(values[i]))
                Add(i, 1);
        }
    }

    /// <summary>A range found these samples at the steps.</summary>
    public void Windows(EvalTimes times, RangeWindows windows, ReadOnlySpan<double> values, ReadOnlySpan<FloatHistogram?> histograms)
    {
        if (times.Grid != query)
            return;
        var before = !histograms.IsEmpty || StepValues.HasGaps(values) ? SamplesBefore(values, histograms) : null;
        if (before is null && !times.IsFixed && context.SamplesQueriedPerStep is null)
        {
            context.SamplesQueried += windows.SampleCount;
            return;
        }
        for (var i = 0; i < query.Count; i++)
        {
            var slot = times.IsFixed ? 0 : i;
            var (from, to) = (windows.From[slot], windows.To[slot]);
            Add(i, before is null ? to - from : before[to] - before[from]);
        }
    }

    private void Add(int step, long samples)
    {
        context.SamplesQueried += samples;
        if (context.SamplesQueriedPerStep is { } perStep)
            perStep[step] += samples;
    }

    private static long[] SamplesBefore(ReadOnlySpan<double> values, ReadOnlySpan<FloatHistogram?> histograms)
    {
        var before = new long[values.Length + 1];
        for (var i = 0; i < values.Length; i++)
            before[i + 1] = before[i] + (histograms.IsEmpty || histograms[i] is null ? SamplesOf(values[i]) : SamplesOf(histograms[i]!));
        return before;
    }

    private static int SamplesOf(double value) => StepRow.IsAbsent(value) ? 0 : 1;

    private static int SamplesOf(FloatHistogram histogram) => SpecialValues.IsStale(histogram.Sum) ? 0 : histogram.SizeInSamples;
}
