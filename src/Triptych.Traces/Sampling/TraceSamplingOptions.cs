using System.Text;
using Triptych.Primitives.Checksums;
using Triptych.Storage.Compaction;

namespace Triptych.Traces.Sampling;

/// <summary>Which traces are kept when they are old; docs/sampling.md.</summary>
public sealed record TraceSamplingOptions
{
    /// <summary>Reasons to keep a trace; at least one.</summary>
    public required IReadOnlyList<SamplingPolicy> Policies { get; init; }

    /// <summary>A trace of which a span ended since stays whole, so that what comes late can refer to it.</summary>
    public TimeSpan Age { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Parts of one trace lie no further apart; blocks further from a trace are not asked about it.</summary>
    public TimeSpan Reach { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Whatever refers to a trace is looked for so long before and after it.</summary>
    public TimeSpan ReferenceReach { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Memory for the ids of the traces that a merge may leave out, in bytes; what does not fit is kept until the next time.</summary>
    public long MemoryBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>When blocks are due, and the mark of these policies.</summary>
    public SamplingTerm Term =>
        new(Age, (long)XxHash64.Compute(Encoding.UTF8.GetBytes("sampling " + string.Join('\n', Policies.Select(static p => p.Rule)))));
}
