using Triptych.Ingest.Exposition;
using Triptych.Ingest.Intake;

namespace Triptych.Collect.Scrape;

/// <summary>One thing to scrape, ready to be asked.</summary>
public sealed record ScrapeTarget
{
    /// <summary>The job's name.</summary>
    public required string Job { get; init; }

    /// <summary>What is asked, for people.</summary>
    public required string Url { get; init; }

    /// <summary>Where the exposition comes from; the loop that gets the target disposes it.</summary>
    public required IMetricSource Source { get; init; }

    /// <summary>The labels of its series, in ordinal order of their names, without empty values.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Labels { get; init; }

    /// <summary>The labels that it was configured with.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> DiscoveredLabels { get; init; } = [];

    /// <summary>How often.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>How long an answer may take; at most the interval.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>By which way it comes in.</summary>
    public IngestProtocol Protocol { get; init; } = IngestProtocol.Scrape;

    /// <summary>Whether scraped labels win over the target's.</summary>
    public bool HonorLabels { get; init; }

    /// <summary>Whether timestamps in the exposition are kept.</summary>
    public bool HonorTimestamps { get; init; } = true;

    /// <summary>The most samples in a scrape; 0 is unlimited.</summary>
    public int SampleLimit { get; init; }

    /// <summary>Which forms of histograms are taken, where the target speaks protobuf.</summary>
    public HistogramKinds Histograms { get; init; }

    /// <summary>Experimental parts of scraping.</summary>
    public ScrapeFeatures Features { get; init; }

    /// <summary>Whether the first scrape is made at once, without waiting for the target's place in the interval.</summary>
    public bool StartsAtOnce { get; init; }

    /// <summary>The label instance.</summary>
    public string Instance => Labels.FirstOrDefault(l => l.Key == "instance").Value ?? "";
}
