using Google.Protobuf;
using Triptych.Ingest.Jaeger;
using Triptych.Ingest.Tests.Protos.Jaeger;

namespace Triptych.Ingest.Tests.Jaeger;

/// <summary>Both encodings of Jaeger's model, as the OpenTelemetry Collector's translator maps them.</summary>
public sealed class JaegerDecoderTests
{
    private const long StartMicros = 1_700_000_000_000_000;
    private const string Trace = "00000000000000020000000000000001";

    [Fact]
    public void A_span_of_thrift_has_everything_of_it()
    {
        var span = ThriftBatch.Span(1, 2, 3, 4, "GET /", StartMicros, 1500)
            .List(10, ThriftBatch.Tag("span.kind", "server"), ThriftBatch.Tag("text", "t"), ThriftBatch.Tag("real", 0.5), ThriftBatch.Tag("flag", true),
                ThriftBatch.Tag("long", 7L), ThriftBatch.Tag("bytes", new byte[] { 1, 2 }), ThriftBatch.Tag("otel.scope.name", "lib"),
                ThriftBatch.Tag("otel.scope.version", "1.0"), ThriftBatch.Tag("w3c.tracestate", "a=b"))
            .List(6, new ThriftBatch().Small(1, 1).Number(2, 9).Number(3, 8).Number(4, 7))
            .List(11, new ThriftBatch().Number(1, StartMicros + 10).List(2, ThriftBatch.Tag("event", "retry"), ThriftBatch.Tag("n", 2L)));
        var body = ThriftBatch.Batch("shop", [ThriftBatch.Tag("host", "h1")], span);
        var (outcome, spans) = Thrift(body);
        outcome.Error.ShouldBeNull();
        var one = spans.ShouldHaveSingleItem();
        one.Ids.ShouldBe($"{Trace} 0000000000000003 0000000000000004");
        one.Main.ShouldBe("GET / 2 1700000000000000000+1500000 a=b 0  1 -0 -0 -0");
        one.Attributes.ShouldBe("text:String=t real:Double=0.5 flag:Bool=true long:Int=7 bytes:Bytes=AQI=");
        one.Events.ShouldBe("1700000000000010000 retry n:Int=2 -0");
        one.Links.ShouldBe("00000000000000080000000000000009 0000000000000007  opentracing.ref_type:String=follows_from 0 -0");
        one.Resource.ShouldBe("shop host:String=h1 service.name:String=shop");
        one.Scope.ShouldBe("lib 1.0");
    }

    [Fact]
    public void A_span_of_protobuf_has_everything_of_it()
    {
        var span = NewSpan();
        span.Tags.Add([
            Text("span.kind", "client"), Text("text", "t"), new Tag { Key = "real", VType = 3, VFloat64 = 0.5 },
            new Tag { Key = "flag", VType = 1, VBool = true }, new Tag { Key = "long", VType = 2, VInt64 = 7 },
            new Tag { Key = "bytes", VType = 4, VBinary = ByteString.CopyFrom(1, 2) }, Text("otel.library.name", "lib"),
        ]);
        span.References.Add(new Reference { TraceId = span.TraceId, SpanId = Id(4) });
        span.References.Add(new Reference { TraceId = span.TraceId, SpanId = Id(5) });
        span.Logs.Add(new LogEntry { Timestamp = new Moment { Seconds = 1_700_000_000, Nanos = 5 }, Fields = { Text("event", "retry"), Text("why", "x") } });
        span.Warnings.Add("skewed");
        var (outcome, spans) = Proto(new Batch { Spans = { span }, Process = new Process { ServiceName = "shop", Tags = { Text("host", "h1") } } });
        outcome.Error.ShouldBeNull();
        var one = spans.ShouldHaveSingleItem();
        one.Ids.ShouldBe($"{Trace} 0000000000000003 0000000000000004");
        one.Main.ShouldBe("work 3 1700000000000000001+2000000000  0  1 -0 -0 -0");
        one.Attributes.ShouldBe("text:String=t real:Double=0.5 flag:Bool=true long:Int=7 bytes:Bytes=AQI= jaeger.warning:String=skewed");
        one.Events.ShouldBe("1700000000000000005 retry why:String=x -0");
        one.Links.ShouldBe($"{Trace} 0000000000000005  opentracing.ref_type:String=child_of 0 -0");
        one.Resource.ShouldBe("shop host:String=h1 service.name:String=shop");
        one.Scope.ShouldBe("lib");
    }

