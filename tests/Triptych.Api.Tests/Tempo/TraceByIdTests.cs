using System.Net;
using System.Text;
using System.Text.Json;
using Triptych.Columnar;
using Triptych.Columnar.Rows;
using Triptych.Model;
using Triptych.Primitives.Protobuf;
using Triptych.Query.Budgets;
using Triptych.TraceQL.Tests.Planning;

namespace Triptych.Api.Tests.Tempo;

public class TraceByIdTests
{
    private const string Protobuf = "application/protobuf";

    private static readonly TestSpan[] Spans =
    [
        new(17, 1, 0, "shop", "outer")
        {
            StartMs = 10, DurationMs = 40, Kind = 2,
            Attributes = new()
            {
                ["code"] = 200, ["ratio"] = 0.5, ["ok"] = false, ["text"] = "hé\"llo",
                ["list"] = new object[] { "x", 7, 0.25, true, new object[] { 1 }, new Dictionary<string, object> { ["k"] = "v" } },
            },
        },
        new(17, 2, 1, "shop", "inner")
        {
            StartMs = 20, Kind = 3, Status = 2, StatusMessage = "bad", ScopeName = "lib",
            Events = [("exception", 5, new() { ["type"] = "E" })],
            Links = [(3, 4)],
        },
    ];

    [Theory]
    [InlineData("11")]
    [InlineData("00000000000000000000000000000011")]
    public async Task Version_1_answers_json_without_an_accept_header_and_takes_short_ids(string id)
    {
        await using var server = await TempoServer.StartAsync(Spans);
        var json = (await server.GetAsync($"/api/traces/{id}")).Json;
        json.EnumerateObject().Select(p => p.Name).ShouldBe(["batches"]);
        var batch = json.GetProperty("batches").EnumerateArray().ShouldHaveSingleItem();
        batch.GetProperty("resource").GetRawText().ShouldBe("""{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]}""");
        batch.GetProperty("scopeSpans").GetArrayLength().ShouldBe(2);
        var outer = batch.GetProperty("scopeSpans")[0].GetProperty("spans")[0];
        outer.GetProperty("traceId").GetBytesFromBase64().ShouldBe(TestSpan.TraceIdOf(17));
        outer.GetProperty("spanId").GetBytesFromBase64().ShouldBe(TestSpan.SpanIdOf(1));
        outer.TryGetProperty("parentSpanId", out _).ShouldBeFalse();
        outer.GetProperty("kind").GetString().ShouldBe("SPAN_KIND_SERVER");
        outer.GetProperty("startTimeUnixNano").GetString().ShouldBe("1767225600010000000");
        outer.GetProperty("endTimeUnixNano").GetString().ShouldBe("1767225600050000000");
        outer.GetProperty("status").GetRawText().ShouldBe("{}");
        outer.TryGetProperty("flags", out _).ShouldBeFalse();
        outer.TryGetProperty("events", out _).ShouldBeFalse();
        var values = outer.GetProperty("attributes").EnumerateArray().ToDictionary(a => a.GetProperty("key").GetString()!, a => a.GetProperty("value"));
        values["code"].GetRawText().ShouldBe("""{"intValue":"200"}""");
        values["ratio"].GetRawText().ShouldBe("""{"doubleValue":0.5}""");
        values["ok"].GetRawText().ShouldBe("""{"boolValue":false}""");
        values["text"].GetProperty("stringValue").GetString().ShouldBe("hé\"llo");
        values["list"].GetRawText().ShouldBe(
            """
            {"arrayValue":{"values":[{"stringValue":"x"},{"intValue":"7"},{"doubleValue":0.25},{"boolValue":true},
            {"arrayValue":{"values":[{"intValue":"1"}]}},{"kvlistValue":{"values":[{"key":"k","value":{"stringValue":"v"}}]}}]}}
            """.ReplaceLineEndings(""));
    }

