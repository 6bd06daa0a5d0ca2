using System.Globalization;
using System.Text;
using System.Text.Json;
using Google.Protobuf;

namespace Triptych.Server.Tests.Intake;

/// <summary>Requests of which a part is refused: the rest is kept, and the answer says how many were not and why, in each form of OTLP.</summary>
public sealed class PartialSuccessTests(DefaultServer server)
{
    private static readonly byte[] TraceId = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 99];

    [Fact]
    public async Task Metrics_that_are_not_stored_are_refused_by_name()
    {
        var refused = Bodies.ExponentialHistogram("exponential.histogram", scale: -5);
        const string text = "schema -5";
        var body = Bodies.Metrics("partial", Bodies.Gauge("kept", 1), refused);
        var answer = await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/metrics"), body, Wire.Protobuf);
        answer.Status.ShouldBe(200, answer.Text);
        ReadPartialSuccess(answer.Body, out var message).ShouldBe(1);
        message.ShouldContain(text);
        var call = await Wire.CallAsync(
            server.Url(server.OtlpGrpcPort, Wire.MetricsService), Bodies.Metrics("partial-grpc", Bodies.Gauge("kept", 1), refused));
        call.GrpcStatus.ShouldBe(0);
        ReadPartialSuccess(call.GrpcBody, out message).ShouldBe(1);
        message.ShouldContain(text);
    }

    [Fact]
    public async Task A_resend_of_a_partly_refused_request_is_answered_alike_and_counted_once()
    {
        void Name(HttpRequestMessage request) => request.Headers.TryAddWithoutValidation("X-Scope-OrgID", "resend");
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var series = new Triptych.Ingest.Tests.Protos.Push.TimeSeries { Labels = { new Triptych.Ingest.Tests.Protos.Push.Label { Name = "__name__", Value = "resent" } } };
        foreach (var time in new[] { 1000L, now - 1000, now }) series.Samples.Add(new Triptych.Ingest.Tests.Protos.Push.Sample { Value = 1, Timestamp = time });
        var samples = Wire.SnappyBlock(new Triptych.Ingest.Tests.Protos.Push.WriteRequest { Timeseries = { series } }.ToByteArray());
        var entries = Encoding.UTF8.GetBytes(
            $$"""{"streams":[{"stream":{"app":"resent"},"values":[["1000000000","old"],["{{Bodies.NowNanos}}","new"]]}]}""");
        var spans = Bodies.Traces(
            "resend", Bodies.NewSpan([.. TraceId.AsSpan(0, 15), 77], [1, 2, 3, 4, 5, 6, 7, 8]),
            Bodies.NewSpan([.. TraceId.AsSpan(0, 15), 77], []));
        var answers = new List<(Answer Samples, Answer Entries, Answer Spans)>();
        for (var i = 0; i < 3; i++)
        {
            answers.Add((
                await Wire.PostAsync(server.Url(server.PrometheusPort, "/api/v1/write"), samples, Wire.Protobuf, "snappy", Name),
                await Wire.PostAsync(server.Url(server.LokiPort, "/loki/api/v1/push"), entries, Wire.Json, change: Name),
                await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/traces"), spans, Wire.Protobuf, change: Name)));
        }

        answers[0].Samples.ShouldBeOneLine(400, "(1 samples refused, 2 kept)");
        answers[0].Entries.ShouldBeOneLine(400, "total ignored: 1 out of 2");
        ReadPartialSuccess(answers[0].Spans.Body, out _).ShouldBe(1);
        foreach (var (again, entriesAgain, spansAgain) in answers.Skip(1))
        {
            again.ShouldBeOneLine(400, answers[0].Samples.Text);
            entriesAgain.ShouldBeOneLine(400, answers[0].Entries.Text);
            spansAgain.Body.ShouldBe(answers[0].Spans.Body);
        }

        // Those of this tenant: other tests count on the same server.
        using var status = JsonDocument.Parse((await Wire.GetAsync(server.Url(server.UiPort, "/api/triptych/v1/status/sources"), Name)).Body);
        status.RootElement.GetProperty("refusals").EnumerateArray().Select(r => r.GetProperty("signal").GetString()).Order()
            .ShouldBe(["logs", "metrics", "traces"]);
    }

    [Fact]
    public async Task In_json_the_count_is_a_string()
    {
        var nanos = Bodies.NowNanos.ToString(CultureInfo.InvariantCulture);
        var body = "{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"name\":\"d\",\"gauge\":{"
            + "\"dataPoints\":[{\"timeUnixNano\":\"" + nanos + "\",\"asDouble\":1},{\"timeUnixNano\":\"" + nanos + "\",\"asDouble\":2},"
            + "{\"timeUnixNano\":\"" + nanos + "\",\"asDouble\":3}]}}]}]}]}";
        using var partial = await ReadJsonAsync("/v1/metrics", body);
        partial.RootElement.GetProperty("partialSuccess").GetProperty("rejectedDataPoints").GetString().ShouldBe("2");
        partial.RootElement.GetProperty("partialSuccess").GetProperty("errorMessage").GetString()!.ShouldContain("duplicate sample for timestamp");
    }

    [Theory]
    [InlineData(new byte[] { 1, 2, 3 })]
    [InlineData(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[0])]
    public async Task Spans_without_a_valid_id_are_refused_and_the_others_kept(byte[] spanId)
    {
        byte[] goodId = [.. TraceId.AsSpan(0, 15), (byte)(100 + spanId.Length)];
        var body = Bodies.Traces("partial", Bodies.NewSpan(goodId, [1, 2, 3, 4, 5, 6, 7, 8]), Bodies.NewSpan(goodId, spanId));
        var answer = await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/traces"), body, Wire.Protobuf);
        answer.Status.ShouldBe(200, answer.Text);
        ReadPartialSuccess(answer.Body, out var message).ShouldBe(1);
        message.ShouldContain("span's id");
        (await Wire.GetAsync(server.Url(server.TempoPort, "/api/traces/" + Convert.ToHexStringLower(goodId)))).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Spans_in_json_are_rejectedSpans()
    {
        var body = "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":\"" + Convert.ToHexStringLower(TraceId)
            + "\",\"spanId\":\"00\",\"name\":\"a\",\"startTimeUnixNano\":\"1\",\"endTimeUnixNano\":\"2\"}]}]}]}";
        using var partial = await ReadJsonAsync("/v1/traces", body);
        partial.RootElement.GetProperty("partialSuccess").GetProperty("rejectedSpans").GetString().ShouldBe("1");
    }

    [Fact]
    public async Task Records_that_are_too_old_are_rejectedLogRecords()
    {
        var body = "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"timeUnixNano\":\"1000000000\",\"body\":{\"stringValue\":\"old\"}}]}]}]}";
        using var partial = await ReadJsonAsync("/v1/logs", body);
        partial.RootElement.GetProperty("partialSuccess").GetProperty("rejectedLogRecords").GetString().ShouldBe("1");
    }

    [Fact]
    public async Task A_resend_is_one_record_over_every_way_in()
    {
        var logs = Bodies.Logs("resent", "one line");
        for (var i = 0; i < 3; i++) (await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/logs"), logs, Wire.Protobuf)).Status.ShouldBe(200);
        (await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/logs"), Wire.Gzip(logs), Wire.Protobuf, "gzip")).Status.ShouldBe(200);
        (await Wire.CallAsync(server.Url(server.OtlpGrpcPort, Wire.LogsService), logs)).GrpcStatus.ShouldBe(0);
        (await CountLinesAsync("{service_name=\"resent\"}")).ShouldBe(1);

        var push = Bodies.PushJson("resent", "pushed");
        for (var i = 0; i < 3; i++) (await Wire.PostAsync(server.Url(server.LokiPort, "/loki/api/v1/push"), push, Wire.Json)).Status.ShouldBe(204);
        (await CountLinesAsync("{app=\"resent\"}")).ShouldBe(1);

        byte[] traceId = [.. TraceId.AsSpan(0, 15), 77];
        var trace = Bodies.Trace("resent", traceId, [1, 2, 3, 4, 5, 6, 7, 9]);
        for (var i = 0; i < 3; i++) (await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/traces"), trace, Wire.Protobuf)).Status.ShouldBe(200);
        var found = await Wire.GetAsync(server.Url(server.TempoPort, "/api/traces/" + Convert.ToHexStringLower(traceId)));
        found.Text.Split("\"spanId\"").Length.ShouldBe(2, found.Text);

        var write = Wire.SnappyBlock(Bodies.RemoteWrite("resent", 1));
        for (var i =
            0; i < 3; i++) (await Wire.PostAsync(server.Url(server.PrometheusPort, "/api/v1/write"), write, Wire.Protobuf, "snappy")).Status.ShouldBe(204);
    }

    private async Task<JsonDocument> ReadJsonAsync(string path, string body)
    {
        var answer = await Wire.PostAsync(server.Url(server.OtlpHttpPort, path), Encoding.UTF8.GetBytes(body), Wire.Json);
        (answer.Status, answer.ContentType).ShouldBe((200, Wire.Json), answer.Text);
        return JsonDocument.Parse(answer.Body);
    }

    private async Task<int> CountLinesAsync(string selector)
    {
        var answer = await Wire.GetAsync(server.Url(server.LokiPort, $"/loki/api/v1/query_range?since=1h&query={Uri.EscapeDataString(selector)}"));
        answer.Status.ShouldBe(200, answer.Text);
        using var json = JsonDocument.Parse(answer.Body);
        return json.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().Sum(s => s.GetProperty("values").GetArrayLength());
    }

    /// <summary><c>Export…ServiceResponse { partial_success 1 { rejected 1, error_message 2 } }</c>, read with protobuf's own reader.</summary>
    private static long ReadPartialSuccess(byte[] body, out string message)
    {
        var response = new CodedInputStream(body);
        response.ReadTag().ShouldBe(10u);
        var partial = response.ReadBytes().CreateCodedInput();
        response.IsAtEnd.ShouldBeTrue();
        partial.ReadTag().ShouldBe(8u);
        var rejected = partial.ReadInt64();
        partial.ReadTag().ShouldBe(18u);
        message = partial.ReadString();
        return rejected;
    }
}
