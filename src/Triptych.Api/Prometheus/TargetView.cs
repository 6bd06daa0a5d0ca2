namespace Triptych.Api.Prometheus;

/// <summary>Whether the last scrape of a target succeeded.</summary>
public enum TargetHealth
{
    /// <summary>It was not scraped yet.</summary>
    Unknown,

    /// <summary>It did.</summary>
    Up,

    /// <summary>It did not; <see cref="TargetView.LastError"/> says why.</summary>
    Down,
}

/// <summary>One scraped target as <c>/api/v1/targets</c> describes it.</summary>
public sealed record TargetView
{
    /// <summary>The name of the scrape job.</summary>
    public required string ScrapePool { get; init; }

    /// <summary>The URL that is scraped.</summary>
    public required string ScrapeUrl { get; init; }

    /// <summary>The same as others reach it.</summary>
    public required string GlobalUrl { get; init; }

    /// <summary>Labels before relabelling.</summary>
    public required IReadOnlyDictionary<string, string> DiscoveredLabels { get; init; }

    /// <summary>Labels after it.</summary>
    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>How the last scrape went.</summary>
    public TargetHealth Health { get; init; }

    /// <summary>Why the last scrape failed, else empty.</summary>
    public string LastError { get; init; } = "";

    /// <summary>When the last scrape began; null before the first.</summary>
    public DateTimeOffset? LastScrape { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan LastScrapeDuration { get; init; }

    /// <summary>Samples of the last answer.</summary>
    public int Scraped { get; init; }

    /// <summary>Of these, those that were kept.</summary>
    public int Kept { get; init; }

    /// <summary>Series that the answer before did not have.</summary>
    public int Added { get; init; }

    /// <summary>How often the target is scraped.</summary>
    public required TimeSpan ScrapeInterval { get; init; }

    /// <summary>How long a scrape may take.</summary>
    public required TimeSpan ScrapeTimeout { get; init; }
}

/// <summary>A target that relabelling dropped.</summary>
public sealed record DroppedTargetView(string ScrapePool, IReadOnlyDictionary<string, string> DiscoveredLabels);

/// <summary>What is scraped, seen at one time. Any thread may call.</summary>
public interface ITargetSource
{
    /// <summary>The names of all scrape jobs, with or without targets.</summary>
    IReadOnlyList<string> ScrapePools { get; }

    /// <summary>The targets that are scraped.</summary>
    IReadOnlyList<TargetView> ActiveTargets { get; }

    /// <summary>The targets that were dropped; there may be fewer than were.</summary>
    IReadOnlyList<DroppedTargetView> DroppedTargets { get; }
}
