using System.Text;
using Google.Protobuf;
using Triptych.Ingest.Otlp;
using Triptych.Ingest.Tests.Protos.Otlp;
using Triptych.Model.Traces;
using Triptych.Primitives.Memory;

namespace Triptych.Ingest.Tests.Otlp;

public sealed class OtlpTraceDecoderTests
{
    private const ulong Start = 1_700_000_000_000_000_000;

    private const string Json = """
        {"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"GET /","flags":257,"kind":"SPAN_KIND_SERVER","traceState":"a=b","unknown":{"x":[1,{}]},
        "spanId":"0102030405060708","traceId":"000102030405060708090A0B0C0D0E0F","parentSpanId":"","startTimeUnixNano":"1700000000000000000",
        "endTimeUnixNano":1700000000000000250,"droppedAttributesCount":1,"droppedEventsCount":2,"droppedLinksCount":3,
        "status":{"code":2,"message":"boom \u00e9 \ud83d\ude00"},
        "attributes":[{"key":"s","value":{"stringValue":"x"}},{"key":"b","value":{"boolValue":true}},{"key":"i","value":{"intValue":"-5"}},
        {"key":"d","value":{"doubleValue":1.5}},{"key":"a","value":{"arrayValue":{"values":[{"intValue":1},{"stringValue":"q\"\n"}]}}},
        {"key":"m","value":{"kvlistValue":{"values":[{"key":"k","value":{"boolValue":false}}]}}},{"key":"y","value":{"bytesValue":"AQI="}}],
        "events":[{"name":"e","timeUnixNano":"1700000000000000100","attributes":[{"key":"k","value":{"stringValue":"v"}}],"droppedAttributesCount":4}],
        "links":[{"traceId":"0f0e0d0c0b0a09080706050403020100","spanId":"0807060504030201","traceState":"t=s","flags":1,"droppedAttributesCount":5,
        "attributes":[{"key":"l","value":{"intValue":1}}]}]}],"scope":{"version":"1.0","name":"lib","attributes":[{"key":"sc","value":{"boolValue":true}}]}}],
        "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]}}]}
        """;

    [Fact]
    public void Protobuf_spans_come_out_as_they_went_in() => Check(Decoded.Spans(Full().ToByteArray(), BodyEncoding.Protobuf));

    [Fact]
    public void Json_with_the_resource_last_says_the_same_as_protobuf() => Check(Decoded.Spans(Encoding.UTF8.GetBytes(Json), BodyEncoding.Json));

    [Fact]
    public void Spans_with_wrong_ids_or_times_are_refused_and_the_others_stay()
    {
        var data = Full();
        var spans = data.ResourceSpans[0].ScopeSpans[0].Spans;
        spans.Add(Changed(s => s.TraceId = ByteString.CopyFrom(new byte[16])));
        spans.Add(Changed(s => s.TraceId = ByteString.CopyFrom(new byte[15])));
        spans.Add(Changed(s => s.SpanId = ByteString.Empty));
        spans.Add(Changed(s => s.ParentSpanId = ByteString.CopyFrom(1, 2)));
        spans.Add(Changed(s => s.StartTimeUnixNano = 0));
        spans.Add(Changed(s => s.EndTimeUnixNano = Start - 1));
        var (outcome, decoded) = Decoded.Spans(data.ToByteArray(), BodyEncoding.Protobuf);
        outcome.Error.ShouldBeNull();
        outcome.Refusals.Select(r => (r.Reason, r.Count)).ShouldBe([("invalid_id", 4), ("invalid_time", 1)]);
        decoded.Count.ShouldBe(2);
        decoded[1].Main.ShouldContain("+0 ");
    }

    [Fact]
    public void Json_with_an_id_that_is_not_hexadecimal_refuses_that_span()
    {
        var (outcome, spans) = Decoded.Spans(Encoding.UTF8.GetBytes(Json.Replace("0102030405060708", "zz02030405060708")), BodyEncoding.Json);
        outcome.Refusals.Single().Reason.ShouldBe("invalid_id");
        spans.ShouldBeEmpty();
    }

