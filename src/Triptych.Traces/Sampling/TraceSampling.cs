using Triptych.Storage.References;

namespace Triptych.Traces.Sampling;

/// <summary>
/// Sampling of old traces when their blocks are merged (docs/adr/0014-retroactive-sampling.md). In: the blocks of a merge. Out: which of their traces go,
/// whole. A trace goes when it is old, no policy keeps it, nothing refers to it, and all of it lies in the blocks that are being merged. Any thread may call.
/// </summary>
/// <param name="options">Policies and bounds.</param>
/// <param name="store">Knows where else spans lie.</param>
/// <param name="references">Everything that refers to traces.</param>
public sealed class TraceSampling(TraceSamplingOptions options, TraceStore store, IReadOnlyList<ITraceReferences> references)
{
    /// <summary>Policies and bounds.</summary>
    public TraceSamplingOptions Options => options;

    /// <summary>Knows where else spans lie.</summary>
    internal TraceStore Store => store;

    /// <summary>Everything that refers to traces.</summary>
    internal IReadOnlyList<ITraceReferences> References => references;
}
