using System.Text;
using Google.Protobuf;
using Triptych.Ingest.Tests.Protos.Otlp;
using Triptych.Model.Logs;

namespace Triptych.Ingest.Tests.Otlp;

public sealed class OtlpLogDecoderTests
{
    private const ulong At = 1_700_000_000_000_000_000;

    [Fact]
    public void A_record_maps_to_labels_metadata_line_and_level()
    {
        var (outcome, entries) = Decoded.OtlpLogs(Full().ToByteArray(), BodyEncoding.Protobuf);
        outcome.Error.ShouldBeNull();
        entries.Single().ShouldBe(new EntryText(
            "k8s_pod_name=p1,service_name=shop", (long)At, LogLevel.Error, "it broke",
            "event_name=ev,flags=1,host_name=h,http_method=GET,map_a=1,map_b_c=x,observed_timestamp=1700000000000000005,scope_name=lib,scope_version=2,"
                + "severity_number=17,severity_text=ERR,span_id=0101010101010101,tags=[\"a\"],trace_id=02020202020202020202020202020202"));
    }

    [Fact]
    public void Json_says_the_same_as_protobuf()
    {
        var json = """
            {"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1700000000000000000","observedTimeUnixNano":"1700000000000000005","severityNumber":"SEVERITY_NUMBER_ERROR",
            "severityText":"ERR","body":{"stringValue":"it broke"},"flags":1,"traceId":"02020202020202020202020202020202","spanId":"0101010101010101","eventName":"ev",
            "attributes":[{"key":"http.method","value":{"stringValue":"GET"}},{"key":"tags","value":{"arrayValue":{"values":[{"stringValue":"a"}]}}},
            {"key":"map","value":{"kvlistValue":{"values":[{"key":"a","value":{"intValue":1}},{"key":"b","value":{"kvlistValue":{"values":[{"key":"c","value":{"stringValue":"x"}}]}}}]}}}]}],
            "scope":{"name":"lib","version":"2"}}],"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}},{"key":"k8s.pod.name","value":{"stringValue":"p1"}},
            {"key":"host.name","value":{"stringValue":"h"}}]}}]}
            """;
        Decoded.OtlpLogs(Encoding.UTF8.GetBytes(json), BodyEncoding.Json).Entries.ShouldBe(
            Decoded.OtlpLogs(Full().ToByteArray(), BodyEncoding.Protobuf).Entries);
    }

    [Fact]
    public void Without_a_time_the_observed_time_counts_and_without_both_the_present()
    {
        var observed = Full();
        observed.ResourceLogs[0].ScopeLogs[0].LogRecords[0].TimeUnixNano = 0;
        var (before, entries) = Decoded.OtlpLogs(observed.ToByteArray(), BodyEncoding.Protobuf);
        entries.Single().TimeUnixNanos.ShouldBe((long)At + 5);
        before.UsedServerTime.ShouldBeFalse();
        observed.ResourceLogs[0].ScopeLogs[0].LogRecords[0].ObservedTimeUnixNano = 0;
        var (after, timed) = Decoded.OtlpLogs(observed.ToByteArray(), BodyEncoding.Protobuf);
        timed.Single().TimeUnixNanos.ShouldBe(Decoded.Now.ToUnixTimeMilliseconds() * 1_000_000);
        after.UsedServerTime.ShouldBeTrue();
    }

    [Fact]
    public void Records_that_are_alike_and_have_no_time_stay_several()
    {
        var data = Full();
        var record = data.ResourceLogs[0].ScopeLogs[0].LogRecords[0];
        (record.TimeUnixNano, record.ObservedTimeUnixNano) = (0, 0);
        data.ResourceLogs[0].ScopeLogs[0].LogRecords.Add(record.Clone());
        data.ResourceLogs.Add(data.ResourceLogs[0].Clone());
        var now = Decoded.Now.ToUnixTimeMilliseconds() * 1_000_000;
        Decoded.OtlpLogs(data.ToByteArray(), BodyEncoding.Protobuf).Entries.Select(e => e.TimeUnixNanos).ShouldBe([now, now + 1, now + 2, now + 3]);
    }

