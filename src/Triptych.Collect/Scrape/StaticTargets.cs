using System.Text;
using Triptych.Ingest.Exposition;
using Triptych.Primitives.Text;

namespace Triptych.Collect.Scrape;

/// <summary>
/// From a job's <c>static_configs</c> to its targets, by Prometheus' rules: a label that begins with <c>__</c> configures the scrape and
/// does not reach the series, <c>instance</c> is the address unless it is set, and equal targets are one.
/// </summary>
internal static class StaticTargets
{
    private const string NativeLabel = "__scrape_native_histograms__";
    private const string ConvertLabel = "__convert_classic_histograms_to_nhcb__";
    private const string ClassicLabel = "__always_scrape_classic_histograms__";

    // Each step of the schema halves the logarithm of the factor between bounds; 8 is the finest there is.
    private const int FinestOfAll = 8;
    private const int CoarsestOfAll = -4;

    /// <summary>The targets of a job.</summary>
    public static IEnumerable<ScrapeTarget> Of(
        ScrapeJobOptions job, ScrapeGlobalOptions global, HttpClient client, TimeProvider time, ScrapeFeatures features = default)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var group in job.StaticConfigs)
        {
            foreach (var address in group.Targets)
            {
                var target = Make(job, global, group, address, client, time, features);
                var identity = target.Url + "\0" + string.Join('\0', target.Labels.Select(l => l.Key + "\0" + l.Value));
                if (seen.Add(identity)) yield return target;
            }
        }
    }

    private static ScrapeTarget Make(
        ScrapeJobOptions job, ScrapeGlobalOptions global, StaticTargetsOptions group, string address, HttpClient client, TimeProvider time,
        ScrapeFeatures features)
    {
        var discovered = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["job"] = job.JobName,
            ["__scheme__"] = job.Scheme,
            ["__metrics_path__"] = job.MetricsPath,
        };
        discovered[NativeLabel] = Flag(job.ScrapeNativeHistograms ?? global.ScrapeNativeHistograms);
        discovered[ConvertLabel] = Flag(job.ConvertClassicHistogramsToNhcb ?? global.ConvertClassicHistogramsToNhcb);
        discovered[ClassicLabel] = Flag(job.AlwaysScrapeClassicHistograms ?? global.AlwaysScrapeClassicHistograms);
        foreach (var (name, values) in job.Params) discovered["__param_" + name] = values.FirstOrDefault() ?? "";
        foreach (var (name, value) in group.Labels) discovered[name] = value;
        discovered["__address__"] = address;

        var problems = new List<string>();
        var interval = ReadDuration(discovered, "__scrape_interval__", job.ScrapeInterval ?? global.ScrapeInterval, problems);
        var timeout = ReadDuration(discovered, "__scrape_timeout__", job.ScrapeTimeout ?? Min(global.ScrapeTimeout, interval), problems);
        var labels = new SortedDictionary<string, string>(discovered, StringComparer.Ordinal);
        if (!labels.TryGetValue("instance", out var instance) || instance.Length == 0) labels["instance"] = address;
        var url = MakeUrl(job, discovered, address);
        var histograms = new HistogramKinds(ReadFlag(discovered, NativeLabel, problems), ReadFlag(discovered, ClassicLabel, problems))
        {
            ConvertClassic = ReadFlag(discovered, ConvertLabel, problems),
            BucketLimit = Math.Max(0, job.NativeHistogramBucketLimit),
            FinestSchema = FinestSchema(job.NativeHistogramMinBucketFactor),
        };
        var wantsProtobuf = histograms.Native || features.CreatedAsStarts;
        ExpositionFormat? fallback = null;
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || address.Length == 0 || address.Contains('/', StringComparison.Ordinal))
            problems.Add($"the target \"{address}\" is not host:port");
        if (job.FallbackScrapeProtocol is { } protocol)
        {
            if (ContentTypes.TryParseProtocol(protocol, out var format)) fallback = format;
            else problems.Add($"fallback_scrape_protocol \"{protocol}\" is not supported");
        }

        return new ScrapeTarget
        {
            Job = job.JobName,
            Url = url,
            Source = problems.Count > 0
                ? new UnusableSource(string.Join("; ", problems))
                : new HttpSource(client, uri!, new RequestCredentials(job.BasicAuth, job.Authorization), fallback, wantsProtobuf, time),
            Labels = [.. labels.Where(l => !l.Key.StartsWith("__", StringComparison.Ordinal) && l.Value.Length > 0)],
            DiscoveredLabels = [.. discovered],
            Interval = interval,
            Timeout = Min(timeout, interval),
            HonorLabels = job.HonorLabels,
            HonorTimestamps = job.HonorTimestamps,
            SampleLimit = job.SampleLimit,
            Histograms = histograms,
            Features = features,
        };
    }

    private static string MakeUrl(ScrapeJobOptions job, SortedDictionary<string, string> discovered, string address)
    {
        var path = discovered["__metrics_path__"];
        var url = new StringBuilder(discovered["__scheme__"]).Append("://").Append(address);
        if (!path.StartsWith('/')) url.Append('/');
        url.Append(path);
        var separator = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        foreach (var (name, value) in Parameters(job, discovered))
        {
            url.Append(separator).Append(Uri.EscapeDataString(name)).Append('=').Append(Uri.EscapeDataString(value));
            separator = '&';
        }

        return url.ToString();
    }

    // A label __param_<name> stands for the first value of the parameter; further values come from the job.
    private static IEnumerable<(string Name, string Value)> Parameters(ScrapeJobOptions job, SortedDictionary<string, string> discovered)
    {
        foreach (var (label, first) in discovered)
        {
            if (!label.StartsWith("__param_", StringComparison.Ordinal)) continue;
            var name = label["__param_".Length..];
            yield return (name, first);
            if (!job.Params.TryGetValue(name, out var values)) continue;
            foreach (var value in values.Skip(1)) yield return (name, value);
        }
    }

    private static string Flag(bool isOn) => isOn ? "true" : "false";

    private static bool ReadFlag(SortedDictionary<string, string> discovered, string label, List<string> problems)
    {
        if (bool.TryParse(discovered[label], out var isOn)) return isOn;
        problems.Add($"{label} \"{discovered[label]}\" is neither true nor false");
        return false;
    }

    /// <summary>The finest schema whose bounds lie at least a factor apart; null where any will do.</summary>
    private static int? FinestSchema(double factor) =>
        factor <= 1 ? null : (int)Math.Clamp(Math.Floor(-Math.Log2(Math.Log2(factor))), CoarsestOfAll, FinestOfAll);

    private static TimeSpan ReadDuration(SortedDictionary<string, string> discovered, string label, TimeSpan configured, List<string> problems)
    {
        if (!discovered.TryGetValue(label, out var text))
        {
            discovered[label] = Durations.FormatPrometheus(configured.Ticks * 100);
            return configured;
        }

        if (Durations.ParsePrometheus(text, out var nanos) == DurationError.None && nanos > 0)
        {
            return TimeSpan.FromTicks(Math.Max(nanos / 100, TimeSpan.TicksPerMillisecond));
        }
        problems.Add($"{label} \"{text}\" is not a duration");
        return configured;
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
