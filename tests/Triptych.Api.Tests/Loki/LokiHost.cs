using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Triptych.Api.Admin;
using Triptych.Api.Http;
using Triptych.Api.Loki;
using Triptych.Api.Operations;
using Triptych.Columnar.Rows;
using Triptych.LogQL.Planning;
using Triptych.LogQL.Tailing;
using Triptych.Query.Budgets;

namespace Triptych.Api.Tests.Loki;

/// <summary>Loki's endpoints on a port of their own, over a source in memory, at a time that stands still.</summary>
internal sealed class LokiHost : IAsyncDisposable
{
    /// <summary>What the host's clock says, Unix seconds.</summary>
    public const long NowSeconds = 1_700_000_000;

    private readonly WebApplication _app;
    private readonly QueryRunner _runner;

    private LokiHost(WebApplication app, QueryRunner runner, Uri address)
    {
        _app = app;
        _runner = runner;
        Client = new HttpClient { BaseAddress = new Uri(address, "/loki/api/v1/") };
    }

    public HttpClient Client { get; }

    /// <summary>The queries that run.</summary>
    public RunningQueries Running => _runner.Running!;

    /// <summary>The tails of the host, to publish to.</summary>
    public required LogTails Tails { get; init; }

    public static async Task<LokiHost> StartAsync(
        ILogSource source, QueryLimits? limits = null, LogTailOptions? tailOptions = null, bool isAdmin = false, Func<Task<bool>>? flush = null)
    {
        var time = new StandingClock(DateTimeOffset.FromUnixTimeSeconds(NowSeconds));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var runner = new QueryRunner(limits ?? new QueryLimits(), 2, TimeProvider.System) { Running = new RunningQueries(TimeProvider.System) };
        var tails = new LogTails(tailOptions ?? new LogTailOptions(), TimeProvider.System);
        app.UseWebSockets();
        var (engine, build, access) = (new LogQLEngine(source, new LogQLOptions()), new BuildInfo("1.2.3", "abc"), new AdminAccess(isAdmin));
        new LokiEndpoints(engine, source, tails, runner, build, time, access: access)
        {
            ConfigYaml = () => "data_dir: here\n",
            FlushAsync = flush is null ? null : _ => flush(),
        }.Map(app);
        await app.StartAsync();
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        return new LokiHost(app, runner, new Uri(addresses.First())) { Tails = tails };
    }

    /// <summary>Gets a path with parameters in pairs, escaped here.</summary>
    public Task<HttpResponseMessage> GetAsync(string path, params string[] parameters) => Client.GetAsync($"{path}?{Encode(parameters)}");

    public Task<HttpResponseMessage> PostAsync(string path, params string[] parameters)
    {
        var content = new StringContent(Encode(parameters));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded");
        return Client.PostAsync(path, content);
    }

    /// <summary>The body of an answer that must be 200 and JSON.</summary>
    public async Task<string> BodyAsync(string path, params string[] parameters)
    {
        using var response = await GetAsync(path, parameters);
        return await BodyOfAsync(response);
    }

    /// <summary>An answer's <c>data</c> without its <c>stats</c>, as compact text.</summary>
    public async Task<string> DataAsync(string path, params string[] parameters)
    {
        var data = System.Text.Json.Nodes.JsonNode.Parse(await BodyAsync(path, parameters))!["data"]!;
        (data as System.Text.Json.Nodes.JsonObject)?.Remove("stats");
        return data.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    /// <summary>Status and text of an answer that must be an error in Loki's form.</summary>
    public async Task<string> ErrorAsync(string path, params string[] parameters)
    {
        using var response = await GetAsync(path, parameters);
        return await ErrorOfAsync(response);
    }

    public static async Task<string> BodyOfAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        if ((int)response.StatusCode != 200) throw new InvalidOperationException($"{(int)response.StatusCode} {text}");
        if (response.Content.Headers.ContentType?.MediaType != "application/json") throw new InvalidOperationException("not JSON");
        return text;
    }

    public static async Task<string> ErrorOfAsync(HttpResponseMessage response)
    {
        if (response.Content.Headers.ContentType?.MediaType != "text/plain") throw new InvalidOperationException("not text");
        var text = await response.Content.ReadAsStringAsync();
        if (text.TrimEnd('\n').Contains('\n', StringComparison.Ordinal)) throw new InvalidOperationException("more than a line");
        return $"{(int)response.StatusCode} {text.TrimEnd('\n')}";
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        _runner.Dispose();
    }

    private static string Encode(string[] parameters)
    {
        var pairs = new List<string>();
        for (var i = 0; i < parameters.Length; i += 2) pairs.Add($"{Uri.EscapeDataString(parameters[i])}={Uri.EscapeDataString(parameters[i + 1])}");
        return string.Join('&', pairs);
    }

    private sealed class StandingClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
