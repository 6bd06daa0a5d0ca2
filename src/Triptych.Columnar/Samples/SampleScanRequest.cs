using Triptych.Columnar.Symbols;
using Triptych.Model;
using Triptych.Model.Labels;
using Triptych.Primitives.Memory;

namespace Triptych.Columnar.Samples;

/// <summary>Which samples a query wants.</summary>
public sealed record SampleScanRequest
{
    /// <summary>Whose samples.</summary>
    public required TenantId Tenant { get; init; }

    /// <summary>All must hold. At least one does not match the empty string, except for administration.</summary>
    public required IReadOnlyList<LabelMatcher> Matchers { get; init; }

    /// <summary>The first time wanted, Unix milliseconds, inclusive.</summary>
    public required long MinTimeMs { get; init; }

    /// <summary>The last time wanted, Unix milliseconds, inclusive.</summary>
    public required long MaxTimeMs { get; init; }

    /// <summary>The query's symbols; every label id in the answer is a number of this table.</summary>
    public required SymbolTable Symbols { get; init; }

    /// <summary>
    /// The labels to return, or null for all of them. Series stay apart even where the returned labels are equal: projection changes what
    /// is told about a series, never which series there are.
    /// </summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>True where only the series themselves are asked for: batches then carry labels and no samples.</summary>
    public bool SeriesOnly { get; init; }

    /// <summary>
    /// True where of each series only the newest sample in the range matters, as for an instant query: the store may leave the others out, and need not.
    /// </summary>
    public bool NewestOnly { get; init; }

    /// <summary>Whether <see cref="SampleBatch.StartTimesMsOf"/> is wanted; else it may be empty.</summary>
    public bool WithStartTimes { get; init; }

    /// <summary>
    /// True where series have to come sorted: by the bytes of their first label's name, then its value, then the next label's; where one ends
    /// first, it is first.
    /// </summary>
    public bool SortedByLabels { get; init; }

    /// <summary>
    /// Charged for what the scan holds, which it gives back when it is disposed at the latest; null where nothing is to be charged. Symbols are not
    /// among it: they are the query's. Where it refuses, opening or <see cref="ISampleScan.NextAsync"/> throws
    /// <see cref="MemoryBudgetExceededException"/>.
    /// </summary>
    public MemoryBudget? Budget { get; init; }
}
