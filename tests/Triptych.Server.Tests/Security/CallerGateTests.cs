namespace Triptych.Server.Tests.Security;

/// <summary>A server that asks for credentials, shared by the tests below.</summary>
public sealed class GuardedServer : ServerProcess, IAsyncLifetime
{
    public async ValueTask InitializeAsync()
    {
        Set("TRIPTYCH_AUTH_TOKEN", "t0ken").Set("TRIPTYCH_AUTH_USERNAME", "user").Set("TRIPTYCH_AUTH_PASSWORD", "passw0rd");
        await StartAsync();
    }
}

public sealed class CredentialsOnTheWireTests(GuardedServer server) : IClassFixture<GuardedServer>
{
    [Theory]
    [InlineData("Bearer t0ken")]
    [InlineData("Basic dXNlcjpwYXNzdzByZA==")]
    public async Task Credentials_open_http_and_grpc(string header)
    {
        void Show(HttpRequestMessage request) => request.Headers.TryAddWithoutValidation("Authorization", header);
        (await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/logs"), Bodies.Logs("a", header), Wire.Protobuf, change: Show)).Status.ShouldBe(200);
        (await Wire.CallAsync(server.Url(server.OtlpGrpcPort, Wire.LogsService), Bodies.Logs("b", header), change: Show)).GrpcStatus.ShouldBe(0);
        (await Wire.GetAsync(server.Url(server.UiPort, "/metrics"), Show)).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer wrong")]
    [InlineData("Basic dXNlcjp3cm9uZw==")]
    [InlineData("Basic Og==")]
    public async Task Without_the_right_ones_the_answer_is_always_the_same(string? header)
    {
        void Show(HttpRequestMessage request)
        {
            if (header is not null) request.Headers.TryAddWithoutValidation("Authorization", header);
        }

        foreach (var (port, path) in new[] { (server.UiPort, "/"), (server.UiPort, "/metrics"), (server.PrometheusPort, "/api/v1/write"), (server.LokiPort, "/loki/api/v1/push"), (server.OtlpHttpPort, "/v1/logs"), (server.TempoPort, "/no/such/path") })
        {
            (await Wire.PostAsync(server.Url(port, path), [], Wire.Protobuf, change: Show)).ShouldBeOneLine(401, "credentials are missing or wrong");
        }

        var call = await Wire.CallAsync(server.Url(server.OtlpGrpcPort, Wire.LogsService), Bodies.Logs("c", "refused"), change: Show);
        (call.Status, call.GrpcStatus, call.GrpcMessage).ShouldBe((200, 16, "credentials are missing or wrong"));
    }

    [Theory]
    [InlineData("/-/healthy")]
    [InlineData("/-/ready")]
    [InlineData("/ready")]
    public async Task Health_asks_for_nothing(string path) => (await Wire.GetAsync(server.Url(server.UiPort, path))).Status.ShouldBe(200);

    [Fact]
    public void Secrets_are_not_in_the_diagnostics()
    {
        server.Error.ShouldNotContain("t0ken");
        server.Error.ShouldNotContain("passw0rd");
    }
}

public sealed class BrowserGuardTests(DefaultServer server)
{
    [Theory]
    [InlineData("localhost", 200)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("[::1]", 200)]
    [InlineData("LOCALHOST:3000", 200)]
    [InlineData("evil.example", 403)]
    [InlineData("evil.example:3000", 403)]
    [InlineData("localhost.evil.example", 403)]
    [InlineData("127.0.0.1.evil.example", 403)]
    public async Task On_loopback_the_host_has_to_be_this_one(string host, int status) =>
        (await Wire.GetAsync(server.Url(server.UiPort, "/api/triptych/v1/status/sources"), r => r.Headers.Host = host)).Status.ShouldBe(status);

    [Theory]
    [InlineData("http://evil.example")]
    [InlineData("https://127.0.0.1.evil.example")]
    [InlineData("null")]
    [InlineData("file://")]
    [InlineData("http://localhost:1")]
    public async Task A_page_from_elsewhere_may_not_post(string origin)
    {
        var answer = await Wire.PostAsync(
            server.Url(server.UiPort, "/v1/logs"), Bodies.Logs("origin", origin), Wire.Protobuf, change: r => r.Headers.TryAddWithoutValidation("Origin", origin));
        answer.Status.ShouldBe(403);
    }

    [Fact]
    public async Task The_own_page_may_post_by_whichever_name_it_was_opened()
    {
        await PostFromAsync(server.Url(server.UiPort).GetLeftPart(UriPartial.Authority));
        await PostFromAsync($"http://localhost:{server.UiPort}");
    }

    private async Task PostFromAsync(string own)
    {
        var answer = await Wire.PostAsync(
            server.Url(server.UiPort, "/v1/logs"), Bodies.Logs("origin", "own"), Wire.Protobuf, change: r => r.Headers.TryAddWithoutValidation("Origin", own));
        answer.Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_foreign_page_over_grpc_is_permission_denied()
    {
        var answer = await Wire.CallAsync(
            server.Url(server.OtlpGrpcPort, Wire.LogsService), [], change: r => r.Headers.TryAddWithoutValidation("Origin", "http://evil.example"));
        answer.GrpcStatus.ShouldBe(7);
    }
}
