using System.Runtime.InteropServices;
using Triptych.Model.Metrics;
using Triptych.PromQL.Functions.Histograms;
using Triptych.PromQL.Functions.Range;
using Triptych.Query.Budgets;
using Triptych.Query.Histograms;
using Triptych.Query.Steps;

namespace Triptych.PromQL.Planning;

/// <summary>As <see cref="RangeReducer"/>, for series with histograms. Keeps scratch memory; one thread at a time.</summary>
/// <param name="parameters">The function's scalar arguments: for each an array over the steps.</param>
/// <param name="context">Asked every few thousand samples whether the query goes on.</param>
internal sealed class MixedRangeReducer(
    MixedFunctionBody body, EvalTimes times, long rangeMs, RangeReach reach, double[][] parameters, QueryContext context)
{
    private readonly bool _onceForAllSteps = times.IsFixed && parameters.Length == 0;
    private readonly RangeWindows _floatWindows = new(times, reach);
    private readonly RangeWindows _histogramWindows = new(times, reach);
    private readonly double[] _stepParameters = new double[parameters.Length];
    private readonly HistogramSum _scratch = new();
    private readonly List<long> _floatTimes = [];
    private readonly List<double> _floats = [];
    private readonly List<long> _histogramTimes = [];
    private readonly List<FloatHistogram> _histograms = [];
    private readonly List<long> _floatStarts = [];
    private readonly List<long> _histogramStarts = [];

    /// <summary>Reduces a series to a row of floats and histograms.</summary>
    /// <returns>False if no range held a sample.</returns>
    public bool Reduce(
        ReadOnlySpan<long> timestampsMs, ReadOnlySpan<double> values, ReadOnlySpan<FloatHistogram?> histograms,
        ReadOnlySpan<long> startTimesMs, Span<double> row, Span<FloatHistogram?> rowHistograms, Action<RangeNote> notes)
    {
        var told = new HashSet<RangeNote>();
        Action<RangeNote> tellOnce = note =>
        {
            if (told.Add(note))
                notes(note);
        };
        Split(timestampsMs, values, histograms, startTimesMs);
        var floatTimes = CollectionsMarshal.AsSpan(_floatTimes);
        var floats = CollectionsMarshal.AsSpan(_floats);
        var histogramTimes = CollectionsMarshal.AsSpan(_histogramTimes);
        var kept = CollectionsMarshal.AsSpan(_histograms);
        _floatWindows.Find(floatTimes);
        _histogramWindows.Find(histogramTimes);
        var any = false;
        var steps = _onceForAllSteps ? 1 : row.Length;
        for (var i = 0; i < steps; i++)
        {
            var slot = times.IsFixed ? 0 : i;
            var floatRange = _floatWindows.From[slot].._floatWindows.To[slot];
            var histogramRange = _histogramWindows.From[slot].._histogramWindows.To[slot];
            (row[i], rowHistograms[i]) = (StepRow.Absent, null);
            if (floatRange.Start.Value == floatRange.End.Value && histogramRange.Start.Value == histogramRange.End.Value)
                continue;
            any = true;
            context.Tick(floatRange.End.Value - floatRange.Start.Value + histogramRange.End.Value - histogramRange.Start.Value);
            for (var j = 0; j < _stepParameters.Length; j++)
                _stepParameters[j] = parameters[j][i];
            var end = times.At(i);
            var window = new MixedWindow
            {
                Floats = new RangeWindow
                {
                    TimesMs = floatTimes[floatRange],
                    Values = floats[floatRange],
                    StartMs = end - rangeMs,
                    EndMs = end,
                    StepTimeMs = times.Grid.At(i),
                    NeverFalls = false,
                    StartTimesMs = startTimesMs.IsEmpty ? default : CollectionsMarshal.AsSpan(_floatStarts)[floatRange],
                    Parameters = _stepParameters,
                },
                TimesMs = histogramTimes[histogramRange],
                Histograms = kept[histogramRange],
                StartTimesMs = startTimesMs.IsEmpty ? default : CollectionsMarshal.AsSpan(_histogramStarts)[histogramRange],
                Scratch = _scratch,
            };
            (row[i], rowHistograms[i]) = body(window, tellOnce);
        }

        if (_onceForAllSteps)
        {
            row.Fill(row[0]);
            rowHistograms.Fill(rowHistograms[0]);
        }

        return any;
    }

    private void Split(
        ReadOnlySpan<long> timestampsMs, ReadOnlySpan<double> values, ReadOnlySpan<FloatHistogram?> histograms, ReadOnlySpan<long> startTimesMs)
    {
        _floatTimes.Clear();
        _floats.Clear();
        _histogramTimes.Clear();
        _histograms.Clear();
        _floatStarts.Clear();
        _histogramStarts.Clear();
        for (var i = 0; i < timestampsMs.Length; i++)
        {
            if (histograms[i] is { } histogram)
            {
                if (SpecialValues.IsStale(histogram.Sum))
                    continue;
                _histogramTimes.Add(timestampsMs[i]);
                _histograms.Add(histogram);
                _histogramStarts.Add(startTimesMs.IsEmpty ? 0 : startTimesMs[i]);
            }
            else if (!SpecialValues.IsStale(values[i]))
            {
                _floatTimes.Add(timestampsMs[i]);
                _floats.Add(values[i]);
                _floatStarts.Add(startTimesMs.IsEmpty ? 0 : startTimesMs[i]);
            }
        }
    }
}
