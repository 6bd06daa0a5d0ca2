using System.Net;
using Microsoft.Extensions.Logging;
using Triptych.Api.Hosting;
using Triptych.Collect.Host;
using Triptych.Collect.Scrape;
using Triptych.Collect.Syslog;
using Triptych.Collect.Tail;
using Triptych.Ingest.Intake;
using Triptych.Primitives.Memory;
using Triptych.PromQL.Planning;
using Triptych.Server.Configuration;
using Triptych.Storage.Metastore;

namespace Triptych.Server.Hosting;

/// <summary>Everything that this program collects by itself: scrapes as configured, its own metrics, this host's, files.</summary>
internal sealed class Collectors : IAsyncDisposable
{
    private const long ScrapeMemoryBytes = 512L << 20;
    private const long TailMemoryBytes = 64L << 20;
    private const long SyslogMemoryBytes = 64L << 20;

    private readonly Scraper _scraper;
    private readonly Tailer? _tailer;
    private readonly SyslogServer? _syslog;

    public Collectors(
        ServerConfig config, FrontDoor frontDoor, IMetastore metastore, Func<string> writeSelfMetrics, IReadOnlyList<Listener> listeners,
        TimeProvider time, ILoggerFactory loggers)
    {
        var events = new CollectEvents(loggers.CreateLogger<CollectEvents>());
        var hostName = Environment.MachineName;
        var inside = new List<ScrapeTarget>();
        if (config.ScrapeSelf) inside.Add(SelfTarget(config, writeSelfMetrics, listeners, hostName));
        if (config.Host.Enabled && OperatingSystem.IsLinux()) inside.Add(HostSource.Target(config.Host, hostName, time, events));
        var features = new ScrapeFeatures(
            config.Metrics.Promql.Enables(PromQLFeatures.StartTimestampStorage), config.Metrics.Promql.Enables(PromQLFeatures.TypeAndUnitLabels));
        _scraper = new Scraper(config.ScrapeConfigs, config.Global, inside, frontDoor, new MemoryBudget("scrapes", ScrapeMemoryBytes), time, events, features);
        if (config.Tail.Count > 0)
            _tailer = new Tailer(
                config.Tail, hostName, frontDoor, new TailPositions(metastore), new MemoryBudget("tailed lines", TailMemoryBytes), time,
                events);
        if (config.Logs.Syslog.Count == 0) return;
        try
        {
            _syslog = new SyslogServer(
                config.Logs.Syslog, config.Logs.ToOptions(config.Ingest), frontDoor, new MemoryBudget("syslog", SyslogMemoryBytes), time, events);
        }
        catch (IOException e)
        {
            throw new StartProblem(e.Message);
        }
    }

    /// <summary>How the scraped targets are, our own metrics and the host's among them.</summary>
    public IReadOnlyList<TargetStatus> Targets => _scraper.Targets;

    /// <summary>The files that are followed; null where none are configured.</summary>
    public IReadOnlyList<TailedFileStatus>? Files => _tailer?.Files;

    /// <summary>Begins to collect.</summary>
    public void Start()
    {
        _scraper.Start();
        _tailer?.Start();
        _syslog?.Start();
    }

    /// <summary>Stops, waits for what is under way, saves positions.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_syslog is not null) await _syslog.DisposeAsync();
        if (_tailer is not null) await _tailer.DisposeAsync();
        await _scraper.DisposeAsync();
    }

    private static ScrapeTarget SelfTarget(ServerConfig config, Func<string> write, IReadOnlyList<Listener> listeners, string hostName)
    {
        var interval = config.Global.ScrapeInterval;
        return new ScrapeTarget
        {
            Job = "triptych",
            Url = "self",
            Source = new TextSource(write),
            Labels = [new("instance", listeners.Count == 0 ? hostName : InstanceOf(listeners[0], hostName)), new("job", "triptych")],
            Interval = interval,
            Timeout = config.Global.ScrapeTimeout < interval ? config.Global.ScrapeTimeout : interval,
            StartsAtOnce = true,
        };
    }

    private static string InstanceOf(Listener listener, string hostName)
    {
        if (listener.IsLoopback) return $"localhost:{listener.Port}";
        var isAny = listener.Address.Equals(IPAddress.Any) || listener.Address.Equals(IPAddress.IPv6Any);
        return isAny ? $"{hostName}:{listener.Port}" : new IPEndPoint(listener.Address, listener.Port).ToString();
    }
}
