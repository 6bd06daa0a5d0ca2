using Triptych.Columnar.Samples;
using Triptych.Model.Metrics;
using Triptych.PromQL.Syntax;
using Triptych.Query.Operators;
using Triptych.Query.Steps;

namespace Triptych.PromQL.Planning;

/// <summary>Instant vector selectors: the newest sample of each series within the lookback.</summary>
internal sealed class SelectorEvaluator(Evaluation evaluation, ISampleSource source)
{
    public ValueTask EmitAsync(VectorSelector selector, StepGrid grid, IStepRowSink sink, IReadOnlyList<string>? needed) =>
        selector.Extension == RangeExtension.Smoothed
            ? new SmoothedSelector(evaluation, source).EmitAsync(selector, grid, sink, needed)
            : ReadAsync(selector, grid, sink, needed, Told.Values);

    /// <summary>As the selector, with the samples' times in seconds instead of their values.</summary>
    public ValueTask EmitTimesAsync(VectorSelector selector, StepGrid grid, IStepRowSink sink, IReadOnlyList<string>? needed) =>
        ReadAsync(selector, grid, sink, needed, Told.Times);

    /// <summary>As the selector, with the samples' start times in seconds instead of their values; 0 where one is not known.</summary>
    public ValueTask EmitStartTimesAsync(VectorSelector selector, StepGrid grid, IStepRowSink sink, IReadOnlyList<string>? needed) =>
        ReadAsync(selector, grid, sink, needed, Told.StartTimes);

    private enum Told
    {
        Values,
        Times,
        StartTimes,
    }

    private async ValueTask ReadAsync(
        VectorSelector selector, StepGrid grid, IStepRowSink sink, IReadOnlyList<string>? needed, Told told)
    {
        var times = evaluation.TimesOf(grid, selector.At, selector.Offset);
        var lookup = new StepLookup(times, evaluation.LookbackMs);
        var scan = new SelectorScan(evaluation, source);
        var row = new double[grid.Count];
        var histograms = new HistogramRow(grid.Count);
        await scan.ReadAsync(selector, times.FirstMs - evaluation.LookbackMs + 1, times.LastMs, needed, Visit, newestOnly: times.FirstMs == times.LastMs);

        void Visit(SampleBatch batch)
        {
            lookup.Begin(batch);
            for (var series = 0; series < batch.SeriesCount; series++)
            {
                evaluation.Context.Tick(grid.Count);
                var indexes = lookup.Of(batch, batch.TimeVectorOf(series));
                var values = batch.ValuesOf(series);
                var timestamps = batch.TimestampsMsOf(series);
                var starts = told == Told.StartTimes ? batch.StartTimesMsOf(series) : default;
                for (var i = 0; i < indexes.Length; i++)
                {
                    // A stale marker is copied as it is: it means "no value" in rows too.
                    var index = indexes[i];
                    row[i] = index < 0 ? StepRow.Absent : values[index];
                    if (told != Told.Values && !StepRow.IsAbsent(row[i]))
                        row[i] = (told == Told.Times ? timestamps[index] : starts.IsEmpty ? 0 : starts[index]) / 1000.0;
                }
                var stored = scan.HistogramsOf(batch, series, selector);
                var rowHistograms = stored.IsEmpty ? default : histograms.Take(stored, indexes, row, told != Told.Values);
                if (times.IsFixed)
                {
                    Array.Fill(row, row[0]);
                    if (!rowHistograms.IsEmpty)
                        rowHistograms.Fill(rowHistograms[0]);
                }

                evaluation.Counts.Row(grid, row, rowHistograms);
                if (StepValues.HasAny(row, rowHistograms))
                    sink.Add(scan.SortedLabels(batch, series), row, rowHistograms);
            }
        }
    }
}
