using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Triptych.Api.DataSources;
using Triptych.Api.Http;
using Triptych.Primitives.Memory;

namespace Triptych.Api.Tests.DataSources;

/// <summary>The endpoints of data sources, and another server that they may ask.</summary>
internal sealed class DataSourceHost : IAsyncDisposable
{
    private readonly List<WebApplication> _apps = [];
    private DataSourceSet _set = null!;
    private HttpClient _client = null!;

    /// <summary>What the other server was asked: method, path with query, headers, body.</summary>
    public ConcurrentQueue<(string Method, string Target, Dictionary<string, string> Headers, string Body)> Asked { get; } = new();

    /// <summary>What it answers.</summary>
    public Func<HttpContext, Task> Answer { get; set; } = static context =>
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        return context.Response.WriteAsync("""{"status":"success"}""");
    };

    public static async Task<DataSourceHost> StartAsync(Func<Uri, IEnumerable<DataSource>> sources, DataSourceLimits? limits = null)
    {
        var host = new DataSourceHost();
        var other = host.Build();
        other.Run(host.AnswerAsync);
        await other.StartAsync();
        host._set = new DataSourceSet(
            sources(new Uri(other.Urls.Single() + "/prefix/")), limits ?? new DataSourceLimits(TimeSpan.FromMinutes(1), 1024 * 1024, 100), TimeProvider.System);
        var app = host.Build();
        new DataSourceEndpoints(host._set, new IngestLimits(MemoryBudget.Unlimited("bytes in flight"), 65536, 65536), TimeProvider.System).Map(app);
        await app.StartAsync();
        host._client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        return host;
    }

    public async Task<(int Status, string Body, HttpResponseMessage Response)> SendAsync(
        string method, string path, string? body = null, string type = "application/json", params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(
            new HttpMethod(method), new Uri($"{_client.BaseAddress}grafana/api{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue(type));
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        var response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), response);
    }

    public Task<string> AskAsync(string path, CancellationToken cancellationToken) => _client.GetStringAsync("grafana/api" + path, cancellationToken);

    /// <summary>Puts one query to PostgreSQL; gives its part of the answer.</summary>
    public async Task<JsonElement> QueryAsync(string sql, string format = "table", long from = 0, long to = 3_600_000, string uid = "pg")
    {
        var query = new { refId = "A", datasource = new { uid }, rawSql = sql, format, intervalMs = 60_000 };
        var (_, body, _) = await SendAsync("POST", "/ds/query", JsonSerializer.Serialize(new { from = $"{from}", to = $"{to}", queries = new[] { query } }));
        return JsonDocument.Parse(body).RootElement.GetProperty("results").GetProperty("A");
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        foreach (var app in _apps) await app.DisposeAsync();
        await _set.DisposeAsync();
    }

    private WebApplication Build()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        _apps.Add(app);
        return app;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        var target = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
        Asked.Enqueue((context.Request.Method, target, context.Request.Headers.ToDictionary(static h => h.Key, static h => h.Value.ToString()), body));
        await Answer(context);
    }
}
