using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Triptych.Model.Metrics;
using Triptych.PromQL.Functions.Range;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;

namespace Triptych.PromQL.Planning;

/// <summary>Applies a range function to one series after the other. Keeps scratch memory; one thread at a time.</summary>
/// <param name="function">What is applied.</param>
/// <param name="times">Where the ranges end.</param>
/// <param name="rangeMs">Their length.</param>
/// <param name="reach">How far samples are looked for.</param>
/// <param name="parameters">The function's scalar arguments: for each an array over the steps.</param>
/// <param name="context">
/// Asked every few thousand samples whether the query goes on: windows over windows of one series can take minutes. Null asks nobody.
/// </param>
internal sealed class RangeReducer(
    RangeFunction function, EvalTimes times, long rangeMs, RangeReach reach, double[][] parameters, QueryContext? context = null)
{
    // With parameters or the step's own time in play, a fixed range still gives another value at each step.
    private readonly bool _onceForAllSteps = times.IsFixed && parameters.Length == 0;
    private readonly RangeWindows _cleaned = new(times, reach);
    private readonly double[] _stepParameters = new double[parameters.Length];
    private long[] _times = [];
    private double[] _values = [];
    private long[] _starts = [];

    /// <summary>Reduces a series to <paramref name="row"/>.</summary>
    /// <param name="startTimesMs">When what the samples count began, where that is known and matters; else empty.</param>
    /// <param name="windows">The ranges in <paramref name="timestampsMs"/>.</param>
    /// <returns>False if no range held a sample.</returns>
    public bool Reduce(
        ReadOnlySpan<long> timestampsMs, ReadOnlySpan<double> values, ReadOnlySpan<long> startTimesMs, RangeWindows windows, double[] row)
    {
        if (MemoryMarshal.Cast<double, long>(values).Contains(SpecialValues.StaleMarkerBits))
        {
            RemoveStale(ref timestampsMs, ref values, ref startTimesMs);
            _cleaned.Find(timestampsMs);
            windows = _cleaned;
        }
        var neverFalls = startTimesMs.IsEmpty && NeverFalls(values);
        if (!times.IsFixed && function.Extrapolates is { } kind && (neverFalls || (!kind.IsCounter && startTimesMs.IsEmpty)))
            return Extrapolate(kind, timestampsMs, values, windows, row);
        var any = false;
        var steps = _onceForAllSteps ? 1 : row.Length;
        for (var i = 0; i < steps; i++)
        {
            var slot = times.IsFixed ? 0 : i;
            var from = windows.From[slot];
            var count = windows.To[slot] - from;
            if (count <= 0)
            {
                row[i] = StepRow.Absent;
                continue;
            }
            any = true;
            context?.Tick(count);
            for (var j = 0; j < _stepParameters.Length; j++)
                _stepParameters[j] = parameters[j][i];
            var end = times.At(i);
            row[i] = function.Body(new RangeWindow
            {
                TimesMs = timestampsMs.Slice(from, count),
                Values = values.Slice(from, count),
                StartTimesMs = startTimesMs.IsEmpty ? default : startTimesMs.Slice(from, count),
                StartMs = end - rangeMs,
                EndMs = end,
                StepTimeMs = times.Grid.At(i),
                NeverFalls = neverFalls,
                Parameters = _stepParameters,
            });
        }
        if (_onceForAllSteps)
            Array.Fill(row, row[0]);
        return any;
    }

    // As the function's body does it for each window; what a window cannot share with those of other series is left to the body.
    private bool Extrapolate(ExtrapolationKind kind, ReadOnlySpan<long> timestampsMs, ReadOnlySpan<double> values, RangeWindows windows, double[] row)
    {
        var table = windows.ExtrapolationOf(timestampsMs, rangeMs, kind.PerSecond);
        var any = false;
        for (var i = 0; i < row.Length; i++)
        {
            var from = windows.From[i];
            var to = windows.To[i];
            any |= to > from;
            if (to - from < 2)
            {
                row[i] = StepRow.Absent;
                continue;
            }
            var first = values[from];
            var difference = values[to - 1] - first;
            row[i] = kind.IsCounter && table.ReachesZero(i, first, difference)
                ? function.Body(WindowOf(i, from, to, timestampsMs, values))
                : difference * table.FactorOf(i);
        }
        return any;
    }

    private RangeWindow WindowOf(int step, int from, int to, ReadOnlySpan<long> timestampsMs, ReadOnlySpan<double> values) => new()
    {
        TimesMs = timestampsMs[from..to],
        Values = values[from..to],
        StartMs = times.At(step) - rangeMs,
        EndMs = times.At(step),
        StepTimeMs = times.Grid.At(step),
        NeverFalls = true,
        Parameters = default,
    };

    private static bool NeverFalls(ReadOnlySpan<double> values)
    {
        var start = 1;
        if (Vector256.IsHardwareAccelerated)
        {
            for (; start + Vector256<double>.Count <= values.Length; start += Vector256<double>.Count)
            {
                if (!Vector256.GreaterThanOrEqualAll(Vector256.Create(values[start..]), Vector256.Create(values[(start - 1)..])))
                    return false;
            }
        }
        for (var i = start; i < values.Length; i++)
        {
            if (!(values[i] >= values[i - 1]))
                return false;
        }
        return true;
    }

    private void RemoveStale(ref ReadOnlySpan<long> timestampsMs, ref ReadOnlySpan<double> values, ref ReadOnlySpan<long> startTimesMs)
    {
        if (_times.Length < values.Length)
        {
            _times = new long[values.Length * 2];
            _values = new double[values.Length * 2];
        }
        if (_starts.Length < startTimesMs.Length)
            _starts = new long[startTimesMs.Length * 2];
        var count = 0;
        for (var i = 0; i < values.Length; i++)
        {
            if (SpecialValues.IsStale(values[i]))
                continue;
            _times[count] = timestampsMs[i];
            if (!startTimesMs.IsEmpty)
                _starts[count] = startTimesMs[i];
            _values[count++] = values[i];
        }
        timestampsMs = _times.AsSpan(0, count);
        values = _values.AsSpan(0, count);
        startTimesMs = startTimesMs.IsEmpty ? default : _starts.AsSpan(0, count);
    }
}
