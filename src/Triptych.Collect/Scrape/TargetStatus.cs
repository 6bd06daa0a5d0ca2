namespace Triptych.Collect.Scrape;

/// <summary>How a target is.</summary>
public enum TargetHealth
{
    /// <summary>It was not asked yet.</summary>
    Unknown,

    /// <summary>The last scrape succeeded.</summary>
    Up,

    /// <summary>The last scrape failed.</summary>
    Down,
}

/// <summary>A target as the API shows it; a snapshot.</summary>
/// <param name="Job">The job that it belongs to.</param>
/// <param name="Url">What is asked; for our own metrics and the host's a name instead.</param>
/// <param name="Labels">The labels of its series.</param>
/// <param name="DiscoveredLabels">The labels that it was configured with, internal ones among them.</param>
/// <param name="Health">How it is.</param>
/// <param name="LastError">Why the last scrape failed; empty where it did not.</param>
/// <param name="LastScrape">When it was asked last; null for never.</param>
/// <param name="LastDuration">How long that took.</param>
/// <param name="Interval">How often it is asked.</param>
/// <param name="Timeout">How long an answer may take.</param>
public sealed record TargetStatus(
    string Job,
    string Url,
    IReadOnlyList<KeyValuePair<string, string>> Labels,
    IReadOnlyList<KeyValuePair<string, string>> DiscoveredLabels,
    TargetHealth Health,
    string LastError,
    DateTimeOffset? LastScrape,
    TimeSpan LastDuration,
    TimeSpan Interval,
    TimeSpan Timeout)
{
    /// <summary>Samples of the last answer.</summary>
    public int Scraped { get; init; }

    /// <summary>Of these, those that were kept.</summary>
    public int Kept { get; init; }

    /// <summary>Series that the answer before did not have.</summary>
    public int Added { get; init; }
}
