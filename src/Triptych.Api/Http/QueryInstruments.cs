using System.Diagnostics.Metrics;

namespace Triptych.Api.Http;

/// <summary>What the program tells about the queries that it runs.</summary>
public static class QueryInstruments
{
    /// <summary>The meter's name, for whoever listens.</summary>
    public const string MeterName = "Triptych.Query";

    private static readonly Meter Source = new(MeterName);

    internal static readonly Counter<long> Queries = Source.CreateCounter<long>("triptych.queries", "{query}", "Queries that ended, by language and outcome.");

    internal static readonly Histogram<double> Duration =
        Source.CreateHistogram<double>("triptych.query.duration", "s", "From a query's arrival to its answer, the wait for a slot included.");

    internal static readonly Histogram<double> Wait = Source.CreateHistogram<double>("triptych.query.wait", "s", "How long a query waited for a slot.");

    internal static readonly UpDownCounter<long> Running = Source.CreateUpDownCounter<long>("triptych.queries.running", "{query}", "Queries that hold a slot.");
}
