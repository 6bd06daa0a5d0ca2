using System.Text;
using Triptych.Ingest.Zipkin;

namespace Triptych.Ingest.Tests.Zipkin;

public sealed class ZipkinDecoderTests
{
    private const string Minimal = """ "traceId":"1","id":"2","timestamp":1700000000000000 """;

    [Fact]
    public void A_span_has_everything_of_it()
    {
        var (outcome, spans) = Decode("""
            [{"traceId":"000000000000000200000000000000aB","parentId":"0000000000000004","id":"0000000000000003","kind":"CLIENT","name":"get \u00e9",
              "timestamp":1700000000000000,"duration":1500,"debug":true,"shared":true,
              "localEndpoint":{"serviceName":"shop","ipv4":"10.0.0.1","ipv6":"::1","port":80},
              "remoteEndpoint":{"serviceName":"db","ipv4":"10.0.0.2","port":5432},
              "annotations":[{"timestamp":1700000000000010,"value":"ws"},{"value":"wr","timestamp":1700000000000020}],
              "tags":{"http.path":"/a\"b","w3c.tracestate":"a=b","otel.library.name":"lib","otel.library.version":"2"},"unheard":{"a":[1,{"b":2}]}}]
            """);
        outcome.Error.ShouldBeNull();
        var one = spans.ShouldHaveSingleItem();
        one.Ids.ShouldBe("000000000000000200000000000000ab 0000000000000003 0000000000000004");
        one.Main.ShouldBe("get é 3 1700000000000000000+1500000 a=b 0  1 -0 -0 -0");
        one.Attributes.ShouldBe(
            "zipkin.shared:Bool=true net.host.ip:String=::1 net.host.port:Int=80 peer.service:String=db net.peer.ip:String=10.0.0.2 net.peer.port:Int=5432 http.path:String=/a\"b");
        one.Events.ShouldBe("1700000000000010000 ws  -0 | 1700000000000020000 wr  -0");
        one.Resource.ShouldBe("shop service.name:String=shop");
        one.Scope.ShouldBe("lib 2");
    }

    [Theory]
    [InlineData(""" "kind":"SERVER" """, "2")]
    [InlineData(""" "kind":"PRODUCER" """, "4")]
    [InlineData(""" "kind":"CONSUMER" """, "5")]
    [InlineData(""" "tags":{"span.kind":"internal"} """, "1")]
    [InlineData(""" "kind":"CLIENT","tags":{"span.kind":"internal"} """, "3")]
    [InlineData(""" "kind":null """, "0")]
    public void Kinds(string fields, string kind) => Decode($"[{{{Minimal},{fields}}}]").Spans.ShouldHaveSingleItem().Main.Split(' ')[1].ShouldBe(kind);

    [Theory]
    [InlineData(""" "error":"true" """, "2 ", "")]
    [InlineData(""" "error":"" """, "2 ", "error:String=")]
    [InlineData(""" "error":"timeout" """, "2 timeout", "error:String=timeout")]
    [InlineData(""" "error":"false" """, "0 ", "error:String=false")]
    [InlineData(""" "otel.status_code":"Error","otel.status_description":"bad" """, "2 bad", "")]
    [InlineData(""" "otel.status_code":"STATUS_CODE_OK" """, "1 ", "")]
    [InlineData(""" "http.status_code":"500" """, "0 ", "http.status_code:String=500")]
    public void Tags_tell_the_status(string tags, string status, string attributes)
    {
        var one = Decode($"[{{{Minimal},\"tags\":{{{tags}}}}}]").Spans.ShouldHaveSingleItem();
        one.Main.Split(' ', 5)[4].ShouldStartWith(status);
        one.Attributes.ShouldBe(attributes);
    }

    [Fact]
    public void Services_are_resources_each_once()
    {
        var (_, spans) = Decode($$"""
            [{ {{Minimal}},"localEndpoint":{"serviceName":"a"} },{ {{Minimal}},"localEndpoint":{"serviceName":"b"} },{ {{Minimal}},"localEndpoint":null },
             { {{Minimal}},"localEndpoint":{"serviceName":"a"} },{ {{Minimal}},"localEndpoint":{"port":0} }]
            """);
        spans.Select(s => s.Resource.Trim()).ShouldBe(["a service.name:String=a", "b service.name:String=b", "", "a service.name:String=a", ""]);
    }

    [Fact]
    public void The_first_annotation_stands_for_a_missing_time()
    {
        const string annotations = """ "annotations":[{"timestamp":9,"value":"b"},{"timestamp":5,"value":"a"}] """;
        Decode($$"""[{"traceId":"1","id":"2",{{annotations}}}]""").Spans.ShouldHaveSingleItem().Main.ShouldContain(" 5000+0 ");
    }

    [Fact]
    public void Spans_without_ids_or_times_are_refused_and_the_others_kept()
    {
        var (outcome, spans) = Decode($$"""
            [{"id":"2","timestamp":5},{"traceId":"xyz","id":"2","timestamp":5},{"traceId":"1","timestamp":5},
             {"traceId":"1","id":"12345678901234567","timestamp":5},
             {"traceId":"1","id":"2"},{"traceId":"1","id":"2","timestamp":-5},{"traceId":"1","id":"2","timestamp":1e300},{ {{Minimal}} }]
            """);
        outcome.Error.ShouldBeNull();
        outcome.Refusals.Select(r => (r.Reason, r.Count)).ShouldBe([("invalid_id", 4L), ("invalid_time", 3L)]);
        spans.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[")]
    [InlineData("[1]")]
    [InlineData("[{}] 1")]
    [InlineData("""[{"traceId":1}]""")]
    [InlineData("""[{"timestamp":"5"}]""")]
    [InlineData("""[{"tags":[]}]""")]
    [InlineData("""[{"tags":{"a":1}}]""")]
    [InlineData("""[{"annotations":{}}]""")]
    [InlineData("""[{"annotations":[1]}]""")]
    [InlineData("""[{"localEndpoint":"x"}]""")]
    [InlineData("""[{"a":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}]""")]
    public void What_is_no_list_of_spans_is_refused_whole(string body) => Decode(body).Outcome.Error.ShouldNotBeNull().ShouldContain("malformed");

    private static (DecodeOutcome Outcome, List<SpanText> Spans) Decode(string body) =>
        Decoded.Spans((batch, outcome) => ZipkinDecoder.Decode(Encoding.UTF8.GetBytes(body), batch, outcome));
}
