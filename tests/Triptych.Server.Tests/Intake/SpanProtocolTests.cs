using System.Globalization;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Triptych.Ingest.Tests.Jaeger;
using Triptych.Ingest.Tests.Protos.Jaeger;
using Triptych.Testing;

namespace Triptych.Server.Tests.Intake;

/// <summary>Jaeger and Zipkin on their own ports and on that of the UI, as their clients send, and what the server has of it then.</summary>
public sealed class SpanProtocolTests : IAsyncLifetime
{
    private const string PostSpans = "/jaeger.api_v2.CollectorService/PostSpans";
    private const string Thrift = "application/x-thrift";

    private readonly ServerProcess _server = new();
    private readonly PortLease _ports = new(3);

    private int GrpcPort => _ports.Ports[0];

    private int ThriftPort => _ports.Ports[1];

    private int ZipkinPort => _ports.Ports[2];

    private static long NowMicros => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1000;

    public async ValueTask InitializeAsync()
    {
        var config = Path.Combine(_server.Folder, "triptych.yaml");
        await File.WriteAllTextAsync(config, string.Create(CultureInfo.InvariantCulture, $$"""
            listen:
              jaeger_grpc_port: {{GrpcPort}}
              jaeger_http_port: {{ThriftPort}}
              zipkin_port: {{ZipkinPort}}
            ingest:
              max_body_size: 1MiB
            """));
        await _server.StartAsync("serve", "--config", config);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _ports.Dispose();
    }

    [Fact]
    public async Task What_is_sent_is_found()
    {
        var thrift = ThriftBatch.Batch("thrifty", [ThriftBatch.Tag("host", "h")], ThriftSpan(1).List(10, ThriftBatch.Tag("error", true)));
        var zipped = Wire.Gzip(ThriftBatch.Batch("ui", [], ThriftSpan(2)));
        foreach (var (port, encoding, body) in new[] { (ThriftPort, null, thrift), (_server.UiPort, "gzip", zipped) })
        {
            var posted = await Wire.PostAsync(_server.Url(port, "/api/traces?format=jaeger.thrift"), body, Thrift, encoding);
            posted.Status.ShouldBe(202, posted.Text);
        }

        var call = await Wire.CallAsync(_server.Url(GrpcPort, PostSpans), Protobuf("grpc", 3));
        call.GrpcStatus.ShouldBe(0, call.GrpcMessage);
        call.GrpcBody.ShouldBeEmpty();
        (await Wire.CallAsync(_server.Url(GrpcPort, PostSpans), Wire.Gzip(Protobuf("grpc-gzip", 4)), "gzip")).GrpcStatus.ShouldBe(0);
        (await Wire.CallAsync(_server.Url(_server.UiPort, PostSpans), Protobuf("grpc-ui", 5))).GrpcStatus.ShouldBe(0);
        (await Wire.PostAsync(_server.Url(ZipkinPort, "/api/v2/spans"), Zipkin("zip", 6), Wire.Json)).Status.ShouldBe(202);
        (await Wire.PostAsync(_server.Url(_server.UiPort, "/api/v2/spans"), Wire.Gzip(Zipkin("zip-ui", 7)), Wire.Json, "gzip")).Status.ShouldBe(202);
        (await FindAsync("{ }")).ShouldBe(["grpc", "grpc-gzip", "grpc-ui", "thrifty", "ui", "zip", "zip-ui"]);
        (await FindAsync("{ status = error && resource.host = \"h\" }")).ShouldBe(["thrifty"]);

        // Sent again it is answered alike, and nothing is stored twice.
        (await Wire.PostAsync(_server.Url(ThriftPort, "/api/traces"), thrift, Thrift)).Status.ShouldBe(202);
        var count = await Wire.GetAsync(_server.Url(_server.TempoPort, "/api/metrics/query?q={}|count_over_time()&since=1h"));
        using var counted = JsonDocument.Parse(count.Body);
        counted.RootElement.GetProperty("series")[0].GetProperty("value").GetInt32().ShouldBe(7);
    }