    [Fact]
    public async Task Version_2_wraps_the_trace_and_tells_events_links_and_status()
    {
        await using var server = await TempoServer.StartAsync(Spans);
        var json = (await server.GetAsync("/api/v2/traces/11", "application/json")).Json;
        json.EnumerateObject().Select(p => p.Name).ShouldBe(["trace", "metrics"]);
        var scope = json.GetProperty("trace").GetProperty("resourceSpans")[0].GetProperty("scopeSpans")[1];
        scope.GetProperty("scope").GetRawText().ShouldBe("""{"name":"lib"}""");
        var inner = scope.GetProperty("spans")[0];
        inner.GetProperty("parentSpanId").GetBytesFromBase64().ShouldBe(TestSpan.SpanIdOf(1));
        inner.GetProperty("status").GetRawText().ShouldBe("""{"message":"bad","code":"STATUS_CODE_ERROR"}""");
        inner.GetProperty("events").GetRawText().ShouldBe(
            """[{"timeUnixNano":"1767225600025000000","name":"exception","attributes":[{"key":"type","value":{"stringValue":"E"}}]}]""");
        var link = inner.GetProperty("links").EnumerateArray().ShouldHaveSingleItem();
        link.GetProperty("traceId").GetBytesFromBase64().ShouldBe(TestSpan.TraceIdOf(3));
        link.GetProperty("spanId").GetBytesFromBase64().ShouldBe(TestSpan.SpanIdOf(4));
    }

    [Theory]
    [InlineData("application/protobuf;q=0, application/json", false)]
    [InlineData("application/json, application/protobuf;q=0.5", false)]
    [InlineData("application/json;q=0.5, application/protobuf", true)]
    [InlineData("application/protobuf, */*;q=0.1", true)]
    [InlineData("*/*", false)]
    [InlineData("no type", false)]
    public async Task The_form_is_that_which_is_accepted_most(string accept, bool isProtobuf)
    {
        await using var server = await TempoServer.StartAsync(Spans);
        (await server.GetAsync("/api/traces/11", accept)).MediaType.ShouldBe(isProtobuf ? Protobuf : "application/json");
    }

    [Fact]
    public async Task A_range_tells_where_to_look_and_cuts_nothing()
    {
        await using var server = await TempoServer.StartAsync(
            new TestSpan(17, 1, 0, "shop", "first") { StartMs = 10 }, new TestSpan(17, 2, 1, "db", "second") { StartMs = 600_000 });
        foreach (var range in new[] { "start=1767225600&end=1767225601", "start=1767226199&end=1767226300", "" })
            (await server.GetAsync($"/api/v2/traces/11?{range}")).Json.GetProperty("trace").GetProperty("resourceSpans").GetArrayLength().ShouldBe(2, range);
        (await server.GetAsync("/api/traces/11?start=1767236400&end=1767236500")).ShouldFail(404, "11");
    }

    [Fact]
    public async Task Protobuf_holds_the_same_trace_in_both_versions()
    {
        await using var server = await TempoServer.StartAsync(Spans);
        var first = await server.GetAsync("/api/traces/11", Protobuf);
        first.MediaType.ShouldBe(Protobuf);
        Describe(first.Body).ShouldBe(["shop/ outer 2 0 code,ratio,ok,text,list - -", "shop/lib inner 3 2  exception@1767225600025000000 3/4"]);
        ListOf(first.Body).ShouldBe("s:x i:7 d:0.25 b:True [i:1] {k=s:v}");

        var second = await server.GetAsync("/api/v2/traces/11", Protobuf);
        second.MediaType.ShouldBe(Protobuf);
        var (trace, fields) = Unwrap(second.Body);
        fields.ShouldBe([1, 2]);
        trace.ShouldBe(first.Body);
    }

    [Fact]
    public async Task An_unknown_trace_is_404_in_version_1_and_an_empty_trace_in_version_2()
    {
        await using var server = await TempoServer.StartAsync(Spans);
        (await server.GetAsync("/api/traces/ff")).ShouldFail(404, "ff");
        (await server.GetAsync("/api/traces/ff", Protobuf)).ShouldFail(404, "ff");
        (await server.GetAsync("/api/v2/traces/ff")).Json.GetRawText().ShouldBe("""{"trace":{},"metrics":{}}""");
        var (trace, _) = Unwrap((await server.GetAsync("/api/v2/traces/ff", Protobuf)).Body);
        trace.ShouldBeEmpty();
    }

