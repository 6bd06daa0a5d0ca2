using Triptych.PromQL.Syntax;

namespace Triptych.PromQL.Planning;

/// <summary>What an engine is set up with; the same for all of its queries.</summary>
public sealed record PromQLOptions
{
    /// <summary>Limits and experimental parts of the syntax.</summary>
    public ParserOptions Parser { get; init; } = ParserOptions.Default;

    /// <summary>
    /// Metric names that operators drop are there until the answer is complete, so that label_replace and grouping still see them.
    /// </summary>
    public bool DelayedNameRemoval { get; init; }

    /// <summary>Whether a metric is a counter is read from its <c>__type__</c>, not from the end of its name.</summary>
    public bool TypeAndUnitLabels { get; init; }

    /// <summary>That a counter began anew is seen in the start times of samples too, where the store has them.</summary>
    public bool UseStartTimestamps { get; init; }

    /// <summary>Samples are counted for each step, for <c>stats=all</c>.</summary>
    public bool PerStepStats { get; init; }

    /// <summary>The step of <c>[1h:]</c>, in milliseconds.</summary>
    public long DefaultSubqueryStepMs { get; init; } = 60_000;
}
