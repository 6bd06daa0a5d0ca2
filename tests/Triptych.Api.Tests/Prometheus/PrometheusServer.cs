using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Triptych.Api.Admin;
using Triptych.Api.Http;
using Triptych.Api.Prometheus;
using Triptych.Api.Prometheus.RemoteRead;
using Triptych.Primitives.Memory;
using Triptych.PromQL.Planning;
using Triptych.Query.Budgets;

namespace Triptych.Api.Tests.Prometheus;

/// <summary>The endpoints on a port of 127.0.0.1, over samples in memory, at 1970-01-01T00:16:40Z (1000 s).</summary>
internal sealed class PrometheusServer : IAsyncDisposable, ITargetSource
{
    private readonly WebApplication _app;
    private readonly QueryRunner _runner;

    private PrometheusServer(WebApplication app, QueryRunner runner)
    {
        _app = app;
        _runner = runner;
    }

    public const long NowMs = 1_000_000;

    /// <summary>So that tests meet more than one of a series.</summary>
    public const int MaxFrameBytes = 100_000;

    public LookupSource Source { get; } = new();

    public HttpClient Client { get; private set; } = null!;

    public IReadOnlyList<string> ScrapePools => ["node", "app"];

    public IReadOnlyList<TargetView> ActiveTargets { get; set; } = [];

    public IReadOnlyList<DroppedTargetView> DroppedTargets { get; set; } = [];

    public static async Task<PrometheusServer> StartAsync(params string[] features)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var time = new FixedTime();
        var server = new PrometheusServer(app, new QueryRunner(new QueryLimits(), 4, time));
        var facts = new ServerFacts
        {
            StartedAt = DateTimeOffset.UnixEpoch,
            Flags = new Dictionary<string, string>(StringComparer.Ordinal) { ["query.timeout"] = "2m" },
            ConfigYaml = () => "a: 1\n",
            ConfigReadAt = () => DateTimeOffset.UnixEpoch.AddSeconds(1.5),
            ConfigIsCurrent = () => true,
            StorageRetention = "15d",
            CorruptionCount = () => 3,
            Replay = () => new WalReplay(1, 9, 4),
        };
        var endpoints = new PrometheusEndpoints(
            new PromQLEngine(server.Source, PromQLFeatures.Enable(features)), server.Source, server.Source, server._runner,
            new BuildInfo("1.2.3", "abc"), time, server, facts);
        endpoints.Map(app);
        var bodies = new IngestLimits(new MemoryBudget("bodies", 64 << 20), 1 << 20, 1 << 20);
        new RemoteReadEndpoint(server.Source, server._runner, new RemoteReadLimits { MaxSamples = 10_000, MaxFrameBytes = MaxFrameBytes }, bodies).Map(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        server.Client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        return server;
    }

    /// <summary>Adds samples at the seconds 0, 60, 120, … to a series written as <c>name,label=value,…</c>.</summary>
    public void Add(string series, params double[] values)
    {
        var parts = series.Split(',');
        var labels = parts.Skip(1).Select(p => p.Split('=')).ToDictionary(p => p[0], p => p[1], StringComparer.Ordinal);
        labels["__name__"] = parts[0];
        for (var i = 0; i < values.Length; i++) Source.Samples.Add(labels, i * 60_000L, values[i]);
    }

    public async Task<(int Status, string Body)> GetAsync(string path)
    {
        using var response = await Client.GetAsync(path, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public async Task<(int Status, string Body)> PostAsync(string path, params (string Name, string Value)[] form)
    {
        using var content = new FormUrlEncodedContent(form.Select(f => KeyValuePair.Create(f.Name, f.Value)));
        using var response = await Client.PostAsync(path, content, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>The text of <c>data</c> in a successful answer.</summary>
    public async Task<string> DataAsync(string path)
    {
        var (status, body) = await GetAsync(path);
        status.ShouldBe(200, body);
        using var document = JsonDocument.Parse(body);
        document.RootElement.GetProperty("status").GetString().ShouldBe("success");
        return document.RootElement.GetProperty("data").GetRawText();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        _runner.Dispose();
    }

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(NowMs);
    }
}