    [Fact]
    public void Without_a_service_its_name_is_discovered_or_unknown()
    {
        var data = Full();
        data.ResourceLogs[0].Resource = new Resource { Attributes = { OtlpTraceDecoderTests.Pair("k8s.job.name", new AnyValue { StringValue = "nightly" }) } };
        Decoded.OtlpLogs(data.ToByteArray(), BodyEncoding.Protobuf).Entries.Single().Stream.ShouldBe("k8s_job_name=nightly,service_name=nightly");
        data.ResourceLogs[0].Resource = null;
        Decoded.OtlpLogs(data.ToByteArray(), BodyEncoding.Protobuf).Entries.Single().Stream.ShouldBe("service_name=unknown_service");
    }

    [Fact]
    public void A_body_that_is_a_map_is_its_json()
    {
        var data = Full();
        data.ResourceLogs[0].ScopeLogs[0].LogRecords[0].Body =
            new AnyValue { KvlistValue = new KeyValueList { Values = { OtlpTraceDecoderTests.Pair("k", new AnyValue { DoubleValue = 0.5 }) } } };
        Decoded.OtlpLogs(data.ToByteArray(), BodyEncoding.Protobuf).Entries.Single().Line.ShouldBe("{\"k\":0.5}");
    }

    [Fact]
    public void A_records_attribute_wins_over_its_resources_and_only_for_that_record()
    {
        var data = Full();
        var records = data.ResourceLogs[0].ScopeLogs[0].LogRecords;
        records.Add(records[0].Clone());
        records[0].Attributes.Add(OtlpTraceDecoderTests.Pair("host.name", new AnyValue { StringValue = "own" }));
        var entries = Decoded.OtlpLogs(data.ToByteArray(), BodyEncoding.Protobuf).Entries;
        entries[0].Metadata.ShouldContain("host_name=own,");
        entries[1].Metadata.ShouldContain("host_name=h,");
    }

    internal static LogsData Full() => new()
    {
        ResourceLogs =
        {
            new ResourceLogs
            {
                Resource = new Resource
                {
                    Attributes =
                    {
                        OtlpTraceDecoderTests.Pair("service.name", new AnyValue { StringValue = "shop" }),
                        OtlpTraceDecoderTests.Pair("k8s.pod.name", new AnyValue { StringValue = "p1" }),
                        OtlpTraceDecoderTests.Pair("host.name", new AnyValue { StringValue = "h" }),
                    },
                },
                ScopeLogs = { new ScopeLogs { Scope = new InstrumentationScope { Name = "lib", Version = "2" }, LogRecords = { Record() } } },
            },
        },
    };

    private static LogRecord Record() => new()
    {
        TimeUnixNano = At,
        ObservedTimeUnixNano = At + 5,
        SeverityNumber = 17,
        SeverityText = "ERR",
        Body = new AnyValue { StringValue = "it broke" },
        Flags = 1,
        TraceId = ByteString.CopyFrom([.. Enumerable.Repeat((byte)2, 16)]),
        SpanId = ByteString.CopyFrom([.. Enumerable.Repeat((byte)1, 8)]),
        EventName = "ev",
        Attributes =
        {
            OtlpTraceDecoderTests.Pair("http.method", new AnyValue { StringValue = "GET" }),
            OtlpTraceDecoderTests.Pair("tags", new AnyValue { ArrayValue = new ArrayValue { Values = { new AnyValue { StringValue = "a" } } } }),
            OtlpTraceDecoderTests.Pair("map", new AnyValue
            {
                KvlistValue = new KeyValueList
                {
                    Values =
                    {
                        OtlpTraceDecoderTests.Pair("a", new AnyValue { IntValue = 1 }),
                        OtlpTraceDecoderTests.Pair("b", new AnyValue { KvlistValue =
                            new KeyValueList { Values = { OtlpTraceDecoderTests.Pair("c", new AnyValue { StringValue = "x" }) } } }),
                    },
                },
            }),
        },
    };
}
