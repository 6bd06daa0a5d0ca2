using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Triptych.Api.Admin;
using Triptych.Api.Dashboards;
using Triptych.Api.DataSources;
using Triptych.Api.Hosting;
using Triptych.Api.Http;
using Triptych.Api.SelfMetrics;
using Triptych.Ingest.Intake;
using Triptych.LogQL.Tailing;
using Triptych.Primitives.Memory;
using Triptych.Server.Configuration;
using Triptych.Server.Dashboards;
using Triptych.Server.DataSources;
using Triptych.Server.Security;
using Triptych.Storage.Disk;

namespace Triptych.Server.Hosting;

/// <summary>
/// The whole program in order: 1 take the data directory, 2 open the stores, 3 listen (health answers from here on, and queries over blocks;
/// appends are refused and queries wait that need what is not replayed), 4 replay, 5 keep blocks in order, collect, 6 on SIGTERM or SIGINT
/// stop collecting, refuse, finish what is under way, 7 turn the heads into blocks, 8 close.
/// </summary>
/// <param name="config">The configuration.</param>
/// <param name="disk">Where the write-ahead logs are.</param>
/// <param name="time">The clock.</param>
internal sealed partial class ServerApp(ServerConfig config, IDisk disk, TimeProvider time)
{
    // SIGTERM has to end within 30 s: this much for requests under way, this for the flush, which loses nothing when it is cut off, the rest for closing,
    // which waits for a store that does not answer a moment at most.
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(20);

    private static readonly string[] Meters =
    [
        "Triptych.Storage", "Triptych.Metrics", "Triptych.Ingest", "Triptych.Query", "Triptych.Collect", "Triptych.Derive", "System.Runtime",
        "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.Hosting",
    ];

    private ILogger _logger = null!;

    /// <summary>Runs until a signal ends it; returns the exit code.</summary>
    /// <exception cref="StartProblem">It cannot start.</exception>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        var listeners = Listeners.From(config.Listen);
        if (Listeners.FindProblem(listeners) is { } problem) throw new StartProblem(problem);
        using var directory = DataDirectory.Take(config.DataDir);
        await using var diagnostics = new ServiceCollection().AddLogging(l => Diagnostics.Configure(l, config.Diagnostics)).BuildServiceProvider();
        var loggers = diagnostics.GetRequiredService<ILoggerFactory>();
        _logger = loggers.CreateLogger("Triptych");
        var build = BuildInfo.Of(typeof(ServerApp).Assembly);

        var events = new StorageEvents(loggers.CreateLogger<StorageEvents>());
        var upkeepEvents = new UpkeepEvents(loggers.CreateLogger<UpkeepEvents>());

        // Before anything measures: a gauge that is recorded once, such as blocks that an earlier run set aside, would be missing.
        using var collector = new MeterCollector(Meters);
        using var derivation = SpanCounting.Create(config.MetricsGenerator);
        var stores = await Stores.OpenAsync(config, directory, derivation, events, upkeepEvents, disk, time, stop);
        await using var closeStores = stores;
        var readiness = new Readiness();
        stores.Report(readiness);
        var ledger = new SourceLedger(time);
        var tails = new LogTails(config.Query.LogTail.ToOptions(), time);
        var frontDoor = new FrontDoor(stores.Metrics, new TailedAppender(stores.Logs, tails), stores.Traces, ledger);
        var inFlight = new MemoryBudget("bytes in flight", config.Ingest.MaxBytesInFlight.Bytes);
        await using var relief = new HeapRelief(time);
        var files = new ProvisionedFiles(config.Dashboards.ProvisioningDir, new ProvisioningEvents(loggers.CreateLogger<ProvisioningEvents>()), time);
        IProvisionedDashboards provisioned = config.Dashboards.ReadyMade ? new ReadyMadeDashboards(files, time) : files;
        using var dashboards = new DashboardStore(stores.Metastore, provisioned, time);
        await using var dataSources = LoadDataSources(loggers.CreateLogger<DataSourceLoading>());
        var endpoints = new ServerEndpoints(
            config, stores, frontDoor, tails, inFlight, readiness, collector, listeners, build, events, relief, dashboards, dataSources, time);
        var gate = new CallerGate(config, LoadCredentials());
        await using var web = WebHost.Build(config, listeners, gate, endpoints.Map);
        await StartListeningAsync(web, stop);
        Started(build.Version, directory.Path, string.Join(", ", listeners.Select(l => $"{l.Address}:{l.Port} {l.Purpose}")));

