using System.Text;
using Google.Protobuf;
using Triptych.Ingest.Tests.Protos.Push;
using Triptych.Model.Logs;

namespace Triptych.Ingest.Tests.LokiPush;

public sealed class LokiPushDecoderTests
{
    [Fact]
    public void Protobuf_entries_come_out_as_they_went_in()
    {
        var entry = new Entry { Timestamp = new Timestamp { Seconds = 5, Nanos = 6 }, Line = "level=warn x", StructuredMetadata = { new LabelPair { Name = "trace.id", Value = "t" } } };
        var (outcome, entries) = Push("""{app="shop", b="q\"\\\n\u00e9"}""", entry);
        entries.ShouldBe([new EntryText("app=shop,b=q\"\\\né,service_name=shop", 5_000_000_006, LogLevel.Warn, "level=warn x", "trace_id=t")]);
        outcome.UsedServerTime.ShouldBeFalse();
    }

    [Fact]
    public void Json_entries_may_stand_before_their_labels()
    {
        var json = """{"streams":[{"values":[["5000000006","level=warn x",{"trace.id":"t","detected_level":"debug"}],["1","é\n"]],"x":{"y":[1]},"stream":{"app":"shop"}}]}""";
        var (outcome, entries) = Decoded.Push(Encoding.UTF8.GetBytes(json), BodyEncoding.Json);
        outcome.Error.ShouldBeNull();
        entries.ShouldBe(
        [
            new EntryText("app=shop,service_name=shop", 5_000_000_006, LogLevel.Debug, "level=warn x", "trace_id=t"),
            new EntryText("app=shop,service_name=shop", 1, LogLevel.Unknown, "é\n", ""),
        ]);
    }

    [Theory]
    [InlineData("{}", "missing_labels")]
    [InlineData("{a=\"\"}", "missing_labels")]
    [InlineData("{a=\"b\"", "invalid_labels")]
    [InlineData("{a=b}", "invalid_labels")]
    [InlineData("{1a=\"b\"}", "invalid_labels")]
    [InlineData("{a=\"b\"} x", "invalid_labels")]
    [InlineData("{a=\"\\q\"}", "invalid_labels")]
    [InlineData("{a=\"b\",a=\"c\"}", "duplicate_label_names")]
    [InlineData("", "invalid_labels")]
    public void Streams_with_bad_labels_are_refused_with_their_entries(string labels, string reason)
    {
        var (outcome, entries) = Push(labels, new Entry { Line = "x" }, new Entry { Line = "y" });
        outcome.Refusals.Select(r => (r.Reason, r.Count)).ShouldBe([(reason, 2)]);
        entries.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("{a=`raw\\n`}", "a=raw\\n,service_name=unknown_service")]
    [InlineData("{ a = \"1\" , }", "a=1,service_name=unknown_service")]
    [InlineData("{service_name=\"own\",app=\"x\"}", "app=x,service_name=own")]
    [InlineData("{job=\"j\",container=\"c\"}", "container=c,job=j,service_name=c")]
    public void Label_text_is_parsed_and_a_service_found(string labels, string expected) =>
        Push(labels, new Entry { Line = "x" }).Entries.Single().Stream.ShouldBe(expected);

    [Theory]
    [InlineData("""{"streams":[{"stream":{"a":"b"},"values":[[1,"x"]]}]}""")]
    [InlineData("""{"streams":[{"stream":{"a":"b"},"values":[["1x","x"]]}]}""")]
    [InlineData("""{"streams":[{"stream":{"a":1},"values":[]}]}""")]
    [InlineData("""{"streams":[{"labels":"{a=\"b\"}","entries":[{"ts":"2026-03-01T12:00:00Z","line":"x"}]}]}""")]
    [InlineData("""{"streams":[{"stream":{"a":"b"},"values":[["1","x",{"m":1}]]}]}""")]
    [InlineData("""{"streams":[{"stream":{"a":"b"},"values":[["1","x"]""")]
    [InlineData("[]")]
    [InlineData("")]
    public void Malformed_json_fails_the_body(string json) =>
        Decoded.Push(Encoding.UTF8.GetBytes(json), BodyEncoding.Json).Outcome.Error.ShouldNotBeNull().ShouldContain("offset");

    [Fact]
    public void Lone_surrogates_and_bytes_that_are_not_utf8_are_repaired()
    {
        var json = Encoding.UTF8.GetBytes("""{"streams":[{"stream":{"a":"b"},"values":[["1","\ud800 é"]]}]}""");
        json[json.AsSpan().IndexOf("é"u8)] = 0xff;
        Decoded.Push(json, BodyEncoding.Json).Entries.Single().Line.ShouldBe("\uFFFD \uFFFD\uFFFD");
    }

    [Fact]
    public void A_line_beyond_the_limit_is_refused()
    {
        var (outcome, entries) = Push("{a=\"b\"}", new Entry { Line = new string('x', LogLimits.MaxLineBytes + 1) }, new Entry { Line = "short" });
        outcome.Refusals.Single().Reason.ShouldBe("line_too_long");
        entries.Single().Line.ShouldBe("short");
        entries.Single().TimeUnixNanos.ShouldBe(Decoded.Now.ToUnixTimeMilliseconds() * 1_000_000);
        outcome.UsedServerTime.ShouldBeTrue();
    }

    private static (DecodeOutcome Outcome, List<EntryText> Entries) Push(string labels, params Entry[] entries) =>
        Decoded.Push(new PushRequest { Streams = { new Protos.Push.Stream { Labels = labels, Entries = { entries } } } }.ToByteArray(), BodyEncoding.Protobuf);
}
