using System.Text;

namespace Triptych.Server.Tests.Intake;

/// <summary>Bodies that cannot be used, on every endpoint that takes some.</summary>
public sealed class BadBodyTests(DefaultServer server)
{
    private static readonly byte[] Good = Bodies.Logs("bad-bodies", "a line that is long enough to be cut somewhere in its middle");

    public static TheoryData<string> OtlpPaths => ["/v1/logs", "/v1/traces", "/v1/metrics"];

    [Theory]
    [MemberData(nameof(OtlpPaths))]
    public async Task An_empty_body_is_valid(string path)
    {
        var protobuf = await PostAsync(path, [], Wire.Protobuf);
        (protobuf.Status, protobuf.Body.Length, protobuf.ContentType).ShouldBe((200, 0, Wire.Protobuf));
        var json = await PostAsync(path, "{}"u8.ToArray(), Wire.Json);
        (json.Status, json.Text, json.ContentType).ShouldBe((200, "{}", Wire.Json));
        (await PostAsync(path, Wire.Gzip([]), Wire.Protobuf, "gzip")).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData(Wire.TraceService)]
    [InlineData(Wire.MetricsService)]
    [InlineData(Wire.LogsService)]
    public async Task An_empty_message_is_valid(string service)
    {
        var answer = await Wire.CallAsync(server.Url(server.OtlpGrpcPort, service), []);
        (answer.Status, answer.GrpcStatus, answer.GrpcBody.Length).ShouldBe((200, 0, 0));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("zstd")]
    [InlineData("deflate")]
    [InlineData("snappy")]
    [InlineData("identity")]
    [InlineData("GZIP")]
    public async Task Every_known_compression_is_taken(string encoding)
    {
        var answer = await PostAsync("/v1/logs", Compress(Good, encoding.ToLowerInvariant()), Wire.Protobuf, encoding);
        answer.Status.ShouldBe(200, answer.Text);
    }

    [Theory]
    [InlineData("br")]
    [InlineData("compress")]
    [InlineData("gzip, gzip")]
    public async Task An_unknown_compression_is_415(string encoding) =>
        ReadStatus(await PostAsync("/v1/logs", Good, Wire.Protobuf, encoding), 415).ShouldContain(encoding);

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/grpc")]
    [InlineData(null)]
    public async Task An_unknown_content_type_is_415(string? type) => ReadStatus(await PostAsync("/v1/logs", Good, type), 415).ShouldContain("content type");

    [Theory]
    [InlineData("gzip")]
    [InlineData("zstd")]
    [InlineData("deflate")]
    [InlineData("snappy")]
    public async Task What_is_not_compressed_as_it_says_is_400(string encoding) =>
        ReadStatus(await PostAsync("/v1/logs", Good, Wire.Protobuf, encoding), 400).ShouldContain(encoding);

    [Theory]
    [InlineData("gzip")]
    [InlineData("zstd")]
    [InlineData("deflate")]
    [InlineData("snappy")]
    public async Task What_is_cut_off_within_its_compression_is_400(string encoding) =>
        ReadStatus(await PostAsync("/v1/logs", Compress(Good, encoding)[..^6], Wire.Protobuf, encoding), 400).ShouldContain(encoding);

    [Fact]
    public async Task Truncated_protobuf_is_400_and_says_where()
    {
        for (var length = 1; length < Good.Length; length += 7)
        {
            ReadStatus(await PostAsync("/v1/logs", Good[..length], Wire.Protobuf), 400).ShouldContain("offset");
        }
    }

    [Theory]
    [InlineData("{\"resourceLogs\":[")]
    [InlineData("[]")]
    [InlineData("{\"resourceLogs\":5}")]
    [InlineData("not json")]
    [InlineData("{} {}")]
    public async Task Invalid_json_is_400_in_json(string body)
    {
        var answer = await PostAsync("/v1/logs", Encoding.UTF8.GetBytes(body), Wire.Json);
        answer.ContentType.ShouldBe(Wire.Json);
        answer.ShouldBeOneLine(400, "\"message\":\"", "\"code\":3");
    }

