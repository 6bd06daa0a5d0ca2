using System.Buffers.Binary;
using Google.Protobuf;
using Triptych.Ingest.Tests.Protos.Tempo;

namespace Triptych.Server.Tests.Tempo;

/// <summary>All methods of <c>tempopb.StreamingQuerier</c>, on Tempo's port and on that of the UI, with an encoder that is not ours.</summary>
public sealed class TempoStreamingTests : IAsyncLifetime
{
    private const ulong Second = 1_000_000_000;

    private readonly ServerProcess _server = new();
    private readonly ulong _now = Bodies.NowNanos / Second * Second;

    public async ValueTask InitializeAsync()
    {
        await _server.StartAsync();
        for (byte trace = 1; trace <= 30; trace++)
        {
            var root = NewSpan(trace, 1, 0, "GET /", trace);
            root.Kind = 2;
            var child = NewSpan(trace, 2, 1, "query", trace);
            child.Status = new() { Code = trace == 7 ? 2 : 0 };
            child.Attributes.Add(new Ingest.Tests.Protos.Otlp.KeyValue { Key = "n", Value = new() { IntValue = trace } });
            var body = Bodies.Traces($"s{trace % 2}", root, child);
            (await Wire.PostAsync(_server.Url(_server.OtlpHttpPort, "/v1/traces"), body, Wire.Protobuf)).Status.ShouldBe(200);
        }
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_search_ends_with_all_that_it_found(bool isTempoPort)
    {
        var port = isTempoPort ? _server.TempoPort : _server.UiPort;
        var request = new SearchRequest { Query = "{ status = error } << { kind = server }", Limit = 5 };
        var messages = await CallAsync(port, "Search", request, SearchResponse.Parser);
        var last = messages[^1];
        last.Metrics.CompletedJobs.ShouldBe(last.Metrics.TotalJobs);
        last.Metrics.TotalJobs.ShouldBe(1u);
        messages.Take(messages.Count - 1).ShouldAllBe(m => m.Metrics.CompletedJobs == 0);
        var found = last.Traces.ShouldHaveSingleItem();
        found.TraceId.ShouldBe("7");
        found.RootServiceName.ShouldBe("s1");
        found.RootTraceName.ShouldBe("GET /");
        found.StartTimeUnixNano.ShouldBe(_now - (7 * Second));
        found.SpanSets.ShouldHaveSingleItem().Spans.ShouldHaveSingleItem().Name.ShouldBe("GET /");
        found.SpanSet.Matched.ShouldBe(1u);
        (found.ServiceStats["s1"].SpanCount, found.ServiceStats["s1"].ErrorCount).ShouldBe((2u, 1u));
        messages.Count.ShouldBeGreaterThanOrEqualTo(2);
    }

    [Fact]
    public async Task A_search_takes_every_parameter()
    {
        async Task<List<string>> Find(SearchRequest request) =>
            [.. (await CallAsync(_server.TempoPort, "Search", request, SearchResponse.Parser))[^1].Traces.Select(t => t.TraceId)];

        (await Find(new SearchRequest { Query = "{ .n > 0 }", Limit = 3 })).ShouldBe(["1", "2", "3"]);
        (await Find(new SearchRequest { Tags = { ["n"] = "9", ["name"] = "query" } })).ShouldBe(["9"]);
        (await Find(new SearchRequest { Query = "{ }", MinDurationMs = 60_000 })).ShouldBeEmpty();
        (await Find(new SearchRequest { Query = "{ }", MaxDurationMs = 60_000, Limit = 100 })).Count.ShouldBe(30);
        var second = (uint)(_now / Second);
        (await Find(new SearchRequest { Query = "{ name = \"query\" }", Start = second - 5, End = second - 3, Limit = 100 })).ShouldBe(["4", "5"]);
        var few = new SearchRequest { Query = "{ .n = 9 || kind = server }", SpansPerSpanSet = 1 };
        var spans = await CallAsync(_server.TempoPort, "Search", few, SearchResponse.Parser);
        spans[^1].Traces.ShouldAllBe(t => t.SpanSets[0].Spans.Count == 1);
    }

    [Fact]
    public async Task Tags_and_their_values()
    {
        var tags = (await CallAsync(_server.TempoPort, "SearchTags", new SearchTagsRequest(), SearchTagsResponse.Parser)).ShouldHaveSingleItem();
        tags.TagNames.ShouldBe(["n", "service.name"]);
        tags.Metrics.CompletedJobs.ShouldBe(tags.Metrics.TotalJobs);
        var scopes = (await CallAsync(_server.TempoPort, "SearchTagsV2", new SearchTagsRequest { Query = "{ kind = server }" }, SearchTagsV2Response.Parser))
            .ShouldHaveSingleItem().Scopes;
        scopes.Select(s => s.Name).ShouldBe(["resource", "intrinsic"]);
        scopes[0].Tags.ShouldBe(["service.name"]);
        var values = await CallAsync(
            _server.TempoPort, "SearchTagValues", new SearchTagValuesRequest { TagName = "service.name" }, SearchTagValuesResponse.Parser);
        values.ShouldHaveSingleItem().TagValues.ShouldBe(["s0", "s1"]);
        var typed = await CallAsync(
            _server.TempoPort, "SearchTagValuesV2", new SearchTagValuesRequest { TagName = "span.n", Query = "{ status = error }" },
            SearchTagValuesV2Response.Parser);
        typed.ShouldHaveSingleItem().TagValues.Select(v => (v.Type, v.Value)).ShouldBe([("int", "7")]);
    }

    [Fact]
    public async Task Metrics()
    {
        var range = new QueryRangeRequest
        {
            Query = "{ .n > 0 } | count_over_time() by(resource.service.name)",
            Start = _now - (60 * Second),
            End = _now,
            Step = 60 * Second,
            Exemplars = 4,
        };
        var series = (await CallAsync(_server.TempoPort, "MetricsQueryRange", range, QueryRangeResponse.Parser)).ShouldHaveSingleItem();
        series.Status.ShouldBe(0);
        series.Metrics.CompletedJobs.ShouldBe(series.Metrics.TotalJobs);
        series.Series.Select(s => s.Labels.ShouldHaveSingleItem().Value.StringValue).ShouldBe(["s0", "s1"]);
        series.Series.ShouldAllBe(s => s.Samples.Sum(sample => sample.Value) == 15);
        series.Series.Sum(s => s.Exemplars.Count).ShouldBe(4);
        series.Series[0].Exemplars[0].Labels[0].Key.ShouldBe("trace:id");
        range.MaxSeries = 1;
        var cut = (await CallAsync(_server.TempoPort, "MetricsQueryRange", range, QueryRangeResponse.Parser)).ShouldHaveSingleItem();
        (cut.Series.Count, cut.Status).ShouldBe((1, 1));
        cut.Message.ShouldContain("more than 1 series");
        var instant = new QueryInstantRequest { Query = "{ } | sum_over_time(.n)", Start = _now - (60 * Second), End = _now };
        (await CallAsync(_server.TempoPort, "MetricsQueryInstant", instant, QueryInstantResponse.Parser)).ShouldHaveSingleItem().Series
            .ShouldHaveSingleItem().Value.ShouldBe(465);
    }

    [Fact]
    public async Task What_cannot_be_answered_is_a_status()
    {
        async Task<(int? Status, string Message)> Fail(string method, IMessage request)
        {
            var answer = await Wire.CallAsync(_server.Url(_server.TempoPort, "/tempopb.StreamingQuerier/" + method), request.ToByteArray());
            return (answer.GrpcStatus, answer.GrpcMessage);
        }

        (await Fail("Search", new SearchRequest { Query = "{ .a = }" }))
            .ShouldBe((3, "parse error at line 1, col 8: syntax error: unexpected }, expected a field expression"));
        (await Fail("Search", new SearchRequest { Query = "{ }", Tags = { ["a"] = "b" } })).Message.ShouldContain("q and tags");
        (await Fail("Search", new SearchRequest { Query = "{ }", Start = 2, End = 1 })).Status.ShouldBe(3);
        (await Fail("MetricsQueryRange", new QueryRangeRequest())).Message.ShouldContain("metrics query is expected");
        (await Fail("MetricsQueryInstant", new QueryInstantRequest { Query = "{ parent.a = 1 } | rate()" })).Message.ShouldContain("parent");
        (await Fail("SearchTagsV2", new SearchTagsRequest { Scope = "planet" })).Message.ShouldContain("planet");
        (await Fail("SearchTagValues", new SearchTagValuesRequest())).Message.ShouldContain("tag name");
        var broken = await Wire.CallAsync(_server.Url(_server.TempoPort, "/tempopb.StreamingQuerier/Search"), [10, 5]);
        broken.GrpcStatus.ShouldBe(3);
        (await Wire.CallAsync(_server.Url(_server.OtlpGrpcPort, "/tempopb.StreamingQuerier/Search"), [])).Status.ShouldBe(404);
        (await Wire.PostAsync(_server.Url(_server.TempoPort, "/tempopb.StreamingQuerier/Search"), [], Wire.Protobuf)).Status.ShouldBe(415);
    }

    [Fact]
    public async Task Status_pages_say_what_runs()
    {
        async Task<string> Read(string path)
        {
            var answer = await Wire.GetAsync(_server.Url(_server.TempoPort, path));
            answer.Status.ShouldBe(200, path);
            return answer.Text;
        }

        (await Read("/status/version")).ShouldStartWith("triptych, version ");
        (await Read("/status/services")).ShouldBe("triptych Running\n");
        var endpoints = await Read("/status/endpoints");
        endpoints.ShouldContain("GET /api/search\n");
        endpoints.ShouldContain("POST /tempopb.StreamingQuerier/MetricsQueryInstant\n");
        (await Read("/status/config")).ShouldContain("tempo_port:");
        (await Read("/status/runtime_config")).ShouldContain("{}");
        (await Read("/status/overrides")).ShouldContain("max_bytes_per_query:");
        (await Read("/status/usage-stats")).ShouldContain("neither kept nor reported");
        (await Read("/status")).ShouldContain("# endpoints\n");
        (await Read("/api/echo")).TrimEnd().ShouldBe("echo");
        (await Read("/api/status/buildinfo")).ShouldContain("\"version\"");
    }

    private async Task<List<T>> CallAsync<T>(int port, string method, IMessage request, MessageParser<T> parser)
        where T : IMessage<T>
    {
        var answer = await Wire.CallAsync(_server.Url(port, "/tempopb.StreamingQuerier/" + method), request.ToByteArray());
        answer.GrpcStatus.ShouldBe(0, answer.GrpcMessage);
        var messages = new List<T>();
        for (ReadOnlyMemory<byte> rest = answer.Body; !rest.IsEmpty;)
        {
            rest.Span[0].ShouldBe((byte)0);
            var length = BinaryPrimitives.ReadInt32BigEndian(rest.Span[1..]);
            messages.Add(parser.ParseFrom(rest.Slice(5, length).Span));
            rest = rest[(5 + length)..];
        }

        return messages;
    }

    private Ingest.Tests.Protos.Otlp.Span NewSpan(byte trace, byte id, byte parent, string name, int secondsAgo)
    {
        var span = new Ingest.Tests.Protos.Otlp.Span
        {
            TraceId = ByteString.CopyFrom([.. new byte[15], trace]),
            SpanId = ByteString.CopyFrom([.. new byte[7], id]),
            Name = name,
            StartTimeUnixNano = _now - ((ulong)secondsAgo * Second),
            EndTimeUnixNano = _now - ((ulong)secondsAgo * Second) + 1_000_000,
        };
        if (parent != 0) span.ParentSpanId = ByteString.CopyFrom([.. new byte[7], parent]);
        return span;
    }
}
