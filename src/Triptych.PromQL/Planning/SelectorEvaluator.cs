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
        ReadAsync(selector, grid, sink, needed, sampleTimes: false);

    /// <summary>As the selector, with the samples' times in seconds instead of their values.</summary>
    public ValueTask EmitTimesAsync(VectorSelector selector, StepGrid grid, IStepRowSink sink, IReadOnlyList<string>? needed) =>
        ReadAsync(selector, grid, sink, needed, sampleTimes: true);

    private async ValueTask ReadAsync(
        VectorSelector selector, StepGrid grid, IStepRowSink sink, IReadOnlyList<string>? needed, bool sampleTimes)
    {
        if (selector.Extension != RangeExtension.None)
            throw Evaluation.NotEvaluated("the smoothed modifier", selector.Span);
        var times = evaluation.TimesOf(grid, selector.At, selector.Offset);
        var lookup = new StepLookup(times, evaluation.LookbackMs);
        var scan = new SelectorScan(evaluation, source);
        var row = new double[grid.Count];
        var histograms = new HistogramRow(grid.Count);
        await scan.ReadAsync(selector, times.FirstMs - evaluation.LookbackMs + 1, times.LastMs, needed, Visit);

        void Visit(SampleBatch batch)
        {
            lookup.Begin(batch);
            for (var series = 0; series < batch.SeriesCount; series++)
            {
                evaluation.Context.Tick(grid.Count);
                var indexes = lookup.Of(batch, batch.TimeVectorOf(series));
                var values = batch.ValuesOf(series);
                var timestamps = batch.TimestampsMsOf(series);
                for (var i = 0; i < indexes.Length; i++)
                {
                    // A stale marker is copied as it is: it means "no value" in rows too.
                    var index = indexes[i];
                    row[i] = index < 0 ? StepRow.Absent : values[index];
                    if (sampleTimes && !StepRow.IsAbsent(row[i]))
                        row[i] = timestamps[index] / 1000.0;
                }
                var stored = scan.HistogramsOf(batch, series, selector);
                var rowHistograms = stored.IsEmpty ? default : histograms.Take(stored, indexes, row, sampleTimes);
                if (times.IsFixed)
                {
                    Array.Fill(row, row[0]);
                    if (!rowHistograms.IsEmpty)
                        rowHistograms.Fill(rowHistograms[0]);
                }

                if (StepValues.HasAny(row, rowHistograms))
                    sink.Add(scan.SortedLabels(batch, series), row, rowHistograms);
            }
        }
    }
}