    [Fact]
    public void A_span_may_have_a_process_of_its_own()
    {
        var span = NewSpan();
        span.Process = new Process { ServiceName = "other" };
        var (_, spans) = Proto(new Batch { Spans = { span, NewSpan() }, Process = new Process { ServiceName = "shop" } });
        spans.Select(s => s.Resource).ShouldBe(["other service.name:String=other", "shop service.name:String=shop"]);
    }

    public static TheoryData<string, object, string, object, string, string> Statuses => new()
    {
        { "error", true, "x", "y", "2 ", "x:String=y" },
        { "error", false, "x", "y", "0 ", "error:Bool=false x:String=y" },
        { "error", "true", "x", "y", "0 ", "error:String=true x:String=y" },
        { "error", true, "otel.status_description", "bad", "2 bad", "" },
        { "error", true, "http.status_message", "oops", "2 oops", "http.status_message:String=oops" },
        { "otel.status_code", "ERROR", "otel.status_description", "bad", "2 bad", "" },
        { "otel.status_code", "OK", "http.status_code", 500L, "1 ", "http.status_code:Int=500" },
        { "http.status_code", 503L, "http.status_message", "busy", "2 busy", "http.status_code:Int=503 http.status_message:String=busy" },
        { "http.status_code", "404", "span.kind", "client", "2 ", "http.status_code:String=404" },
        { "http.status_code", 404L, "span.kind", "server", "0 ", "http.status_code:Int=404" },
        { "http.status_code", 200L, "span.kind", "unheard", "0 ", "http.status_code:Int=200 span.kind:String=unheard" },
    };

    [Theory]
    [MemberData(nameof(Statuses))]
    public void Tags_tell_the_status(string key, object value, string otherKey, object otherValue, string status, string attributes)
    {
        ThriftBatch[] tags = [ThriftBatch.Tag(key, value), ThriftBatch.Tag(otherKey, otherValue)];
        foreach (var order in new[] { tags, [tags[1], tags[0]] })
        {
            var (_, spans) = Thrift(ThriftBatch.Batch("s", [], ThriftBatch.Span(1, 0, 2, 0, "n", StartMicros, 0).List(10, order)));
            var one = spans.ShouldHaveSingleItem();
            one.Main.Split(' ', 5)[4].ShouldStartWith(status);
            one.Attributes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order()
                .ShouldBe(attributes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order());
        }
    }

    [Fact]
    public void References_give_parent_and_links()
    {
        static ThriftBatch Reference(int type, long trace, long span) => new ThriftBatch().Small(1, type).Number(2, trace).Number(3, 0).Number(4, span);
        (string Parent, string Links) Of(long parent, params ThriftBatch[] references)
        {
            var body = ThriftBatch.Batch("s", [], ThriftBatch.Span(1, 0, 2, parent, "n", StartMicros, 0).List(6, references));
            var one = Thrift(body).Spans.ShouldHaveSingleItem();
            return (one.Ids.Split(' ')[2].TrimStart('0'), string.Join(' ', one.Links.Split(" | ", StringSplitOptions.RemoveEmptyEntries)
                .Select(l => l.Split(' ')[1].TrimStart('0') + ":" + l.Split('=')[1].Split(' ')[0])));
        }

        Of(0, Reference(0, 1, 5)).ShouldBe(("5", ""));
        Of(0, Reference(1, 1, 5)).ShouldBe(("5", ""));
        Of(0, Reference(1, 1, 5), Reference(0, 1, 6)).ShouldBe(("6", "5:follows_from"));
        Of(5, Reference(0, 1, 5)).ShouldBe(("5", ""));
        Of(5, Reference(0, 1, 6)).ShouldBe(("5", "6:child_of"));
        Of(0, Reference(0, 9, 5)).ShouldBe(("", "5:child_of"));
        Of(2).ShouldBe(("", ""));
    }

