using Triptych.Collect.Instruments;
using Triptych.Collect.Scrape;
using Triptych.Ingest.Exposition;
using Triptych.Ingest.Intake;
using Triptych.Primitives.Binary;

namespace Triptych.Collect.Host;

/// <summary>
/// This host as a scrape target: every collector writes its families in node exporter's exposition, so that staleness, <c>up</c> and kept
/// series are those of any other target. A collector that fails writes nothing, tells so in <c>node_scrape_collector_success</c>, and does
/// not stop the others.
/// </summary>
public sealed class HostSource : IMetricSource
{
    private readonly HostFiles _files;
    private readonly TimeProvider _time;
    private readonly ICollectEvents _events;
    private readonly IReadOnlyList<IHostCollector> _collectors;
    private readonly Dictionary<string, string> _failed = new(StringComparer.Ordinal);

    /// <param name="root">Where proc and sys lie: <c>/</c>, or a folder in tests.</param>
    /// <param name="time">The clock.</param>
    /// <param name="events">What there is to tell.</param>
    /// <param name="usageOf">Asks how full a filesystem is; the system's own answer where it is not given.</param>
    public HostSource(string root, TimeProvider time, ICollectEvents events, Func<string, FilesystemUsage?>? usageOf = null)
    {
        _files = new HostFiles(root);
        _time = time;
        _events = events;
        _collectors =
        [
            new CpuCollector(), new StatCollector(), new LoadCollector(), new MemoryCollector(), new DiskCollector(),
            new FilesystemCollector(usageOf ?? FilesystemUsage.Of),
            new NetworkCollector(), new NetworkClassCollector(), new UnameCollector(), new FileDescriptorCollector(), new VmStatCollector(),
            new NetStatCollector(),
            new SockStatCollector(), new PressureCollector(), new TimeCollector(time),
        ];
    }

    /// <summary>The target of the options' job on the named host.</summary>
    public static ScrapeTarget Target(HostOptions options, string hostName, TimeProvider time, ICollectEvents events) => new()
    {
        Job = options.JobName,
        Url = "host",
        Source = new HostSource("/", time, events),
        Labels = [new("instance", hostName), new("job", options.JobName)],
        Interval = options.Interval,
        Timeout = options.Interval,
        Protocol = IngestProtocol.Host,
        StartsAtOnce = true,
    };

    /// <inheritdoc/>
    public ValueTask<FetchResult> FetchAsync(PooledBufferWriter body, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var writer = new HostWriter(body);
        var outcomes = new List<(string Name, double Seconds, bool IsSuccess)>(_collectors.Count);
        foreach (var collector in _collectors) outcomes.Add(Collect(collector, writer, body));
        writer.Gauge("node_scrape_collector_duration_seconds", "node_exporter: Duration of a collector scrape.");
        foreach (var (name, seconds, _) in outcomes) writer.Sample(seconds, ("collector", name));
        writer.Gauge("node_scrape_collector_success", "node_exporter: Whether a collector succeeded.");
        foreach (var (name, _, isSuccess) in outcomes) writer.Sample(isSuccess ? 1 : 0, ("collector", name));
        return ValueTask.FromResult(new FetchResult(null, ExpositionFormat.Prometheus));
    }

    /// <inheritdoc/>
    public void Dispose() => _files.Dispose();

    private (string Name, double Seconds, bool IsSuccess) Collect(IHostCollector collector, HostWriter writer, PooledBufferWriter body)
    {
        var started = _time.GetTimestamp();
        var before = body.Length;
        string? error = null;
        try
        {
            collector.Collect(_files, writer);
            _failed.Remove(collector.Name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or BufferLimitExceededException)
        {
            body.Truncate(before);
            error = e.Message;
            if (_failed.TryAdd(collector.Name, error)) _events.HostCollectorFailed(collector.Name, error);
        }

        return (collector.Name, _time.GetElapsedTime(started).TotalSeconds, error is null);
    }
}