    [Fact]
    public async Task What_cannot_be_taken_is_refused_by_name_and_counted()
    {
        var thriftUrl = _server.Url(ThriftPort, "/api/traces");
        var zipkinUrl = _server.Url(ZipkinPort, "/api/v2/spans");
        (await Wire.PostAsync(thriftUrl, [1], "application/vnd.apache.thrift.compact")).ShouldBeOneLine(415, "compact", "binary");
        (await Wire.PostAsync(_server.Url(ThriftPort, "/api/traces?format=zipkin.thrift"), [0], Thrift)).ShouldBeOneLine(400, "zipkin.thrift");
        (await Wire.PostAsync(thriftUrl, [12, 0], Thrift)).ShouldBeOneLine(400, "malformed Thrift at offset 1");
        (await Wire.PostAsync(thriftUrl, new byte[(1 << 20) + 1], Thrift)).Status.ShouldBe(413);
        (await Wire.PostAsync(thriftUrl, Wire.GzipOfZeros(2 << 20), Thrift, "gzip")).Status.ShouldBe(413);
        (await Wire.PostAsync(thriftUrl, ThriftBatch.Batch("s", [], ThriftSpan(0), ThriftSpan(9)), Thrift))
            .ShouldBeOneLine(400, "no trace id", "total ignored: 1 out of 2");
        (await Wire.PostAsync(zipkinUrl, "{}"u8.ToArray(), Wire.Json)).ShouldBeOneLine(400, "a list of spans is expected");
        (await Wire.PostAsync(zipkinUrl, [1], Wire.Protobuf)).ShouldBeOneLine(415, "application/x-protobuf", "application/json");
        (await Wire.PostAsync(zipkinUrl, """[{"traceId":"1","id":"2"}]"""u8.ToArray(), Wire.Json)).ShouldBeOneLine(400, "no start time", "1 out of 1");
        var broken = await Wire.CallAsync(_server.Url(GrpcPort, PostSpans), [10, 5]);
        broken.GrpcStatus.ShouldBe(3);
        broken.GrpcMessage.ShouldContain("malformed protobuf");
        var partly = await Wire.CallAsync(_server.Url(GrpcPort, PostSpans), Protobuf("s", 0));
        partly.GrpcStatus.ShouldBe(3);
        partly.GrpcMessage.ShouldBe("a span has no trace id or no id of its own, or one that is no hexadecimal number, total ignored: 1 out of 1");
        (await Wire.CallAsync(_server.Url(GrpcPort, PostSpans), new byte[(1 << 20) + 1])).GrpcStatus.ShouldBe(8);
        (await Wire.PostAsync(_server.Url(GrpcPort, PostSpans), [], Thrift)).Status.ShouldBe(415);
        (await Wire.GetAsync(_server.Url(ThriftPort, "/api/search"))).Status.ShouldBe(404);
        (await Wire.GetAsync(thriftUrl)).Status.ShouldBe(405);
        (await FindAsync("{ }")).ShouldBe(["s"]);

        using var status = JsonDocument.Parse((await Wire.GetAsync(_server.Url(_server.UiPort, "/api/triptych/v1/status/sources"))).Body);
        var reasons = status.RootElement.GetProperty("refusals").EnumerateArray()
            .Where(r => r.GetProperty("signal").GetString() == "traces")
            .Select(r => $"{r.GetProperty("protocol").GetString()} {r.GetProperty("reason").GetString()}").Distinct().Order(StringComparer.Ordinal);
        reasons.ShouldBe(
        [
            "jaeger_grpc body", "jaeger_grpc invalid_id", "jaeger_grpc malformed", "jaeger_thrift bad_parameters", "jaeger_thrift body",
            "jaeger_thrift content_type", "jaeger_thrift invalid_id", "jaeger_thrift malformed",
            "zipkin content_type", "zipkin invalid_time", "zipkin malformed",
        ]);
    }

    private async Task<List<string>> FindAsync(string query)
    {
        var answer = await Wire.GetAsync(_server.Url(_server.TempoPort, $"/api/search?limit=100&q={Uri.EscapeDataString(query)}"));
        answer.Status.ShouldBe(200, answer.Text);
        using var json = JsonDocument.Parse(answer.Body);
        return [.. json.RootElement.GetProperty("traces").EnumerateArray()
            .SelectMany(t => t.GetProperty("serviceStats").EnumerateObject().Select(s => s.Name)).Order(StringComparer.Ordinal)];
    }

    private static ThriftBatch ThriftSpan(long trace) => ThriftBatch.Span(trace, 0, 1, 0, "op", NowMicros, 1000);

    private static byte[] Protobuf(string service, byte trace) => new PostSpansRequest
    {
        Batch = new Batch
        {
            Process = new Process { ServiceName = service },
            Spans =
            {
                new JaegerSpan
                {
                    TraceId = ByteString.CopyFrom(0, 0, 0, 0, 0, 0, 0, trace),
                    SpanId = ByteString.CopyFrom(0, 0, 0, 0, 0, 0, 0, 1),
                    OperationName = "op",
                    StartTime = new Moment { Seconds = NowMicros / 1_000_000 },
                },
            },
        },
    }.ToByteArray();

    private static byte[] Zipkin(string service, int trace) => Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $$"""[{"traceId":"{{trace}}","id":"1","name":"op","timestamp":{{NowMicros}},"duration":5,"localEndpoint":{"serviceName":"{{service}}"} }]"""));
}
