using System.Text;
using System.Text.Json;
using Triptych.Ingest.Documents;
using Triptych.Model.Logs;
using Triptych.Primitives.Binary;

namespace Triptych.Ingest.Tests.Documents;

public sealed class DocumentTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly DocumentOptions Options = new(
        ["@timestamp", "ts"], ["message", "msg"], ["service.name", "host.name"], [new("source", "test")], numbersAreMillis: false);

    [Fact]
    public void A_document_becomes_labels_metadata_line_and_level()
    {
        var (outcome, entries) = NdJson(
            """{"@timestamp":"2026-03-01T11:59:58.5Z","message":"hello \"you\"","service":{"name":"shop"},"host.name":"web-1","log":{"level":"warn"},"trace":{"id":"abc"},"n":1.50,"ok":true,"gone":null,"tags":["a", 1],"empty":""}""");
        outcome.Refusals.ShouldBeEmpty();
        var entry = entries.ShouldHaveSingleItem();
        entry.Stream.ShouldBe("host_name=web-1,service_name=shop,source=test");
        entry.Line.ShouldBe("hello \"you\"");
        entry.Level.ShouldBe(LogLevel.Warn);
        entry.Metadata.ShouldBe("""log_level=warn,n=1.50,ok=true,tags=["a", 1],trace_id=abc""");
        entry.TimeUnixNanos.ShouldBe(1_772_366_398_500_000_000);
    }

    [Fact]
    public void Without_a_message_the_line_is_the_document_and_only_ids_stand_beside_it()
    {
        var entry = NdJson("""  {"ts":1772366398,"level":"error","a":{"b":1},"trace.id":"abc"}  """).Entries.ShouldHaveSingleItem();
        entry.Line.ShouldBe("""{"ts":1772366398,"level":"error","a":{"b":1},"trace.id":"abc"}""");
        entry.Level.ShouldBe(LogLevel.Error);
        entry.Metadata.ShouldBe("trace_id=abc");
    }

    [Fact]
    public void A_document_without_any_label_goes_to_the_unknown_service()
    {
        var options = new DocumentOptions(["ts"], ["msg"], ["app"], [], numbersAreMillis: false);
        var (outcome, entries) = Decoded.Logs((batch, told) =>
            NdJsonDecoder.Decode("{\"msg\":\"x\"}\n{\"msg\":\"y\",\"app\":\"a\"}"u8, options, LogIntakeOptions.Default, Now, batch, told));
        outcome.Refusals.ShouldBeEmpty();
        entries.Select(e => (e.Stream, e.Line)).ShouldBe([("service_name=unknown_service", "x"), ("app=a,service_name=a", "y")]);
    }

    [Theory]
    [InlineData("1772366398", 1_772_366_398_000_000_000)]
    [InlineData("1772366398.25", 1_772_366_398_250_000_000)]
    [InlineData("1772366398123", 1_772_366_398_123_000_000)]
    [InlineData("1772366398123456789", 1_772_366_398_123_456_789)]
    [InlineData("\"1772366398123\"", 1_772_366_398_123_000_000)]
    [InlineData("\"2026-03-01T12:59:58+01:00\"", 1_772_366_398_000_000_000)]
    [InlineData("\"2026-03-01T11:59:58\"", 1_772_366_398_000_000_000)]
    [InlineData("\"2026-03-01 11:59:58.5\"", 1_772_366_398_500_000_000)]
    public void Times_are_read_in_the_forms_that_are_sent(string time, long nanos) =>
        NdJson($$"""{"ts":{{time}},"msg":"x"}""").Entries.ShouldHaveSingleItem().TimeUnixNanos.ShouldBe(nanos);

    [Fact]
    public void Documents_without_a_time_get_that_of_their_arrival_and_stay_several()
    {
        var (outcome, entries) = NdJson("{\"msg\":\"x\"}\n{\"msg\":\"x\"}");
        outcome.UsedServerTime.ShouldBeTrue();
        entries.Select(e => e.TimeUnixNanos - (Now.ToUnixTimeMilliseconds() * 1_000_000)).ShouldBe([0, 1]);
    }

    [Theory]
    [InlineData("[1]", "malformed", "not a JSON object")]
    [InlineData("{\"msg\":", "malformed", "not JSON")]
    [InlineData("{\"msg\":\"x\"} {}", "malformed", "")]
    [InlineData("{\"ts\":\"yesterday\",\"msg\":\"x\"}", "invalid_time", "RFC 3339")]
    [InlineData("{\"ts\":true,\"msg\":\"x\"}", "invalid_time", "RFC 3339")]
    public void A_line_that_cannot_be_taken_is_refused_alone(string line, string reason, string detail)
    {
        var (outcome, entries) = NdJson("{\"msg\":\"a\"}\n\n" + line + "\r\n{\"msg\":\"b\"}");
        entries.Select(e => e.Line).ShouldBe(["a", "b"]);
        var refusal = outcome.Refusals.ShouldHaveSingleItem();
        (refusal.Reason, refusal.Count).ShouldBe((reason, 1));
        refusal.Detail.ShouldContain(detail);
    }

    [Fact]
    public void A_document_nested_too_deep_is_refused()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 100)) + "1" + new string('}', 100);
        NdJson(deep).Outcome.Refusals.ShouldHaveSingleItem().Reason.ShouldBe("malformed");
    }

    [Fact]
    public void A_bulk_request_is_answered_item_by_item()
    {
        var (answer, hasErrors, outcome, entries) = Bulk(
            """
            {"create":{"_index":"web","_id":"7"}}
            {"@timestamp":1772366398123,"message":"one"}
            {"index":{}}
            {"@timestamp":"2026-03-01T11:59:58Z","message":"two"}
            {"delete":{"_index":"web","_id":"9"}}
            {"update":{"_id":"8"}}
            {"doc":{"a":1}}
            {"create":{}}
            {"message":
            {"create":{}}
            {"@timestamp":"2026-02-01T11:59:58Z","message":"old"}
            """, "logs");
        hasErrors.ShouldBeTrue();
        entries.Select(e => (e.Line, e.Stream)).ShouldBe([
            ("one", "index=web,service_name=unknown_service,source=test"), ("two", "index=logs,service_name=unknown_service,source=test")]);
        entries[0].TimeUnixNanos.ShouldBe(1_772_366_398_123_000_000);
        var items = answer.EnumerateArray().Select(i => i.EnumerateObject().Single()).ToList();
        items.Select(i => (i.Name, i.Value.GetProperty("status").GetInt32())).ShouldBe(
            [("create", 201), ("index", 201), ("delete", 400), ("update", 400), ("create", 400), ("create", 400)]);
        items[0].Value.GetProperty("_id").GetString().ShouldBe("7");
        items[1].Value.GetProperty("_id").GetString().ShouldBe("r-2");
        items[1].Value.GetProperty("_index").GetString().ShouldBe("logs");
        items[2].Value.GetProperty("error").GetProperty("reason").GetString()!.ShouldContain("delete");
        items[4].Value.GetProperty("error").GetProperty("type").GetString().ShouldBe("document_parsing_exception");
        items[5].Value.GetProperty("error").GetProperty("reason").GetString()!.ShouldContain("24 h");
        outcome.Refused.ShouldBe(4);
    }

    [Theory]
    [InlineData("nonsense", "malformed action")]
    [InlineData("{\"put\":{}}", "one of create, index, update, delete")]
    [InlineData("{\"create\":1}", "must be an object")]
    [InlineData("{\"create\":{}} x\n{}", "malformed action")]
    [InlineData("{\"create\":{},\"index\":{}}\n{}", "one action")]
    public void A_bulk_request_whose_actions_cannot_be_read_is_refused_whole(string body, string error) =>
        Bulk(body, "logs").Outcome.Error.ShouldNotBeNull().ShouldContain(error);

    [Fact]
    public void A_bulk_item_without_an_index_is_refused() =>
        Bulk("{\"create\":{}}\n{\"message\":\"x\"}", null).Outcome.Refusals.ShouldHaveSingleItem().Detail.ShouldContain("index");

    [Fact]
    public void A_bulk_request_of_too_many_items_is_refused()
    {
        var body = string.Concat(Enumerable.Repeat("{\"delete\":{}}\n", BulkDecoder.MaxItems + 1));
        Bulk(body, "logs").Outcome.Error.ShouldNotBeNull().ShouldContain("100000 items");
    }

    private static (DecodeOutcome Outcome, List<EntryText> Entries) NdJson(string body) => Decoded.Logs((batch, outcome) =>
        NdJsonDecoder.Decode(Encoding.UTF8.GetBytes(body), Options, LogIntakeOptions.Default, Now, batch, outcome));

    private static (JsonElement Answer, bool HasErrors, DecodeOutcome Outcome, List<EntryText> Entries) Bulk(string body, string? index)
    {
        var options = new DocumentOptions(["@timestamp"], ["message"], [], [new("source", "test")], numbersAreMillis: true);
        var intake = LogIntakeOptions.Default with { MaxAge = TimeSpan.FromHours(24), MaxFuture = TimeSpan.FromMinutes(10) };
        using var items = new PooledBufferWriter();
        var hasErrors = false;
        var (outcome, entries) = Decoded.Logs((batch, result) =>
            hasErrors = BulkDecoder.Decode(Encoding.UTF8.GetBytes(body), new BulkRequest(index, "r", Now, options, intake), batch, result, items));
        using var document = JsonDocument.Parse($"[{Encoding.UTF8.GetString(items.WrittenSpan)}]");
        return (document.RootElement.Clone(), hasErrors, outcome, entries);
    }
}
