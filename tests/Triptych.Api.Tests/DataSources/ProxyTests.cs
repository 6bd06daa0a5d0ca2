using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Triptych.Api.DataSources;

namespace Triptych.Api.Tests.DataSources;

public sealed class ProxyTests
{
    private const string Form = "application/x-www-form-urlencoded";

    private static IEnumerable<DataSource> Prometheus(Uri url) =>
    [
        new DataSource
        {
            Uid = "prom", Name = "Prod", Kind = DataSourceKind.Prometheus, Url = url, TimeInterval = "15s", IsDefault = true,
            Headers = [KeyValuePair.Create("Authorization", "Bearer hidden"), KeyValuePair.Create("X-Scope-OrgID", "theirs")],
        },
        new DataSource { Uid = "tempo", Name = "Traces", Kind = DataSourceKind.Tempo, Url = url },
    ];

    [Fact]
    public async Task A_question_goes_on_with_the_headers_of_the_configuration_and_none_of_the_callers_secrets()
    {
        await using var host = await DataSourceHost.StartAsync(Prometheus);
        var (status, body, response) = await host.SendAsync(
            "GET", "/datasources/proxy/uid/prom/api/v1/query?query=up%7Ba%3D%22b%22%7D", null, "",
            ("Authorization", "Basic mine"), ("Cookie", "session=mine"), ("X-Scope-OrgID", "mine"), ("Accept", "application/json"));
        (status, body).ShouldBe((200, """{"status":"success"}"""));
        response.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        host.Asked.TryDequeue(out var asked).ShouldBeTrue();
        asked.Target.ShouldBe("/prefix/api/v1/query?query=up%7Ba%3D%22b%22%7D");
        (asked.Headers["Authorization"], asked.Headers["X-Scope-OrgID"], asked.Headers["Accept"]).ShouldBe(("Bearer hidden", "theirs", "application/json"));
        asked.Headers.ShouldNotContainKey("Cookie");
    }

    [Fact]
    public async Task A_form_goes_on_as_a_form()
    {
        await using var host = await DataSourceHost.StartAsync(Prometheus);
        (await host.SendAsync("POST", "/datasources/proxy/uid/prom/api/v1/query_range", "query=up&step=15", Form)).Status.ShouldBe(200);
        host.Asked.TryDequeue(out var asked).ShouldBeTrue();
        (asked.Method, asked.Body, asked.Headers["Content-Type"]).ShouldBe(("POST", "query=up&step=15", Form));
        (await host.SendAsync("POST", "/datasources/proxy/uid/prom/api/v1/query", "{}")).Status.ShouldBe(415);
    }

    [Theory]
    [InlineData("GET", "api/v1/admin/tsdb/snapshot")]
    [InlineData("POST", "api/v1/metadata")]
    [InlineData("GET", "api/v1/label/../query")]
    [InlineData("GET", "api/v1/label/%2e%2e/values")]
    [InlineData("GET", "api/v1/label/a%2f..%2f..%2fadmin/values")]
    [InlineData("GET", "api/v1/label/%252e%252e/values")]
    [InlineData("GET", "api/v1/query/")]
    [InlineData("GET", "loki/api/v1/labels")]
    [InlineData("GET", "")]
    public async Task Nothing_but_what_reads_goes_on(string method, string path)
    {
        await using var host = await DataSourceHost.StartAsync(Prometheus);
        (await host.SendAsync(method, "/datasources/proxy/uid/prom/" + path, method == "POST" ? "a=b" : null, Form)).Status.ShouldBe(403);
        host.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task Names_keep_their_escapes_on_the_way()
    {
        await using var host = await DataSourceHost.StartAsync(Prometheus);
        (await host.SendAsync("GET", "/datasources/proxy/uid/tempo/api/v2/search/tag/resource.k8s.io%252Fname/values?q=%7B%7D")).Status.ShouldBe(200);
        host.Asked.Single().Target.ShouldBe("/prefix/api/v2/search/tag/resource.k8s.io%252Fname/values?q=%7B%7D");
    }

    [Theory]
    [InlineData(302, "text/html", 502, "redirects elsewhere")]
    [InlineData(401, "application/json", 502, "refused this server's credentials")]
    [InlineData(200, "text/html", 502, "no answer of such a server")]
    [InlineData(422, "application/json", 422, "the answer")]
    [InlineData(500, "text/plain", 500, "the answer")]
    public async Task What_comes_back_is_passed_on_only_where_it_can_do_no_harm(int status, string type, int expected, string text)
    {
        await using var host = await DataSourceHost.StartAsync(Prometheus);
        host.Answer = context =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = type;
            context.Response.Headers.SetCookie = "a=b";
            context.Response.Headers.Location = "http://elsewhere.example/";
            return context.Response.WriteAsync("the answer");
        };
        var (got, body, response) = await host.SendAsync("GET", "/datasources/proxy/uid/prom/api/v1/labels");
        got.ShouldBe(expected);
        body.ShouldContain(text);
        response.Headers.Contains("Set-Cookie").ShouldBeFalse();
        response.Headers.Location.ShouldBeNull();
    }