    [Fact]
    public async Task Nesting_without_end_is_400()
    {
        var body = "{\"resourceLogs\":[{\"resource\":" + string.Concat(Enumerable.Repeat("{\"a\":[", 50_000));
        (await PostAsync("/v1/logs", Encoding.UTF8.GetBytes(body), Wire.Json)).Status.ShouldBe(400);
    }

    [Fact]
    public async Task A_length_that_lies_in_snappy_is_refused()
    {
        byte[] lies = [0xff, 0xff, 0xff, 0x7f, 0, 0];
        (await Wire.PostAsync(server.Url(server.PrometheusPort, "/api/v1/write"), lies, Wire.Protobuf, "snappy")).ShouldBeOneLine(400, "snappy");
        byte[] small = [100, 0, (byte)'a'];
        (await Wire.PostAsync(server.Url(server.PrometheusPort, "/api/v1/write"), small, Wire.Protobuf, "snappy")).ShouldBeOneLine(400, "snappy");
        (await Wire.PostAsync(server.Url(server.LokiPort, "/loki/api/v1/push"), lies, Wire.Protobuf)).ShouldBeOneLine(400, "snappy");
    }

    [Fact]
    public async Task Remote_write_says_what_it_does_not_take()
    {
        var url = server.Url(server.PrometheusPort, "/api/v1/write");
        var body = Wire.SnappyBlock(Bodies.RemoteWrite("bad_bodies", 1));
        (await Wire.PostAsync(url, body, Wire.Protobuf, "snappy")).Status.ShouldBe(204);
        (await Wire.PostAsync(url, Wire.SnappyBlock([]), Wire.Protobuf, "snappy")).Status.ShouldBe(204);
        (await Wire.PostAsync(url, body, "application/x-protobuf;proto=io.prometheus.write.v3.Request", "snappy"))
            .ShouldBeOneLine(415, "io.prometheus.write.v3.Request");
        (await Wire.PostAsync(url, body, "text/plain", "snappy")).ShouldBeOneLine(415, "text/plain");
        (await Wire.PostAsync(url, Wire.Gzip(body), Wire.Protobuf, "gzip")).ShouldBeOneLine(415, "gzip");
        (await Wire.PostAsync(url, Bodies.RemoteWrite("bad_bodies", 1), Wire.Protobuf, "snappy")).ShouldBeOneLine(400, "snappy");
        (await Wire.PostAsync(url, Wire.SnappyBlock(Bodies.RemoteWrite("bad_bodies", 1).AsSpan()[..^3]), Wire.Protobuf, "snappy"))
            .ShouldBeOneLine(400, "offset");
    }

    [Fact]
    public async Task Loki_push_takes_json_and_protobuf_and_says_what_is_wrong()
    {
        var url = server.Url(server.LokiPort, "/loki/api/v1/push");
        (await Wire.PostAsync(url, Bodies.PushJson("bad", "json"), Wire.Json)).Status.ShouldBe(204);
        (await Wire.PostAsync(url, Wire.Gzip(Bodies.PushJson("bad", "gzipped")), Wire.Json, "gzip")).Status.ShouldBe(204);
        (await Wire.PostAsync(url, Wire.SnappyBlock(Bodies.Push("{app=\"bad\"}", "protobuf")), Wire.Protobuf)).Status.ShouldBe(204);
        (await Wire.PostAsync(url, "{\"streams\":[{"u8.ToArray(), Wire.Json)).ShouldBeOneLine(400);
        (await Wire.PostAsync(url, Bodies.Push("{app=\"bad\"}", "not snappy"), Wire.Protobuf)).ShouldBeOneLine(400, "snappy");
        (await Wire.PostAsync(url, Wire.SnappyBlock(Bodies.Push("{app=\"bad\"}", "cut").AsSpan()[..^2]), Wire.Protobuf)).ShouldBeOneLine(400, "offset");
        (await Wire.PostAsync(url, Wire.SnappyBlock(Bodies.Push("app=bad", "labels")), Wire.Protobuf)).ShouldBeOneLine(400);
        (await Wire.PostAsync(url, Bodies.PushJson("bad", "x"), Wire.Json, "br")).ShouldBeOneLine(415, "br");
    }

