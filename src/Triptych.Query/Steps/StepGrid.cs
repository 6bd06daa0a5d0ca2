namespace Triptych.Query.Steps;

/// <summary>
/// The times at which a range query is evaluated: Start, Start + Step, … , <see cref="Count"/> of them. The unit is the language's own
/// (PromQL milliseconds, LogQL and TraceQL nanoseconds); nothing in this project depends on it.
/// </summary>
public readonly record struct StepGrid(long Start, long Step, int Count)
{
    /// <summary>The most steps that a query may have.</summary>
    public const int MaxSteps = 11_000;

    /// <summary>The time of a step.</summary>
    public long At(int index) => Start + (index * Step);

    /// <summary>The last time.</summary>
    public long End => At(Count - 1);

    /// <summary>One single time.</summary>
    public static StepGrid Instant(long at) => new(at, 1, 1);

    /// <summary>All times from start to end, end included where a step falls on it.</summary>
    public static StepGrid Range(long start, long end, long step) => new(start, step, (int)((end - start) / step) + 1);
}
