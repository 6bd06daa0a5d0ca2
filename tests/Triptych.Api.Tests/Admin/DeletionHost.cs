using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Triptych.Api.Admin;
using Triptych.Api.Http;
using Triptych.Api.Loki;
using Triptych.Api.Prometheus;
using Triptych.LogQL.Planning;
using Triptych.LogQL.Tailing;
using Triptych.LogQL.Tests.Sources;
using Triptych.Model;
using Triptych.Query.Budgets;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Storage.Heads;
using Triptych.Storage.ObjectStore;
using Triptych.Storage.Retention;
using Triptych.Testing;

namespace Triptych.Api.Tests.Admin;

/// <summary>Every endpoint that deletes, over a store without blocks whose upkeep runs when the test says so.</summary>
internal sealed class DeletionHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly BlockCatalog _catalog;
    private readonly LocalObjectStore _objects;
    private readonly QueryRunner _runner;

    private DeletionHost(WebApplication app, BlockCatalog catalog, LocalObjectStore objects, QueryRunner runner, StorageUpkeep upkeep)
    {
        _app = app;
        _catalog = catalog;
        _objects = objects;
        _runner = runner;
        Upkeep = upkeep;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public StorageUpkeep Upkeep { get; }

    public HttpClient Client { get; }

    /// <summary>Signals that were flushed, in order.</summary>
    public IReadOnlyList<Signal> Flushed { get; private set; } = [];

    public static async Task<DeletionHost> StartAsync(bool isEnabled = true, (string Id, string Json)? stored = null)
    {
        var clock = new ManualClock();
        var disk = new FaultyDisk();
        var metastore = new MemoryMetastore();
        if (stored is { } request)
            await metastore.SetAsync("deletions", request.Id, System.Text.Encoding.UTF8.GetBytes(request.Json), expectedVersion: null, CancellationToken.None);
        var objects = new LocalObjectStore(disk, "/d/objects");
        var events = new RecordingEvents();
        var catalog = await BlockCatalog.OpenAsync(metastore, objects, new CatalogOptions(), clock, events, CancellationToken.None);
        var flushed = new List<Signal>();
        var options = new UpkeepOptions
        {
            Mergers = [.. SignalTime.Signals.Select(static s => new NoMerger(s))],
            Selectors = new DeletionSelectors(),
            FlushAsync = (signal, _) =>
            {
                flushed.Add(signal);
                return Task.CompletedTask;
            },
            Usage = new DiskUsage(disk, "/d", "/d/objects"),
            Events = new RecordingUpkeepEvents(),
        };
        var upkeep = await StorageUpkeep.OpenAsync(new StorageServices(disk, objects, metastore, catalog, clock, events), options, CancellationToken.None);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var access = new AdminAccess(isEnabled);
        var runner = new QueryRunner(new QueryLimits(), 2, TimeProvider.System);
        var source = new MemoryLogSource();
        new AdminEndpoints(upkeep.Deletions, access).Map(app);
        new DeletionEndpoints(upkeep.Deletions, access, clock).Map(app);
        var head = new HeadStatus { MemoryBytes = 1, FlushAtBytes = 2, MaxBytes = 3, Waiting = 0, IsFlushing = false };
        new StorageStatusEndpoint(upkeep, static _ => default, _ => head).Map(app);
        var (engine, tails) = (new LogQLEngine(source, new LogQLOptions()), new LogTails(new LogTailOptions(), clock));
        new LokiEndpoints(engine, source, tails, runner, new BuildInfo("1.2.3", "abc"), clock, upkeep.Deletions, access).Map(app);
        await app.StartAsync();
        var host = new DeletionHost(app, catalog, objects, runner, upkeep);
        host.Flushed = flushed;
        return host;
    }

    public async Task<(int Status, string Body)> SendAsync(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        _runner.Dispose();
        await Upkeep.DisposeAsync();
        await _catalog.DisposeAsync();
        _objects.Dispose();
    }

    /// <summary>There are no blocks, so nothing is merged.</summary>
    private sealed class NoMerger(Signal signal) : IBlockMerger
    {
        public Signal Signal => signal;

        public ValueTask<IReadOnlyList<BlockMeta>> MergeAsync(MergeJob job, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("There is nothing to merge.");

        public ValueTask<bool> DeletesAnyAsync(MergeJob job, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("There is nothing to merge.");

        public ValueTask CountAsync(MergeJob job, RowTally tally, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("There is nothing to count.");
    }
}
