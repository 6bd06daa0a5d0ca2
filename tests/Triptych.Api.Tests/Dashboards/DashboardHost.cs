using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Triptych.Api.Dashboards;
using Triptych.Api.Http;
using Triptych.Primitives.Memory;
using Triptych.Testing;

namespace Triptych.Api.Tests.Dashboards;

/// <summary>The dashboard endpoints over a metastore in memory.</summary>
internal sealed class DashboardHost : IAsyncDisposable, IProvisionedDashboards
{
    private readonly DashboardStore _store;
    private WebApplication _app = null!;
    private HttpClient _client = null!;

    private DashboardHost(MemoryMetastore metastore) => _store = new DashboardStore(metastore, this, Clock);

    public ManualClock Clock { get; } = new();

    public Dictionary<string, ProvisionedDashboard> Files { get; } = new(StringComparer.Ordinal);

    public static async Task<DashboardHost> StartAsync(MemoryMetastore? metastore = null, int maxBytes = DashboardDocument.MaxBytes)
    {
        var host = new DashboardHost(metastore ?? new MemoryMetastore());
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        host._app = builder.Build();
        new DashboardEndpoints(host._store, new IngestLimits(MemoryBudget.Unlimited("bytes in flight"), maxBytes, maxBytes)).Map(host._app);
        await host._app.StartAsync();
        host._client = new HttpClient { BaseAddress = new Uri(host._app.Urls.Single()) };
        return host;
    }

    public IReadOnlyDictionary<string, ProvisionedDashboard> Current() => Files;

    public void AddFile(string uid, string title, string folderTitle)
    {
        var head = new DashboardHead(uid, title, ["files"], "ffolder", 1000, [new DashboardVersion(1, 1000, "")]);
        Files[uid] = new ProvisionedDashboard(head, folderTitle, Encoding.UTF8.GetBytes($$"""{"uid":"{{uid}}","title":"{{title}}"}"""), uid + ".json");
    }

    public async Task<(int Status, JsonElement Body)> SendAsync(
        string method, string path, string? body = null, string? tenant = null, string type = "application/json")
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "/grafana/api" + path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue(type));
        if (tenant is not null) request.Headers.Add("X-Scope-OrgID", tenant);
        using var response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, text.Length == 0 ? default : JsonDocument.Parse(text).RootElement);
    }

    /// <summary>Saves a dashboard that is there already or is not.</summary>
    public async Task<(int Status, JsonElement Body)> SaveAsync(string dashboard, string rest = "") =>
        await SendAsync("POST", "/dashboards/db", $$"""{"dashboard":{{dashboard}}{{rest}}}""");

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
        _store.Dispose();
    }
}