        try
        {
            await stores.RecoverAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Stopped while replaying: the write-ahead log still has everything.
            await web.StopAsync(CancellationToken.None);
            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new StartProblem($"the write-ahead log cannot be read: {e.Message}");
        }

        Ready();
        stores.Upkeep.Start();
        var collectors = new Collectors(config, frontDoor, stores.Metastore, endpoints.WriteSelfMetrics, listeners, time, loggers);
        endpoints.Targets.Follow(() => collectors.Targets, () => collectors.Files);
        collectors.Start();
        await using var counting = derivation is null ? null : new SpanCounting(derivation, config.MetricsGenerator, stores.Traces, frontDoor, time, loggers);
        await WaitAsync(stop);

        Stopping();
        readiness.BeginStop();
        await collectors.DisposeAsync();
        using (var drain = new CancellationTokenSource(DrainTime)) await web.StopAsync(drain.Token);
        if (counting is not null) await counting.DisposeAsync();
        return await FlushAsync(stores);
    }

    private async Task<int> FlushAsync(Stores stores)
    {
        using var limit = new CancellationTokenSource(FlushTime);
        try
        {
            await stores.FlushAllAsync(limit.Token);
            Stopped();
        }
        catch (OperationCanceledException)
        {
            var objects = config.Storage.ObjectStore;
            FlushCutOff(FlushTime.TotalSeconds, objects.Type == ObjectStoreType.Local ? config.DataDir : $"{objects.Endpoint} bucket {objects.Bucket}");
        }

        return 0;
    }

    private DataSourceSet LoadDataSources(ILogger<DataSourceLoading> logger)
    {
        try
        {
            return new DataSourceLoading(logger).Load(config.DataSources, time);
        }
        catch (InvalidDataException e)
        {
            throw new StartProblem($"data_sources: {e.Message}");
        }
    }

    private Credentials? LoadCredentials()
    {
        if (config.Auth.Mode == AuthMode.None) return null;
        var wanted = config.Auth.Mode == AuthMode.Required || config.Auth.Token is not null || config.Auth.TokenFile is not null
            || config.Auth.Username is not null;
        if (!wanted) return null;
        try
        {
            return Credentials.Load(config.Auth);
        }
        catch (InvalidDataException e)
        {
            throw new StartProblem($"auth: {e.Message}", exitCode: 2);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartProblem($"credentials cannot be read: {e.Message}");
        }
    }

    private static async Task StartListeningAsync(WebApplication web, CancellationToken stop)
    {
        try
        {
            await web.StartAsync(stop);
        }
        catch (IOException e)
        {
            throw new StartProblem($"cannot listen: {e.Message}");
        }
    }

    private static async Task WaitAsync(CancellationToken stop)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = stop.Register(stopped.SetResult);
        await stopped.Task;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Triptych {Version}, data in {Directory}, listening on {Listeners}")]
    private partial void Started(string version, string directory, string listeners);

    [LoggerMessage(Level = LogLevel.Information, Message = "ready")]
    private partial void Ready();

    [LoggerMessage(Level = LogLevel.Information, Message = "stopping: finishing requests, then turning what is in memory into blocks")]
    private partial void Stopping();

    [LoggerMessage(Level = LogLevel.Information, Message = "stopped; everything is in blocks")]
    private partial void Stopped();

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "the last flush was cut off after {Seconds:0} s, for blocks could not be written to {Place} in that time; "
            + "what is in none stays in the write-ahead log and is there at the next start")]
    private partial void FlushCutOff(double seconds, string place);
}