    [Fact]
    public async Task Start_and_end_bound_the_look_up()
    {
        await using var server = await TempoServer.StartAsync(Spans);
        (await server.GetAsync("/api/traces/11?start=1767225600&end=1767225601")).Status.ShouldBe(HttpStatusCode.OK);
        (await server.GetAsync("/api/traces/11?start=1767229300")).ShouldFail(404, "11");
        (await server.GetAsync("/api/traces/11?start=20&end=10")).ShouldFail(400, "end (10) must be after start (20)");
    }

    [Theory]
    [InlineData("xyz")]
    [InlineData("111111111111111111111111111111111")]
    public async Task A_bad_id_is_refused(string id)
    {
        await using var server = await TempoServer.StartAsync(Spans);
        (await server.GetAsync($"/api/traces/{id}")).ShouldFail(400, "1 to 32 hex digits");
        (await server.GetAsync($"/api/v2/traces/{id}")).ShouldFail(400, "1 to 32 hex digits");
    }

    [Fact]
    public async Task A_trace_beyond_the_limit_is_422_and_a_form_that_is_not_written_406()
    {
        await using var small = await TempoServer.StartAsync(new InMemorySpanSource(Spans), new QueryLimits { MaxBytes = 300 });
        (await small.GetAsync("/api/v2/traces/11")).ShouldFail(422, "300 bytes");
        (await small.GetAsync("/api/v2/traces/11", "application/vnd.grafana.llm")).ShouldFail(406, "vnd.grafana.llm");
        (await small.GetAsync("/api/v2/traces/11", tenant: "a/b")).ShouldFail(400, "X-Scope-OrgID");
    }

    [Fact]
    public async Task Failures_of_storage_are_500_and_a_deadline_is_504()
    {
        await using var broken = await TempoServer.StartAsync(new FailingSource(), new QueryLimits());
        (await broken.GetAsync("/api/v2/traces/11")).ShouldFail(500, "disk gone");
        await using var slow = await TempoServer.StartAsync(new FailingSource { Hangs = true }, new QueryLimits { Timeout = TimeSpan.FromMilliseconds(50) });
        (await slow.GetAsync("/api/v2/traces/11")).ShouldFail(504, "timed out after 0.05 s");
    }

    [Fact]
    public async Task What_storage_warns_of_makes_an_answer_partial()
    {
        await using var server = await TempoServer.StartAsync(new WarningSource(new InMemorySpanSource(Spans)), new QueryLimits());
        var answer = await server.GetAsync("/api/v2/traces/11");
        answer.Json.GetProperty("status").GetString().ShouldBe("PARTIAL");
        answer.Json.GetProperty("message").GetString().ShouldBe("block \"7\" is set aside");
        answer.Warning.ShouldBe("299 triptych \"block \\\"7\\\" is set aside\"");
        Unwrap((await server.GetAsync("/api/v2/traces/11", Protobuf)).Body).Fields.ShouldBe([1, 2, 3, 4]);
    }

    private static (byte[] Trace, List<int> Fields) Unwrap(byte[] response)
    {
        var reader = new ProtoReader(response);
        var fields = new List<int>();
        byte[] trace = [];
        while (reader.TryReadTag(out var field, out _))
        {
            fields.Add(field);
            if (field == 1) trace = reader.ReadBytes().ToArray();
            else reader.Skip();
        }

        reader.Error.ShouldBe(ProtoError.None);
        return (trace, fields);
    }

