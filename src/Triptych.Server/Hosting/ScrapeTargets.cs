using Triptych.Api.Operations;
using Triptych.Api.Prometheus;
using Triptych.Collect.Scrape;
using Triptych.Collect.Tail;
using Triptych.Server.Configuration;

namespace Triptych.Server.Hosting;

/// <summary>What the collectors scrape, as Prometheus' API shows it. The collectors start when replay is done; until then nothing is scraped.</summary>
internal sealed class ScrapeTargets(ServerConfig config) : ITargetSource
{
    private volatile Func<IReadOnlyList<TargetStatus>> _targets = () => [];
    private volatile Func<IReadOnlyList<TailedFileStatus>?> _files = () => null;

    /// <inheritdoc/>
    public IReadOnlyList<string> ScrapePools => [.. config.ScrapeConfigs.Select(j => j.JobName).Concat(ActiveTargets.Select(t => t.ScrapePool)).Distinct()];

    /// <inheritdoc/>
    public IReadOnlyList<TargetView> ActiveTargets => [.. _targets().Select(View)];

    /// <inheritdoc/>
    public IReadOnlyList<DroppedTargetView> DroppedTargets => [];

    /// <summary>The files that are followed; null where none are, or not yet.</summary>
    public IReadOnlyList<TailedFileView>? Files =>
        _files()?.Select(static f => new TailedFileView(f.Path, f.OffsetBytes, f.SizeBytes, f.LastRead, f.LostSince)).ToList();

    /// <summary>From now on these are scraped and followed.</summary>
    public void Follow(Func<IReadOnlyList<TargetStatus>> targets, Func<IReadOnlyList<TailedFileStatus>?> files) => (_targets, _files) = (targets, files);

    private static TargetView View(TargetStatus target) => new()
    {
        ScrapePool = target.Job,
        ScrapeUrl = target.Url,
        GlobalUrl = target.Url,
        DiscoveredLabels = target.DiscoveredLabels.ToDictionary(l => l.Key, l => l.Value),
        Labels = target.Labels.ToDictionary(l => l.Key, l => l.Value),
        Health = target.Health switch
        {
            Collect.Scrape.TargetHealth.Up => Api.Prometheus.TargetHealth.Up,
            Collect.Scrape.TargetHealth.Down => Api.Prometheus.TargetHealth.Down,
            _ => Api.Prometheus.TargetHealth.Unknown,
        },
        LastError = target.LastError,
        LastScrape = target.LastScrape,
        LastScrapeDuration = target.LastDuration,
        Scraped = target.Scraped,
        Kept = target.Kept,
        Added = target.Added,
        ScrapeInterval = target.Interval,
        ScrapeTimeout = target.Timeout,
    };
}
