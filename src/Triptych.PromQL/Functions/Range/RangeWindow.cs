namespace Triptych.PromQL.Functions.Range;

/// <summary>The samples of one series in one range (left-open), stale markers removed.</summary>
public readonly ref struct RangeWindow
{
    /// <summary>Unix milliseconds, ascending; at least one.</summary>
    public required ReadOnlySpan<long> TimesMs { get; init; }

    /// <summary>As many as the times.</summary>
    public required ReadOnlySpan<double> Values { get; init; }

    /// <summary>The range's left edge, which does not belong to it.</summary>
    public required long StartMs { get; init; }

    /// <summary>The range's right edge, which belongs to it.</summary>
    public required long EndMs { get; init; }

    /// <summary>The time of the step, which differs from <see cref="EndMs"/> under offset and @.</summary>
    public required long StepTimeMs { get; init; }

    /// <summary>True where the series, as far as it was scanned, never falls: then no window of it has a counter reset.</summary>
    public required bool NeverFalls { get; init; }

    /// <summary>The function's scalar arguments at this step, in order.</summary>
    public required ReadOnlySpan<double> Parameters { get; init; }

    /// <summary>The samples' start times, as many as the times; empty where none is known or none matters.</summary>
    public ReadOnlySpan<long> StartTimesMs { get; init; }

    public double First => Values[0];

    public double Last => Values[^1];
}

/// <summary>Reduces a window to a value, or to <see cref="Query.Steps.StepRow.Absent"/> where it has none.</summary>
internal delegate double RangeFunctionBody(in RangeWindow window);

/// <summary>How to evaluate a function of a range vector.</summary>
/// <param name="Body">The function itself.</param>
/// <param name="RangeArgument">Which argument is the range vector; the others are scalars.</param>
/// <param name="KeepsName">True where the answer keeps the metric's name.</param>
/// <param name="ExpectsCounter">True where a metric that does not look like a counter is worth a note.</param>
internal sealed record RangeFunction(RangeFunctionBody Body, int RangeArgument = 0, bool KeepsName = false, bool ExpectsCounter = false)
{
    /// <summary>Whether start times of samples matter to the function.</summary>
    public bool UsesStartTimes { get; init; }

    /// <summary>For rates: how the difference of a window becomes the answer, so that all windows of a series can be done at once; null for others.</summary>
    public ExtrapolationKind? Extrapolates { get; init; }
}

/// <summary>What a rate is of: a counter, which is never below zero, or anything; whether for each second.</summary>
internal sealed record ExtrapolationKind(bool IsCounter, bool PerSecond);
