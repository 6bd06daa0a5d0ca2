using Triptych.Model;
using Triptych.Model.Labels;
using Triptych.Primitives.Memory;

namespace Triptych.Columnar.Rows;

/// <summary>
/// Records in [MinTimeUnixNanos, MaxTimeUnixNanos) to find the patterns of. Records are told apart by stretches of ten seconds, as in Loki: all of a
/// stretch count that has some time of the range, and they count for the step that the stretch begins in.
/// </summary>
/// <param name="Tenant">Whose records.</param>
/// <param name="Matchers">Conditions on their streams; all must hold.</param>
/// <param name="MinTimeUnixNanos">The first time, inclusive.</param>
/// <param name="MaxTimeUnixNanos">The end, exclusive.</param>
/// <param name="StepNanos">
/// Records are counted by steps of so long, from multiples of it on; steps of ten seconds or whole minutes cost the least.
/// </param>
public sealed record PatternLookup(TenantId Tenant, IReadOnlyList<LabelMatcher> Matchers, long MinTimeUnixNanos, long MaxTimeUnixNanos, long StepNanos)
{
    /// <summary>Charged for what the look-up and the scan behind it hold, given back when it is over; null charges nothing.</summary>
    public MemoryBudget? Budget { get; init; }
}

/// <summary>What lines have in common, <c>&lt;_&gt;</c> for what differs, and how many there were.</summary>
/// <param name="Text">The pattern, as LogQL's pattern filter takes it.</param>
/// <param name="Level">The detected level of the lines.</param>
/// <param name="Samples">How many lines in each step that has any: the step's beginning in Unix nanoseconds, and the count; in order of time.</param>
public sealed record LogPattern(string Text, string Level, IReadOnlyList<(long StartUnixNanos, long Count)> Samples);