    [Fact]
    public void Of_an_attribute_that_comes_twice_the_last_value_stays()
    {
        var data = Full();
        var span = data.ResourceSpans[0].ScopeSpans[0].Spans[0];
        span.Attributes.Clear();
        foreach (var (key, value) in new[] { ("a", "1"), ("b", "2"), ("a", "3"), ("c", "4"), ("a", "5") })
            span.Attributes.Add(Pair(key, new AnyValue { StringValue = value }));
        Decoded.Spans(data.ToByteArray(), BodyEncoding.Protobuf).Spans[0].Attributes.ShouldBe("b:String=2 c:String=4 a:String=5");
    }

    [Fact]
    public void A_span_with_too_many_attributes_is_refused()
    {
        var data = Full();
        for (var i = 0; i < 1025; i++) data.ResourceSpans[0].ScopeSpans[0].Spans[0].Attributes.Add(Pair($"key{i}", new AnyValue { IntValue = i }));
        Decoded.Spans(data.ToByteArray(), BodyEncoding.Protobuf).Outcome.Refusals.Single().Reason.ShouldBe("too_many_attributes");
    }

    [Fact]
    public void A_value_nested_too_deep_fails_the_body()
    {
        var value = new AnyValue { StringValue = "x" };
        for (var i = 0; i < 40; i++) value = new AnyValue { ArrayValue = new ArrayValue { Values = { value } } };
        var data = Full();
        data.ResourceSpans[0].ScopeSpans[0].Spans[0].Attributes.Add(Pair("deep", value));
        Decoded.Spans(data.ToByteArray(), BodyEncoding.Protobuf).Outcome.Error.ShouldNotBeNull().ShouldContain("nested deeper");
    }

    [Theory]
    [InlineData("9223372036854775807", true)]
    [InlineData("-9223372036854775808", true)]
    [InlineData("9223372036854775808", false)]
    [InlineData("18446744073709551615", false)]
    [InlineData("1e19", false)]
    [InlineData("-9223372036854775809", false)]
    public void Json_integers_have_64_bits_with_a_sign(string number, bool isTaken)
    {
        var (outcome, spans) = Decoded.Spans(Encoding.UTF8.GetBytes(Json.Replace("\"-5\"", $"\"{number}\"")), BodyEncoding.Json);
        if (isTaken) spans[0].Attributes.ShouldContain($"i:Int={number} ");
        else outcome.Error.ShouldNotBeNull().ShouldContain("an integer");
    }

    [Fact]
    public void A_truncated_body_fails_with_its_offset()
    {
        var body = Full().ToByteArray();
        Decoded.Spans(body[..^3], BodyEncoding.Protobuf).Outcome.Error.ShouldNotBeNull().ShouldContain("offset");
        Decoded.Spans(Encoding.UTF8.GetBytes(Json[..^5]), BodyEncoding.Json).Outcome.Error.ShouldNotBeNull().ShouldContain("offset");
    }

    [Fact]
    public void Text_that_is_not_utf8_is_repaired()
    {
        var body = Full().ToByteArray();
        var at = body.AsSpan().IndexOf("GET /"u8);
        body[at] = 0xff;
        Decoded.Spans(body, BodyEncoding.Protobuf).Spans[0].Main.ShouldStartWith("\uFFFDET /");
    }

    [Fact]
    public void Decoding_200_spans_allocates_a_few_kilobytes_at_most()
    {
        var data = Full();
        for (var i = 0; i < 199; i++) data.ResourceSpans[0].ScopeSpans[0].Spans.Add(Full().ResourceSpans[0].ScopeSpans[0].Spans[0]);
        var body = data.ToByteArray();
        var budget = MemoryBudget.Unlimited("test");
        long allocated = 0;
        for (var i = 0; i < 5; i++)
        {
            using var batch = new SpanBatch(budget);
            var before = GC.GetAllocatedBytesForCurrentThread();
            OtlpTraceDecoder.Decode(body, BodyEncoding.Protobuf, batch, new DecodeOutcome());
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            batch.Spans.Length.ShouldBe(200);
        }

        allocated.ShouldBeLessThan(6 * 1024);
        budget.Used.ShouldBe(0);
    }

