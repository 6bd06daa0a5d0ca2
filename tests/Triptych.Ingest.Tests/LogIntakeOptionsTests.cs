using System.Text;
using System.Text.RegularExpressions;
using Triptych.Ingest.LokiPush;
using Triptych.Ingest.Otlp;
using Triptych.Ingest.Otlp.Logs;
using Triptych.Model.Logs;

namespace Triptych.Ingest.Tests;

/// <summary>What the configured limits and mappings do to records, in both decoders that they concern.</summary>
public sealed class LogIntakeOptionsTests
{
    private const string Otlp =
        """{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}},{"key":"region","value":{"stringValue":"eu"}},{"key":"secret.key","value":{"stringValue":"s"}}]},"scopeLogs":[{"scope":{"name":"lib","attributes":[{"key":"sa","value":{"stringValue":"1"}}]},"logRecords":[{"timeUnixNano":"1700000000000000000","severityText":"WARN","body":{"stringValue":"0123456789"},"attributes":[{"key":"ra","value":{"stringValue":"2"}}]},{"timeUnixNano":"1700000000000000001","severityText":"INFO","body":{"stringValue":"b"}}]}]}]}""";

    [Theory]
    [InlineData("line_too_long")]
    [InlineData("max_label_names_per_series")]
    [InlineData("label_name_too_long")]
    [InlineData("label_value_too_long")]
    [InlineData("structured_metadata_too_large")]
    [InlineData("structured_metadata_too_many")]
    [InlineData("disallowed_structured_metadata")]
    public void Each_limit_refuses_by_its_name(string reason)
    {
        var options = reason switch
        {
            "line_too_long" => new LogIntakeOptions { MaxLineBytes = 9 },
            "max_label_names_per_series" => new LogIntakeOptions { MaxLabelNames = 1 },
            "label_name_too_long" => new LogIntakeOptions { MaxLabelNameBytes = 3 },
            "label_value_too_long" => new LogIntakeOptions { MaxLabelValueBytes = 3 },
            "structured_metadata_too_large" => new LogIntakeOptions { MaxMetadataBytes = 5 },
            "structured_metadata_too_many" => new LogIntakeOptions { MaxMetadataCount = 1 },
            _ => new LogIntakeOptions { AllowsMetadata = false },
        };
        const string body = """{"streams":[{"stream":{"app":"shop","env":"prod"},"values":[["1","0123456789",{"a":"1","b":"2"}]]}]}""";
        var (outcome, entries) = Push(body, options);
        entries.ShouldBeEmpty();
        outcome.Refusals.ShouldHaveSingleItem().Reason.ShouldBe(reason);
        if (reason == "max_label_names_per_series") return;
        OtlpLogs(options).Outcome.Refusals.ShouldContain(r => r.Reason == reason);
    }

    [Fact]
    public void Limits_that_are_not_passed_refuse_nothing_and_the_service_is_not_counted_among_the_labels()
    {
        var options = new LogIntakeOptions
        {
            MaxLineBytes = 10,
            MaxLabelNames = 2,
            MaxLabelNameBytes = 12,
            MaxLabelValueBytes = 4,
            MaxMetadataCount = 2,
            MaxMetadataBytes = 8,
        };
        Push("""{"streams":[{"stream":{"app":"shop","env":"prod"},"values":[["1","0123456789",{"a":"1","b":"2"}]]}]}""", options).Entries.Count.ShouldBe(1);
    }

    [Fact]
    public void A_line_that_is_too_long_can_be_cut_between_characters()
    {
        var options = new LogIntakeOptions { MaxLineBytes = 4, TruncatesLines = true };
        Push("""{"streams":[{"stream":{"app":"shop"},"values":[["1","abcdef"],["2","abc\u00e9"],["3","ab\ud83d\ude00"]]}]}""", options)
            .Entries.Select(e => e.Line).ShouldBe(["abcd", "abc", "ab"]);
        OtlpLogs(options).Entries[0].Line.ShouldBe("0123");
    }

    [Fact]
    public void Services_and_levels_are_looked_for_as_configured()
    {
        const string body = """{"streams":[{"stream":{"team":"red","app":"shop"},"values":[["1","level=error"]]}]}""";
        var own = Push(body, new LogIntakeOptions { ServiceNameLabels = ["team"] }).Entries.ShouldHaveSingleItem();
        (own.Stream, own.Level).ShouldBe(("app=shop,service_name=red,team=red", LogLevel.Error));
        var off = Push(body, new LogIntakeOptions { ServiceNameLabels = [], DetectsLevels = false }).Entries.ShouldHaveSingleItem();
        (off.Stream, off.Level).ShouldBe(("app=shop,team=red", LogLevel.Unknown));
    }

    [Fact]
    public void Attributes_of_otlp_go_where_they_are_sent()
    {
        var mapping = new OtlpLogMapping(
            [
                new OtlpAttributeRule(OtlpAttributeAction.IndexLabel, ["region"], null),
                new OtlpAttributeRule(OtlpAttributeAction.Drop, [], new Regex("^(?:secret.*)$", RegexOptions.NonBacktracking)),
                new OtlpAttributeRule(OtlpAttributeAction.StructuredMetadata, ["service.name"], null),
            ],
            [new OtlpAttributeRule(OtlpAttributeAction.Drop, ["sa"], null)], [new OtlpAttributeRule(OtlpAttributeAction.Drop, ["ra"], null)],
            severityTextAsLabel: true);
        var entries = OtlpLogs(new LogIntakeOptions { Otlp = mapping }).Entries;
        entries.Select(e => e.Stream).ShouldBe(["region=eu,service_name=unknown_service,severity_text=WARN", "region=eu,service_name=unknown_service,severity_text=INFO"]);
        entries.Select(e => e.Metadata).ShouldBe(["scope_name=lib,service_name=shop", "scope_name=lib,service_name=shop"]);
        entries.Select(e => e.Level).ShouldBe([LogLevel.Warn, LogLevel.Info]);
    }

    [Fact]
    public void Only_resource_attributes_can_be_labels() =>
        Should.Throw<ArgumentException>(
            () => new OtlpLogMapping([], [], [new OtlpAttributeRule(OtlpAttributeAction.IndexLabel, ["x"], null)], severityTextAsLabel: false));

    private static (DecodeOutcome Outcome, List<EntryText> Entries) Push(string body, LogIntakeOptions options) => Decoded.Logs((batch, outcome) =>
        LokiPushDecoder.Decode(Encoding.UTF8.GetBytes(body), BodyEncoding.Json, Decoded.Now, options, batch, outcome));

    private static (DecodeOutcome Outcome, List<EntryText> Entries) OtlpLogs(LogIntakeOptions options) => Decoded.Logs((batch, outcome) =>
        OtlpLogDecoder.Decode(Encoding.UTF8.GetBytes(Otlp), BodyEncoding.Json, Decoded.Now, options, batch, outcome));
}
