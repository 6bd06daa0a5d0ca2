using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Triptych.Api.Admin;
using Triptych.Api.Http;
using Triptych.Api.Operations;
using Triptych.Api.Tempo;
using Triptych.Columnar.Rows;
using Triptych.Query.Budgets;
using Triptych.TraceQL.Planning;
using Triptych.TraceQL.Tests.Planning;

namespace Triptych.Api.Tests.Tempo;

/// <summary>
/// The endpoints on a real server on a free port, over a list of spans. Its clock stands still, a minute after the spans' epoch.
/// </summary>
internal sealed class TempoServer : IAsyncDisposable
{
    private static readonly string[] AnyPort = ["http://127.0.0.1:0"];

    private readonly WebApplication _app;
    private readonly TraceQLEngine _engine;
    private readonly QueryRunner _queries;
    private readonly HttpClient _client;

    private TempoServer(WebApplication app, TraceQLEngine engine, QueryRunner queries)
    {
        (_app, _engine, _queries) = (app, engine, queries);
        _client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
    }

    /// <summary>The queries that run.</summary>
    public RunningQueries Running => _queries.Running!;

    public static Task<TempoServer> StartAsync(params TestSpan[] spans) => StartAsync(new InMemorySpanSource(spans), new QueryLimits());

    public static async Task<TempoServer> StartAsync(ISpanSource source, QueryLimits limits)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(AnyPort);
        var app = builder.Build();
        var engine = new TraceQLEngine(source);
        var queries = new QueryRunner(limits, maxConcurrent: 2, TimeProvider.System) { Running = new RunningQueries(TimeProvider.System) };
        new TempoEndpoints(engine, queries, new BuildInfo("1.2.3", "abc"), new StandingClock()).Map(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new TempoServer(app, engine, queries);
    }

    /// <summary>The answer to a GET, read whole. The path goes out as it is written.</summary>
    public async Task<Answer> GetAsync(string path, string? accept = null, string? tenant = null)
    {
        var uri = new Uri(_client.BaseAddress + path.TrimStart('/'), new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
        if (tenant is not null) request.Headers.TryAddWithoutValidation("X-Scope-OrgID", tenant);
        using var response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        var body = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        var warning = response.Headers.TryGetValues("Warning", out var values) ? string.Join(',', values) : null;
        return new Answer(response.StatusCode, response.Content.Headers.ContentType?.MediaType, body, warning);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
        _queries.Dispose();
        _engine.Dispose();
    }

    private sealed class StandingClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(TestSpan.Epoch / 100).AddMinutes(1);
    }
}

internal sealed record Answer(HttpStatusCode Status, string? MediaType, byte[] Body, string? Warning)
{
    public string Text => System.Text.Encoding.UTF8.GetString(Body);

    /// <summary>The body of a successful JSON answer.</summary>
    public JsonElement Json
    {
        get
        {
            Status.ShouldBe(HttpStatusCode.OK, Text);
            MediaType.ShouldBe("application/json");
            return JsonElement.Parse(Body);
        }
    }

    /// <summary>Asserts a failure of one line of text.</summary>
    public void ShouldFail(int status, string containing)
    {
        ((int)Status).ShouldBe(status, Text);
        MediaType.ShouldBe("text/plain");
        Text.ShouldEndWith("\n");
        Text.TrimEnd('\n').ShouldNotContain("\n");
        Text.ShouldContain(containing);
    }
}
