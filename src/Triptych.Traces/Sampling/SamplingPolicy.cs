using System.Globalization;
using Triptych.Model.Labels;

namespace Triptych.Traces.Sampling;

/// <summary>One reason to keep a trace. A trace that no policy keeps, and that nothing refers to, goes.</summary>
/// <param name="Name">What it is called in the configuration, in metrics too.</param>
public abstract record SamplingPolicy(string Name)
{
    /// <summary>The word for it, as the OpenTelemetry Collector's tail sampling has it.</summary>
    public abstract string Type { get; }

    /// <summary>What it does, the same for policies that do the same.</summary>
    internal abstract string Rule { get; }
}

/// <summary>Keeps traces with a span of one of these statuses.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="StatusCodes">0 unset, 1 ok, 2 error.</param>
public sealed record StatusCodePolicy(string Name, IReadOnlyList<byte> StatusCodes) : SamplingPolicy(Name)
{
    private readonly int _statuses = StatusCodes.Aggregate(0, static (bits, status) => bits | (1 << status));

    /// <inheritdoc/>
    public override string Type => "status_code";

    /// <inheritdoc/>
    internal override string Rule => $"{Type} {_statuses}";

    /// <summary>Whether one of the statuses, a bit each, is one of these.</summary>
    internal bool Keeps(int statuses) => (statuses & _statuses) != 0;
}

/// <summary>Keeps traces that took long, from the start of the first span to the end of the last one.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="ThresholdNanos">So long at least.</param>
public sealed record LatencyPolicy(string Name, long ThresholdNanos) : SamplingPolicy(Name)
{
    /// <inheritdoc/>
    public override string Type => "latency";

    /// <inheritdoc/>
    internal override string Rule => string.Create(CultureInfo.InvariantCulture, $"{Type} {ThresholdNanos}");
}

/// <summary>
/// Keeps a share of the traces of each service and route, which are the service and the name of the trace's root span: those whose ids have a hash below
/// the share, so that everybody decides alike; and where that leaves none of a route in some time, the one with the smallest hash. The first such policy
/// whose conditions hold for a trace decides.
/// </summary>
/// <param name="Name">What it is called.</param>
/// <param name="Percentage">The share, 0 to 100.</param>
/// <param name="Service">Which services.</param>
/// <param name="Route">Which routes.</param>
/// <param name="ExampleNanos">One at least is kept of each service and route in so much time; 0 for none.</param>
public sealed record SharePolicy(string Name, double Percentage, LabelMatcher Service, LabelMatcher Route, long ExampleNanos) : SamplingPolicy(Name)
{
    /// <inheritdoc/>
    public override string Type => "probabilistic";

    /// <inheritdoc/>
    internal override string Rule => string.Create(CultureInfo.InvariantCulture, $"{Type} {Percentage:R} {Service} {Route} {ExampleNanos}");

    /// <summary>Whether an id's hash is within the share.</summary>
    internal bool Keeps(ulong hash) => Percentage >= 100 || hash < (ulong)(Percentage / 100 * Math.ScaleB(1, 64));
}