    [Fact]
    public async Task Bad_frames_of_grpc_are_invalid_arguments()
    {
        async Task ShouldBe(int status, string text, byte[] framed, string? encoding = null)
        {
            var answer = await Wire.CallFramedAsync(server.Url(server.OtlpGrpcPort, Wire.LogsService), framed, encoding);
            (answer.Status, answer.GrpcStatus).ShouldBe((200, status), answer.GrpcMessage);
            answer.GrpcMessage.ShouldContain(text);
            answer.GrpcMessage.ShouldNotContain('\n');
        }

        await ShouldBe(3, "cut off", []);
        await ShouldBe(3, "cut off", [0, 0]);
        await ShouldBe(3, "cut off", Wire.Frame(Good)[..^5]);
        await ShouldBe(3, "unknown flag 7", [7, 0, 0, 0, 0]);
        await ShouldBe(3, "grpc-encoding", Wire.Frame(Good, compressed: true));
        await ShouldBe(3, "gzip", Wire.Frame(Good, compressed: true), "gzip");
        await ShouldBe(12, "br", Wire.Frame(Good, compressed: true), "br");
        await ShouldBe(8, "larger than", Wire.Frame([], length: uint.MaxValue));
        await ShouldBe(3, "offset", Wire.Frame(Good[..^3]));
        await ShouldBe(3, "second", [.. Wire.Frame(Good), .. Wire.Frame(Good)]);
        await ShouldBe(0, "", Wire.Frame(Wire.Gzip(Good), compressed: true), "gzip");
        await ShouldBe(0, "", Wire.Frame(Wire.ZstdFrame(Good), compressed: true), "zstd");
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("")]
    public async Task A_tenant_that_is_no_name_is_400(string tenant)
    {
        void Name(HttpRequestMessage request) => request.Headers.TryAddWithoutValidation("X-Scope-OrgID", tenant);
        (await PostAsync("/v1/logs", Good, Wire.Protobuf, change: Name)).Status.ShouldBe(400);
        (await Wire.PostAsync(server.Url(server.LokiPort, "/loki/api/v1/push"), Bodies.PushJson("x", "y"), Wire.Json, change: Name)).Status.ShouldBe(400);
        (await Wire.CallAsync(server.Url(server.OtlpGrpcPort, Wire.LogsService), Good, change: Name)).GrpcStatus.ShouldBe(3);
    }

    [Fact]
    public async Task A_bad_request_leaves_its_connection_usable()
    {
        var ports = 0;
        using var client = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (context, cancel) =>
            {
                Interlocked.Increment(ref ports);
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(context.DnsEndPoint, cancel);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
        });
        var url = server.Url(server.OtlpHttpPort, "/v1/logs");
        for (var i = 0; i < 3; i++)
        {
            (await Wire.PostAsync(url, Good[..^1], Wire.Protobuf, client: client)).Status.ShouldBe(400);
            (await Wire.PostAsync(url, Good, Wire.Protobuf, "br", client: client)).Status.ShouldBe(415);
            (await Wire.PostAsync(url, Bodies.Logs("usable", $"{i}"), Wire.Protobuf, client: client)).Status.ShouldBe(200);
        }

        ports.ShouldBe(1);
    }

    private Task<Answer> PostAsync(string path, byte[] body, string? type, string? encoding = null, Action<HttpRequestMessage>? change = null) =>
        Wire.PostAsync(server.Url(server.OtlpHttpPort, path), body, type, encoding, change);

    /// <summary>The message of a <c>google.rpc.Status</c> in protobuf.</summary>
    private static string ReadStatus(Answer answer, int status)
    {
        answer.Status.ShouldBe(status, answer.Text);
        answer.ContentType.ShouldBe(Wire.Protobuf);
        answer.Body[0].ShouldBe((byte)0x08);
        answer.Body[2].ShouldBe((byte)0x12);
        answer.Text.ShouldNotContain('\n');
        return answer.Text;
    }

    private static byte[] Compress(byte[] data, string encoding)
    {
        switch (encoding)
        {
            case "gzip": return Wire.Gzip(data);
            case "zstd": return Wire.ZstdFrame(data);
            case "snappy": return Wire.SnappyBlock(data);
            case "identity": return data;
            default:
                using (var output = new MemoryStream())
                {
                    using (var deflate = new System.IO.Compression.ZLibStream(output, System.IO.Compression.CompressionLevel.Fastest)) deflate.Write(data);
                    return output.ToArray();
                }
        }
    }
}
