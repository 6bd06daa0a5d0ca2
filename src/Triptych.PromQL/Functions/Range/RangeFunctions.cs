namespace Triptych.PromQL.Functions.Range;

/// <summary>The functions of range vectors that this version evaluates, by name.</summary>
internal static class RangeFunctions
{
    private static readonly Dictionary<string, RangeFunction> s_byName = new(StringComparer.Ordinal)
    {
        ["rate"] = new(CounterFunctions.Rate, ExpectsCounter: true) { UsesStartTimes = true, Extrapolates = new(IsCounter: true, PerSecond: true) },
        ["increase"] = new(CounterFunctions.Increase, ExpectsCounter: true) { UsesStartTimes = true, Extrapolates = new(IsCounter: true, PerSecond: false) },
        ["delta"] = new(CounterFunctions.Delta) { Extrapolates = new(IsCounter: false, PerSecond: false) },
        ["irate"] = new(CounterFunctions.InstantRate) { UsesStartTimes = true },
        ["idelta"] = new(CounterFunctions.InstantDelta),
        ["changes"] = new(TransitionFunctions.Changes),
        ["resets"] = new(TransitionFunctions.Resets) { UsesStartTimes = true },
        ["deriv"] = new(RegressionFunctions.Derivative),
        ["predict_linear"] = new(RegressionFunctions.PredictLinear),
        ["double_exponential_smoothing"] = new(RegressionFunctions.DoubleExponentialSmoothing),
        ["sum_over_time"] = new(OverTimeFunctions.Sum),
        ["avg_over_time"] = new(OverTimeFunctions.Average),
        ["min_over_time"] = new(OverTimeFunctions.Min),
        ["max_over_time"] = new(OverTimeFunctions.Max),
        ["count_over_time"] = new(OverTimeFunctions.Count),
        ["present_over_time"] = new(OverTimeFunctions.Present),
        ["stddev_over_time"] = new(OverTimeFunctions.StandardDeviation),
        ["stdvar_over_time"] = new(OverTimeFunctions.Variance),
        ["first_over_time"] = new(OverTimeFunctions.First, KeepsName: true),
        ["last_over_time"] = new(OverTimeFunctions.Last, KeepsName: true),
        ["quantile_over_time"] = new(OverTimeFunctions.Quantile, RangeArgument: 1),
        ["mad_over_time"] = new(OverTimeFunctions.MedianAbsoluteDeviation),
        ["ts_of_min_over_time"] = new(OverTimeFunctions.TimeOfMin),
        ["ts_of_max_over_time"] = new(OverTimeFunctions.TimeOfMax),
        ["ts_of_first_over_time"] = new(OverTimeFunctions.TimeOfFirst),
        ["ts_of_last_over_time"] = new(OverTimeFunctions.TimeOfLast),
    };

    public static RangeFunction? Find(string name) => s_byName.GetValueOrDefault(name);
}