    [Fact]
    public async Task An_answer_that_is_too_large_is_refused_also_where_it_was_packed()
    {
        await using var host = await DataSourceHost.StartAsync(Prometheus, new DataSourceLimits(TimeSpan.FromMinutes(1), 100_000, 10));
        host.Answer = async context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.Headers.ContentEncoding = "gzip";
            await using var gzip = new System.IO.Compression.GZipStream(context.Response.Body, System.IO.Compression.CompressionLevel.Fastest);
            await gzip.WriteAsync(new byte[100_001]);
        };
        var (status, body, _) = await host.SendAsync("GET", "/datasources/proxy/uid/prom/api/v1/labels");
        status.ShouldBe(502, body);
        body.ShouldContain("larger than 100000 bytes");
    }

    [Fact]
    public async Task A_server_that_does_not_answer_in_time_is_given_up()
    {
        await using var host = await DataSourceHost.StartAsync(Prometheus, new DataSourceLimits(TimeSpan.FromMilliseconds(200), 100_000, 10));
        var ended = new TaskCompletionSource();
        host.Answer = async context =>
        {
            context.RequestAborted.Register(ended.SetResult);
            await ended.Task;
        };
        var (status, body, _) = await host.SendAsync("GET", "/datasources/proxy/uid/prom/api/v1/labels");
        (status, JsonDocument.Parse(body).RootElement.GetProperty("message").GetString()).ShouldBe((504, "the data source Prod did not answer within 0.2 s"));
        await ended.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_client_that_goes_away_ends_the_question()
    {
        await using var host = await DataSourceHost.StartAsync(Prometheus);
        var (began, ended) = (new TaskCompletionSource(), new TaskCompletionSource());
        host.Answer = async context =>
        {
            context.RequestAborted.Register(ended.SetResult);
            began.SetResult();
            await ended.Task;
        };
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var asking = host.AskAsync("/datasources/proxy/uid/prom/api/v1/labels", leave.Token);
        await began.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        await leave.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(asking);
        await ended.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task The_list_has_no_address_and_no_secret()
    {
        await using var host = await DataSourceHost.StartAsync(Prometheus);
        var (status, body, _) = await host.SendAsync("GET", "/datasources");
        status.ShouldBe(200);
        body.ShouldBe(
            """[{"uid":"prom","name":"Prod","type":"prometheus","access":"proxy","isDefault":true,"readOnly":true,"jsonData":{"timeInterval":"15s"}},"""
            + """{"uid":"tempo","name":"Traces","type":"tempo","access":"proxy","isDefault":false,"readOnly":true,"jsonData":{}}]""");
        (await host.SendAsync("GET", "/datasources/uid/nobody")).Status.ShouldBe(404);
        (await host.SendAsync("GET", "/datasources/proxy/uid/nobody/api/v1/labels")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Its_health_is_whether_it_answers()
    {
        await using var host = await DataSourceHost.StartAsync(Prometheus);
        (await host.SendAsync("GET", "/datasources/uid/prom/health")).Status.ShouldBe(200);
        host.Answer = static context =>
        {
            context.Response.StatusCode = 403;
            return Task.CompletedTask;
        };
        var (status, body, _) = await host.SendAsync("GET", "/datasources/uid/prom/health");
        status.ShouldBe(400);
        body.ShouldContain("refused this server's credentials (403)");
    }

    [Theory]
    [InlineData("169.254.169.254", true)]
    [InlineData("::ffff:169.254.0.1", true)]
    [InlineData("fe80::1", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("10.0.0.1", false)]
    public void Addresses_of_the_link_are_known(string address, bool isLinkLocal) => ServerReach.IsLinkLocal(IPAddress.Parse(address)).ShouldBe(isLinkLocal);

    [Fact]
    public async Task Addresses_of_the_link_are_not_connected_to()
    {
        await using var host = await DataSourceHost.StartAsync(
            static _ => [new DataSource { Uid = "meta", Name = "Meta", Kind = DataSourceKind.Prometheus, Url = new Uri("http://169.254.169.254/") }]);
        var (status, body, _) = await host.SendAsync("GET", "/datasources/proxy/uid/meta/api/v1/labels");
        status.ShouldBe(502);
        body.ShouldContain("link-local");
    }
}
