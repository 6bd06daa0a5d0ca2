using Triptych.Model.Labels;

namespace Triptych.Api.Prometheus.RemoteRead;

/// <summary>How an answer of remote read is written.</summary>
public enum ReadResponseKind
{
    /// <summary>One <c>prometheus.ReadResponse</c> with every sample, compressed as a whole.</summary>
    Samples,

    /// <summary>Frames of <c>prometheus.ChunkedReadResponse</c>, series by series.</summary>
    StreamedChunks,
}

/// <summary>A request of remote read.</summary>
/// <param name="Queries">Each is answered by itself, in their order.</param>
/// <param name="Kind">The first kind the client takes that there is.</param>
public sealed record ReadRequest(IReadOnlyList<ReadQuery> Queries, ReadResponseKind Kind);

/// <summary>One query of a request.</summary>
/// <param name="StartMs">The first time wanted, Unix milliseconds, inclusive; hints have narrowed it.</param>
/// <param name="EndMs">The last time wanted, Unix milliseconds, inclusive; hints have narrowed it.</param>
/// <param name="Matchers">All must hold.</param>
/// <param name="SeriesOnly">True where the hints say that only labels are looked at.</param>
public sealed record ReadQuery(long StartMs, long EndMs, IReadOnlyList<LabelMatcher> Matchers, bool SeriesOnly);
