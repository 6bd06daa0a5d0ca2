using System.ComponentModel;

namespace Triptych.Collect.Scrape;

/// <summary>What holds for every scrape job that does not say otherwise: the <c>global</c> section of a Prometheus file.</summary>
public sealed class ScrapeGlobalOptions
{
    /// <summary>How often.</summary>
    [Description("How often targets are scraped where the job does not say.")]
    public TimeSpan ScrapeInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a scrape may take.</summary>
    [Description("How long a scrape may take where the job does not say; at most the interval.")]
    public TimeSpan ScrapeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether native histograms are scraped.</summary>
    [Description("Whether native histograms are scraped where the job does not say: then targets are asked for Prometheus' protobuf format first.")]
    public bool ScrapeNativeHistograms { get; set; }

    /// <summary>Whether classic histograms are scraped beside native ones.</summary>
    [Description("Whether a histogram that has both forms is also kept as series of buckets, where the job does not say.")]
    public bool AlwaysScrapeClassicHistograms { get; set; }

    /// <summary>Whether classic histograms become native ones.</summary>
    [Description("Whether a histogram that has series of buckets only becomes a native one with their bounds, where the job does not say; the series go then, unless always_scrape_classic_histograms keeps them.")]
    public bool ConvertClassicHistogramsToNhcb { get; set; }

    /// <summary>For rules, which this version does not evaluate; accepted so that a pasted file loads.</summary>
    [Description("For rules; read so that a pasted Prometheus file loads.")]
    public TimeSpan EvaluationInterval { get; set; } = TimeSpan.FromMinutes(1);
}

/// <summary>One job of <c>scrape_configs</c>.</summary>
public sealed class ScrapeJobOptions
{
    /// <summary>The job's name, once in the file.</summary>
    [Description("The job's name, which becomes the label job. Required, once in the file.")]
    public string JobName { get; set; } = "";

    /// <summary>How often; the global one where it is not set.</summary>
    [Description("How often its targets are scraped.")]
    public TimeSpan? ScrapeInterval { get; set; }

    /// <summary>How long a scrape may take; the global one where it is not set.</summary>
    [Description("How long a scrape may take.")]
    public TimeSpan? ScrapeTimeout { get; set; }

    /// <summary>The path.</summary>
    [Description("The path of the metrics.")]
    public string MetricsPath { get; set; } = "/metrics";

    /// <summary>http or https.</summary>
    [Description("http or https.")]
    public string Scheme { get; set; } = "http";

    /// <summary>Parameters of the URL.</summary>
    [Description("Parameters of the URL.")]
    public Dictionary<string, List<string>> Params { get; set; } = [];

    /// <summary>Whether scraped labels win over the target's.</summary>
    [Description("Whether a scraped label wins over the target's label of the same name; otherwise it is renamed exported_<name>.")]
    public bool HonorLabels { get; set; }

    /// <summary>Whether scraped timestamps are kept.</summary>
    [Description("Whether timestamps that the target gives are kept.")]
    public bool HonorTimestamps { get; set; } = true;

    /// <summary>The format to assume where the target's content type says nothing usable.</summary>
    [Description("The format to assume where the target's Content-Type says nothing usable: PrometheusText0.0.4, PrometheusText1.0.0, OpenMetricsText1.0.0 or PrometheusProto.")]
    public string? FallbackScrapeProtocol { get; set; }

    /// <summary>Whether native histograms are scraped; as the global section says where it is not set.</summary>
    [Description("Whether native histograms are scraped: then the targets are asked for Prometheus' protobuf format first.")]
    public bool? ScrapeNativeHistograms { get; set; }

    /// <summary>Whether classic histograms are scraped beside native ones; as the global section says where it is not set.</summary>
    [Description("Whether a histogram that has both forms is also kept as series of buckets.")]
    public bool? AlwaysScrapeClassicHistograms { get; set; }

    /// <summary>Whether classic histograms become native ones; as the global section says where it is not set.</summary>
    [Description("Whether a histogram that has series of buckets only becomes a native one with their bounds; the series go then, unless always_scrape_classic_histograms keeps them.")]
    public bool? ConvertClassicHistogramsToNhcb { get; set; }

    /// <summary>The most buckets of a native histogram.</summary>
    [Description("The most buckets of a native histogram; 0 is unlimited. One with more is made coarser; where it cannot be, the scrape fails.")]
    public int NativeHistogramBucketLimit { get; set; }

    /// <summary>How much larger each bucket of a native histogram is at least than the one before it.</summary>
    [Description("By which factor a bucket of a native histogram is at least wider than the one before it: finer histograms are made coarser. 0 takes all as they are.")]
    public double NativeHistogramMinBucketFactor { get; set; }

    /// <summary>The largest answer.</summary>
    [Description("The most samples that a scrape may have; 0 is unlimited. Past it the scrape fails.")]
    public int SampleLimit { get; set; }

    /// <summary>Basic authentication.</summary>
    [Description("Basic authentication.")]
    public BasicAuthOptions? BasicAuth { get; set; }

    /// <summary>A token.</summary>
    [Description("A token for the Authorization header.")]
    public AuthorizationOptions? Authorization { get; set; }

    /// <summary>The targets.</summary>
    [Description("The targets.")]
    public List<StaticTargetsOptions> StaticConfigs { get; set; } = [];
}

/// <summary>Targets with labels of their own.</summary>
public sealed class StaticTargetsOptions
{
    /// <summary>host:port.</summary>
    [Description("The targets as host:port.")]
    public List<string> Targets { get; set; } = [];

    /// <summary>Labels for all of them.</summary>
    [Description("Labels for all of them.")]
    public Dictionary<string, string> Labels { get; set; } = [];
}

/// <summary>A user and a password, given or in a file.</summary>
public sealed class BasicAuthOptions
{
    /// <summary>The user.</summary>
    [Description("The user.")]
    public string Username { get; set; } = "";

    /// <summary>The password.</summary>
    [Description("The password.")]
    public string? Password { get; set; }

    /// <summary>A file with the password.</summary>
    [Description("A file with the password.")]
    public string? PasswordFile { get; set; }
}

/// <summary>A token, given or in a file.</summary>
public sealed class AuthorizationOptions
{
    /// <summary>The scheme.</summary>
    [Description("The scheme.")]
    public string Type { get; set; } = "Bearer";

    /// <summary>The token.</summary>
    [Description("The token.")]
    public string? Credentials { get; set; }

    /// <summary>A file with the token.</summary>
    [Description("A file with the token.")]
    public string? CredentialsFile { get; set; }
}