    internal static KeyValue Pair(string key, AnyValue value) => new() { Key = key, Value = value };

    internal static TracesData Full() => new()
    {
        ResourceSpans =
        {
            new ResourceSpans
            {
                Resource = new Resource { Attributes = { Pair("service.name", new AnyValue { StringValue = "shop" }) } },
                ScopeSpans =
                {
                    new ScopeSpans
                    {
                        Scope = new InstrumentationScope { Name = "lib", Version = "1.0", Attributes = { Pair("sc", new AnyValue { BoolValue = true }) } },
                        Spans = { FullSpan() },
                    },
                },
            },
        },
    };

    private static Span Changed(Action<Span> change)
    {
        var span = FullSpan();
        change(span);
        return span;
    }

    private static Span FullSpan() => new()
    {
        TraceId = ByteString.CopyFrom([.. Enumerable.Range(0, 16).Select(i => (byte)i)]),
        SpanId = ByteString.CopyFrom([.. Enumerable.Range(1, 8).Select(i => (byte)i)]),
        Name = "GET /",
        Kind = 2,
        TraceState = "a=b",
        StartTimeUnixNano = Start,
        EndTimeUnixNano = Start + 250,
        DroppedAttributesCount = 1,
        DroppedEventsCount = 2,
        DroppedLinksCount = 3,
        Flags = 257,
        Status = new Status { Code = 2, Message = "boom é 😀" },
        Attributes =
        {
            Pair("s", new AnyValue { StringValue = "x" }),
            Pair("b", new AnyValue { BoolValue = true }),
            Pair("i", new AnyValue { IntValue = -5 }),
            Pair("d", new AnyValue { DoubleValue = 1.5 }),
            Pair("a", new AnyValue { ArrayValue = new ArrayValue { Values = { new AnyValue { IntValue = 1 }, new AnyValue { StringValue = "q\"\n" } } } }),
            Pair("m", new AnyValue { KvlistValue = new KeyValueList { Values = { Pair("k", new AnyValue { BoolValue = false }) } } }),
            Pair("y", new AnyValue { BytesValue = ByteString.CopyFrom(1, 2) }),
        },
        Events = { new Span.Types.Event { Name = "e", TimeUnixNano = Start
            + 100, DroppedAttributesCount = 4, Attributes = { Pair("k", new AnyValue { StringValue = "v" }) } } },
        Links =
        {
            new Span.Types.Link
            {
                TraceId = ByteString.CopyFrom([.. Enumerable.Range(0, 16).Select(i => (byte)(15 - i))]),
                SpanId = ByteString.CopyFrom([.. Enumerable.Range(0, 8).Select(i => (byte)(8 - i))]),
                TraceState = "t=s",
                Flags = 1,
                DroppedAttributesCount = 5,
                Attributes = { Pair("l", new AnyValue { IntValue = 1 }) },
            },
        },
    };

    private static void Check((DecodeOutcome Outcome, List<SpanText> Spans) decoded)
    {
        decoded.Outcome.Error.ShouldBeNull();
        decoded.Outcome.Refused.ShouldBe(0);
        decoded.Spans.Single().ShouldBe(new SpanText(
            "000102030405060708090a0b0c0d0e0f 0102030405060708 0000000000000000",
            "GET / 2 1700000000000000000+250 a=b 2 boom é 😀 257 -1 -2 -3",
            "s:String=x b:Bool=true i:Int=-5 d:Double=1.5 a:Array=[1,\"q\\\"\\n\"] m:KeyValueList={\"k\":false} y:Bytes=AQI=",
            "1700000000000000100 e k:String=v -4",
            "0f0e0d0c0b0a09080706050403020100 0807060504030201 t=s l:Int=1 1 -5",
            "shop service.name:String=shop",
            "lib 1.0 sc:Bool=true"));
    }
}
