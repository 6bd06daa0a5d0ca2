using Triptych.Derive.Attributes;

namespace Triptych.Derive.ServiceGraph;

/// <summary>The service graph, as Tempo's processor of that name has it.</summary>
public sealed record ServiceGraphOptions
{
    /// <summary>How long one side of a call waits for the other.</summary>
    public TimeSpan Wait { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The most sides that wait, of each tenant.</summary>
    public int MaxItems { get; init; } = 100_000;

    /// <summary>Upper bounds of the latency's buckets in seconds, ascending.</summary>
    public IReadOnlyList<double> HistogramBuckets { get; init; } = [.. Enumerable.Range(0, 8).Select(static n => 0.1 * (1 << n))];

    /// <summary>Attributes, of the resource or else of the span, that become labels.</summary>
    public IReadOnlyList<string> Dimensions { get; init; } = [];

    /// <summary>Whether such labels say by a prefix whose they are, the client's or the server's.</summary>
    public bool EnableClientServerPrefix { get; init; }

    /// <summary>Whether the time between sending and receiving of messages is observed.</summary>
    public bool EnableMessagingSystemLatencyHistogram { get; init; }

    /// <summary>Whether a label says which side of an edge did not send spans itself.</summary>
    public bool EnableVirtualNodeLabel { get; init; }

    /// <summary>Attributes of which the first that a client span has names whom it called, where no span of that is there.</summary>
    public IReadOnlyList<string> PeerAttributes { get; init; } = ["peer.service", "db.name", "db.system"];

    /// <summary>Attributes that tell that a client span calls a database; the first that it has names it where it says no address.</summary>
    public IReadOnlyList<string> DatabaseNameAttributes { get; init; } = ["db.namespace", "db.name", "db.system.name", "db.system"];

    /// <summary>An attribute with the share of spans that a sampler kept.</summary>
    public string? SpanMultiplierKey { get; init; }

    /// <summary>Whether OpenTelemetry's threshold in the trace state says that share.</summary>
    public bool EnableTracestateSpanMultiplier { get; init; }

    /// <summary>Which spans count.</summary>
    public IReadOnlyList<FilterPolicy> FilterPolicies { get; init; } = [];
}
