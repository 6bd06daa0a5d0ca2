namespace Triptych.Server.Tests.Intake;

/// <summary>A server that takes bodies up to a small size, shared by the tests below.</summary>
public sealed class SmallServer : ServerProcess, IAsyncLifetime
{
    public const int MaxSentBytes = 4000;

    public async ValueTask InitializeAsync()
    {
        Set("TRIPTYCH_INGEST_MAX_COMPRESSED_SIZE", "4000").Set("TRIPTYCH_INGEST_MAX_BODY_SIZE", "20000");
        await StartAsync();
    }
}

/// <summary>The same four faults at each endpoint that takes bodies: one line and the protocol's 4xx, and the next good body is taken.</summary>
public sealed class RefusedBodyTests(SmallServer server) : IClassFixture<SmallServer>
{
    public static TheoryData<string> Endpoints =>
        ["otlp-logs", "otlp-metrics", "otlp-traces", "otlp-json", "loki-otlp", "prometheus-otlp", "remote-write", "push-json", "push-protobuf"];

    [Theory]
    [MemberData(nameof(Endpoints))]
    public async Task An_unknown_content_encoding_is_415_by_name(string endpoint) =>
        (await PostAsync(endpoint, encoding: "br")).ShouldBeOneLine(415, "br");

    [Theory]
    [MemberData(nameof(Endpoints))]
    public async Task A_wrong_content_type_is_4xx_by_name(string endpoint)
    {
        // Loki reads what is not JSON as protobuf, so that there it is a body that cannot be read.
        var status = endpoint.StartsWith("push", StringComparison.Ordinal) ? 400 : 415;
        var body = endpoint == "push-protobuf" ? "not snappy"u8.ToArray() : null;
        (await PostAsync(endpoint, type: "text/plain", body: body)).ShouldBeOneLine(status, "content type", "text/plain");
    }

    [Theory]
    [MemberData(nameof(Endpoints))]
    public async Task Too_large_as_sent_is_413(string endpoint) =>
        (await PostAsync(endpoint, body: new byte[SmallServer.MaxSentBytes + 1])).ShouldBeOneLine(413, "larger than 4000 bytes as sent");

    [Theory]
    [MemberData(nameof(Endpoints))]
    public async Task Too_large_when_it_is_decompressed_is_413(string endpoint)
    {
        var large = new byte[20_001];
        var isSnappy = endpoint is "remote-write" or "push-protobuf";
        var answer = isSnappy
            ? await PostAsync(endpoint, body: Wire.SnappyBlock(large))
            : await PostAsync(endpoint, body: Wire.Gzip(large), encoding: "gzip");
        answer.ShouldBeOneLine(413, "larger than 20000 bytes after decompression");
    }

    [Theory]
    [MemberData(nameof(Endpoints))]
    public async Task A_truncated_body_is_400_wherever_it_ends(string endpoint)
    {
        var (_, body, _, _) = Good(endpoint);
        for (var length = 1; length < body.Length; length += Math.Max(1, body.Length / 7))
        {
            (await PostAsync(endpoint, body: body[..length])).ShouldBeOneLine(400);
        }

        // Whole as compressed, cut within the message.
        if (endpoint == "remote-write")
        {
            (await PostAsync(endpoint, body: Wire.SnappyBlock(Bodies.RemoteWrite("m", 1).AsSpan()[..^2]))).ShouldBeOneLine(400, "offset");
        }
        if (endpoint == "push-protobuf")
        {
            (await PostAsync(endpoint, body: Wire.SnappyBlock(Bodies.Push("{a=\"b\"}", "x").AsSpan()[..^2]))).ShouldBeOneLine(400, "offset");
        }
    }

    [Theory]
    [MemberData(nameof(Endpoints))]
    public async Task A_good_body_is_taken(string endpoint) => (await PostAsync(endpoint)).Status.ShouldBeOneOf(200, 204);

    [Fact]
    public async Task Loki_protobuf_is_taken_within_gzip_too_as_Loki_does() =>
        (await PostAsync("push-protobuf", body: Wire.Gzip(Wire.SnappyBlock(Bodies.Push("{a=\"b\"}", "gzipped"))), encoding: "gzip")).Status.ShouldBe(204);

    private Task<Answer> PostAsync(string endpoint, byte[]? body = null, string? type = null, string? encoding = null)
    {
        var (url, good, goodType, goodEncoding) = Good(endpoint);
        return Wire.PostAsync(url, body ?? good, type ?? goodType, encoding ?? goodEncoding);
    }

    private (Uri Url, byte[] Body, string Type, string? Encoding) Good(string endpoint) => endpoint switch
    {
        "otlp-logs" => (server.Url(server.OtlpHttpPort, "/v1/logs"), Bodies.Logs("s", "a line"), Wire.Protobuf, null),
        "otlp-metrics" => (server.Url(server.OtlpHttpPort, "/v1/metrics"), Bodies.Metrics("s", Bodies.Gauge("g", 1)), Wire.Protobuf, null),
        "otlp-traces" => (server.Url(server.OtlpHttpPort, "/v1/traces"), Bodies.Trace("s", new byte[15].Append((byte)1).ToArray(), [1, 2, 3, 4, 5, 6, 7, 8]), Wire.Protobuf, null),
        "otlp-json" => (server.Url(server.OtlpHttpPort, "/v1/logs"), Bodies.LogsJson("s", "a line"), Wire.Json, null),
        "loki-otlp" => (server.Url(server.LokiPort, "/otlp/v1/logs"), Bodies.Logs("s", "a line"), Wire.Protobuf, null),
        "prometheus-otlp" => (server.Url(server.PrometheusPort, "/api/v1/otlp/v1/metrics"), Bodies.Metrics("s", Bodies.Gauge("g", 1)), Wire.Protobuf, null),
        "remote-write" => (server.Url(server.PrometheusPort, "/api/v1/write"), Wire.SnappyBlock(Bodies.RemoteWrite("m", 1)), Wire.Protobuf, "snappy"),
        "push-json" => (server.Url(server.LokiPort, "/loki/api/v1/push"), Bodies.PushJson("s", "a line"), Wire.Json, null),
        _ => (server.Url(server.LokiPort, "/loki/api/v1/push"), Wire.SnappyBlock(Bodies.Push("{a=\"b\"}", "a line")), Wire.Protobuf, null),
    };
}