    /// <summary>Each span as: service/scope name kind status attribute-names events links.</summary>
    private static List<string> Describe(byte[] trace)
    {
        var lines = new List<string>();
        foreach (var resourceSpans in Parts(trace, 1))
        {
            var service = Encoding.UTF8.GetString(Parts(Parts(Parts(Parts(resourceSpans, 1)[0], 1)[0], 2)[0], 1)[0]);
            foreach (var scopeSpans in Parts(resourceSpans, 2))
            {
                var scope = string.Concat(Parts(Parts(scopeSpans, 1)[0], 1).Select(Encoding.UTF8.GetString));
                foreach (var span in Parts(scopeSpans, 2))
                {
                    Parts(span, 1)[0].ShouldBe(TestSpan.TraceIdOf(17));
                    var keys = Parts(span, 9).Select(a => Encoding.UTF8.GetString(Parts(a, 1)[0]));
                    var events = Parts(span, 11).Select(e => $"{Encoding.UTF8.GetString(Parts(e, 2)[0])}@{Number(e, 1)}");
                    var links = Parts(span, 13).Select(l => $"{Parts(l, 1)[0][15]}/{Parts(l, 2)[0][7]}");
                    lines.Add(
                        $"{service}/{scope} {Encoding.UTF8.GetString(Parts(span, 5)[0])} {Number(span, 6)} {Number(Parts(span, 15)[0], 3)} " +
                        $"{string.Join(',', keys)} {string.Join(',', events.DefaultIfEmpty("-"))} {string.Join(',', links.DefaultIfEmpty("-"))}");
                }
            }
        }

        return lines;
    }

    private static string ListOf(byte[] trace)
    {
        var span = Parts(Parts(Parts(trace, 1)[0], 2)[0], 2)[0];
        var attribute = Parts(span, 9).Single(a => Encoding.UTF8.GetString(Parts(a, 1)[0]) == "list");
        return string.Join(' ', Parts(Parts(Parts(attribute, 2)[0], 5)[0], 1).Select(Value));
    }

    private static string Value(byte[] anyValue)
    {
        var reader = new ProtoReader(anyValue);
        reader.TryReadTag(out var field, out _).ShouldBeTrue();
        return field switch
        {
            1 => $"s:{Encoding.UTF8.GetString(reader.ReadBytes())}",
            2 => $"b:{reader.ReadBool()}",
            3 => $"i:{reader.ReadInt64()}",
            4 => $"d:{reader.ReadDouble()}",
            5 => $"[{string.Join(' ', Parts(reader.ReadBytes().ToArray(), 1).Select(Value))}]",
            6 => $"{{{string.Join(' ', Parts(reader.ReadBytes().ToArray(), 1).Select(p => $"{Encoding.UTF8.GetString(Parts(p, 1)[0])}={Value(Parts(p, 2)[0])}"))}}}",
            _ => $"?{field}",
        };
    }

    private static List<byte[]> Parts(byte[] message, int wanted)
    {
        var parts = new List<byte[]>();
        var reader = new ProtoReader(message);
        while (reader.TryReadTag(out var field, out var wire))
        {
            if (field == wanted && wire == WireType.LengthDelimited) parts.Add(reader.ReadBytes().ToArray());
            else reader.Skip();
        }

        reader.Error.ShouldBe(ProtoError.None);
        return parts;
    }

    private static ulong Number(byte[] message, int wanted)
    {
        var reader = new ProtoReader(message);
        while (reader.TryReadTag(out var field, out var wire))
        {
            if (field == wanted) return wire == WireType.Fixed64 ? reader.ReadFixed64() : reader.ReadUInt64();
            reader.Skip();
        }

        return 0;
    }

    private sealed class FailingSource : ISpanSource
    {
        public bool Hangs { get; init; }

        public async ValueTask<IRowScan> OpenAsync(RowScanRequest request, CancellationToken cancellationToken)
        {
            if (Hangs) await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            throw new IOException("disk gone");
        }

        public ValueTask<IReadOnlyList<string>> AttributeNamesAsync(AttributeLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken) =>
            throw new IOException("disk gone");
    }

    private sealed class WarningSource(ISpanSource inner) : ISpanSource
    {
        public async ValueTask<IRowScan> OpenAsync(RowScanRequest request, CancellationToken cancellationToken)
        {
            var scan = await inner.OpenAsync(request, cancellationToken);
            scan.Statistics.Warnings.Add("block \"7\" is set aside");
            return scan;
        }

        public ValueTask<IReadOnlyList<string>> AttributeNamesAsync(AttributeLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken) =>
            inner.AttributeNamesAsync(lookup, statistics, cancellationToken);
    }
}
