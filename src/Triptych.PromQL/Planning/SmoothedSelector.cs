using System.Runtime.InteropServices;
using Triptych.Columnar.Samples;
using Triptych.Columnar.Symbols;
using Triptych.Model.Metrics;
using Triptych.PromQL.Functions.Histograms;
using Triptych.PromQL.Functions.Range;
using Triptych.PromQL.Syntax;
using Triptych.Query.Histograms;
using Triptych.Query.Operators;
using Triptych.Query.Steps;

namespace Triptych.PromQL.Planning;

/// <summary>
/// Instant selectors with <c>smoothed</c>: at each step the value between the samples before and after it, both at most a lookback away.
/// Where none follows, the one before stays.
/// </summary>
internal sealed class SmoothedSelector(Evaluation evaluation, ISampleSource source)
{
    private readonly List<long> _times = [];
    private readonly List<double> _values = [];
    private readonly List<FloatHistogram?> _histograms = [];

    public async ValueTask EmitAsync(VectorSelector selector, StepGrid grid, IStepRowSink sink, IReadOnlyList<string>? needed)
    {
        var times = evaluation.TimesOf(grid, selector.At, selector.Offset);
        var lookbackMs = evaluation.LookbackMs;
        var windows = new RangeWindows(times, new RangeReach(lookbackMs, lookbackMs));
        var scan = new SelectorScan(evaluation, source);
        var row = new double[grid.Count];
        FloatHistogram?[]? histogramRow = null;
        await scan.ReadAsync(selector, times.FirstMs - lookbackMs + 1, times.LastMs + lookbackMs, needed, batch =>
        {
            for (var series = 0; series < batch.SeriesCount; series++)
            {
                evaluation.Context.Tick(grid.Count);
                var hasHistograms = CopyWithoutStale(batch, series, scan.HistogramsOf(batch, series, selector));
                Span<FloatHistogram?> rowHistograms = default;
                if (hasHistograms)
                    rowHistograms = histogramRow ??= new FloatHistogram?[grid.Count];
                windows.Find(CollectionsMarshal.AsSpan(_times));
                var name = hasHistograms ? NameFacts.FixedName(selector) ?? NameOf(scan.SortedLabels(batch, series)) : "";
                for (var i = 0; i < times.Count; i++)
                {
                    var cell = CellAt(times.At(i), windows.From[i], windows.To[i], note => Tell(note, name, selector.Span));
                    row[i] = cell.Value;
                    if (hasHistograms)
                        rowHistograms[i] = cell.Histogram;
                }
                if (times.IsFixed)
                {
                    Array.Fill(row, row[0]);
                    if (hasHistograms)
                        rowHistograms.Fill(rowHistograms[0]);
                }
                evaluation.Counts.Row(grid, row, rowHistograms);
                if (StepValues.HasAny(row, rowHistograms))
                    sink.Add(scan.SortedLabels(batch, series), row, rowHistograms);
            }
        });
    }

    // True where the series has histograms.
    private bool CopyWithoutStale(SampleBatch batch, int series, ReadOnlySpan<FloatHistogram?> histograms)
    {
        _times.Clear();
        _values.Clear();
        _histograms.Clear();
        var any = false;
        var values = batch.ValuesOf(series);
        var times = batch.TimestampsMsOf(series);
        for (var i = 0; i < values.Length; i++)
        {
            var histogram = histograms.IsEmpty ? null : histograms[i];
            if (SpecialValues.IsStale(histogram?.Sum ?? values[i]))
                continue;
            any |= histogram is not null;
            _times.Add(times[i]);
            _values.Add(values[i]);
            _histograms.Add(histogram);
        }
        return any;
    }

    private StepCell CellAt(long timeMs, int from, int to, Action<RangeNote> notes)
    {
        var times = CollectionsMarshal.AsSpan(_times)[from..to];
        var values = CollectionsMarshal.AsSpan(_values)[from..to];
        var histograms = CollectionsMarshal.AsSpan(_histograms)[from..to];
        var withHistograms = histograms.Length - histograms.Count((FloatHistogram?)null);
        if (withHistograms > 0 && withHistograms < histograms.Length)
        {
            notes(RangeNote.KindsMixed);
            return StepCell.Nothing;
        }
        var next = EdgeSearch.FirstAfter(times, timeMs - 1);
        if (next < times.Length && times[next] == timeMs)
            return withHistograms > 0 ? StepCell.Of(histograms[next]) : StepCell.Of(values[next]);
        if (next == 0)
            return StepCell.Nothing;
        if (withHistograms > 0)
            return StepCell.Of(HistogramAt(timeMs, next, times, histograms, notes));
        return StepCell.Of(next < times.Length ? RangeEdges.Interpolate(times, values, next - 1, timeMs, isCounter: false) : values[next - 1]);
    }

    private static FloatHistogram? HistogramAt(
        long timeMs, int next, ReadOnlySpan<long> times, ReadOnlySpan<FloatHistogram?> histograms, Action<RangeNote> notes)
    {
        // A hint tells of one sample after another, which a sample that is only carried on is not.
        var before = histograms[next - 1]!;
        if (next == times.Length)
            return before with { ResetHint = CounterResetHint.Unknown };
        var after = histograms[next]!;
        if (before.IsCustom() != after.IsCustom())
        {
            notes(RangeNote.SchemasMixed);
            return null;
        }
        var isCounter = before.ResetHint != CounterResetHint.Gauge || after.ResetHint != CounterResetHint.Gauge;
        return HistogramInterpolation.Between(before, times[next - 1], after, times[next], timeMs, isCounter, notes);
    }

    private string NameOf(ReadOnlySpan<LabelId> labels) =>
        evaluation.Context.Symbols.GetString(LabelEditing.Find(labels, evaluation.NameLabel));

    private void Tell(RangeNote note, string name, SourceSpan at) => evaluation.Notes.OfRange(note, name, at);
}