    [Fact]
    public void Spans_without_ids_or_times_are_refused_and_the_others_kept()
    {
        var (outcome, spans) = Thrift(ThriftBatch.Batch(
            "s", [],
            ThriftBatch.Span(0, 0, 2, 0, "no trace", StartMicros, 0),
            ThriftBatch.Span(1, 0, 0, 0, "no id", StartMicros, 0),
            ThriftBatch.Span(1, 0, 2, 0, "no time", 0, 0),
            ThriftBatch.Span(1, 0, 2, 0, "far", long.MaxValue, 0),
            ThriftBatch.Span(1, 0, 2, 0, "backwards", StartMicros, -5)));
        outcome.Error.ShouldBeNull();
        outcome.Refusals.Select(r => (r.Reason, r.Count)).ShouldBe([("invalid_id", 2L), ("invalid_time", 2L)]);
        spans.ShouldHaveSingleItem().Main.ShouldBe("backwards 0 1700000000000000000+0  0  1 -0 -0 -0");
    }

    [Fact]
    public void Unknown_fields_are_passed_over_and_broken_ones_are_refused_whole()
    {
        var odd = ThriftBatch.Span(1, 0, 2, 0, "n", StartMicros, 0).Map(99, (1, "a"), (2, "b")).Struct(98, new ThriftBatch().Flag(1, true)).Real(97, 1.5);
        var body = ThriftBatch.Batch("s", [], odd);
        Thrift(body).Spans.Count.ShouldBe(1);
        for (var length = 0; length < body.Length; length++)
        {
            var (outcome, _) = Thrift(body[..length]);
            outcome.Error.ShouldNotBeNull().ShouldContain("malformed Thrift at offset");
        }

        var deep = new ThriftBatch();
        for (var i = 0; i < 40; i++) deep = new ThriftBatch().Struct(1, deep);
        Thrift(new ThriftBatch().Struct(50, deep).End()).Outcome.Error.ShouldNotBeNull().ShouldContain("deep");
        Thrift([15, 0, 2, 12, 0x7f, 0xff, 0xff, 0xff]).Outcome.Error.ShouldNotBeNull().ShouldContain("larger than the body");
        Thrift([99, 0, 1]).Outcome.Error.ShouldNotBeNull().ShouldContain("no type");
    }

    private static (DecodeOutcome Outcome, List<SpanText> Spans) Thrift(byte[] body) =>
        Decoded.Spans((batch, outcome) => JaegerThriftDecoder.Decode(body, batch, outcome));

    private static (DecodeOutcome Outcome, List<SpanText> Spans) Proto(Batch batch) =>
        Decoded.Spans((into, outcome) => JaegerProtoDecoder.Decode(new PostSpansRequest { Batch = batch }.ToByteArray(), into, outcome));

    private static JaegerSpan NewSpan() => new()
    {
        TraceId = ByteString.CopyFrom(Convert.FromHexString(Trace)),
        SpanId = Id(3),
        OperationName = "work",
        Flags = 3,
        StartTime = new Moment { Seconds = 1_700_000_000, Nanos = 1 },
        Duration = new Moment { Seconds = 2 },
    };

    private static ByteString Id(byte last) => ByteString.CopyFrom(0, 0, 0, 0, 0, 0, 0, last);

    private static Tag Text(string key, string value) => new() { Key = key, VStr = value };
}
