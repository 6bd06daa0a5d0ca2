using System.Text;
using Google.Protobuf;
using Triptych.Ingest.Tests.Protos.Otlp;
using Triptych.Ingest.Tests.Protos.Push;
using Triptych.Ingest.Tests.Protos.Read;
using ReadQuery = Triptych.Ingest.Tests.Protos.Read.Query;
using Write2 = Triptych.Ingest.Tests.Protos.Write2;

namespace Triptych.Fuzz.Tests.Ingest;

/// <summary>Valid bodies with every field that a decoder reads.</summary>
public static class IngestCorpus
{
    private const ulong At = 1_700_000_000_000_000_000;

    public static readonly byte[][] Traces = [Trace(1).ToByteArray(), Trace(3).ToByteArray()];

    public static readonly byte[][] Logs = [Log().ToByteArray()];

    public static readonly byte[][] Metrics = [Metric().ToByteArray()];

    public static readonly byte[][] Writes = [Write().ToByteArray()];

    public static readonly byte[][] Writes2 = [SecondWrite().ToByteArray()];

    public static readonly byte[][] Reads = [Read().ToByteArray()];

    public static readonly byte[][] Pushes = [Push().ToByteArray()];

    public static readonly byte[][] TracesJson = [Json("""{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"sh\u00e9\ud83d\ude00op"}}]},"scopeSpans":[{"scope":{"name":"l"},"spans":[{"traceId":"000102030405060708090a0b0c0d0e0f","spanId":"0102030405060708","name":"n","kind":"SPAN_KIND_SERVER","startTimeUnixNano":"1700000000000000000","endTimeUnixNano":1700000000000000250,"attributes":[{"key":"a","value":{"arrayValue":{"values":[{"intValue":"1"},{"doubleValue":"NaN"},{"bytesValue":"AQI="},{"kvlistValue":{"values":[{"key":"k","value":{"boolValue":true}}]}}]}}}],"events":[{"name":"e","timeUnixNano":"1"}],"links":[{"traceId":"0f0e0d0c0b0a09080706050403020100","spanId":"0807060504030201"}],"status":{"code":2}}]}]}]}""")];

    public static readonly byte[][] LogsJson = [Json("""{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1700000000000000000","severityNumber":17,"body":{"stringValue":"x \"y\" \n"},"attributes":[{"key":"m","value":{"kvlistValue":{"values":[{"key":"a","value":{"intValue":1}}]}}}],"traceId":"02020202020202020202020202020202","spanId":"0101010101010101"}]}],"resource":{"attributes":[{"key":"k8s.pod.name","value":{"stringValue":"p"}},{"key":"h","value":{"stringValue":"z"}}]}}]}""")];

    public static readonly byte[][] MetricsJson = [Json("""{"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}},{"key":"h","value":{"stringValue":"z"}}]},"scopeMetrics":[{"metrics":[{"name":"a.b","unit":"s","sum":{"isMonotonic":true,"aggregationTemporality":2,"dataPoints":[{"asInt":"5","timeUnixNano":"1700000000000000000","attributes":[{"key":"x.y","value":{"stringValue":"1"}}]}]}},{"name":"h","histogram":{"aggregationTemporality":2,"dataPoints":[{"timeUnixNano":"1700000000000000000","count":"3","sum":1.5,"bucketCounts":["1","2"],"explicitBounds":[0.5],"exemplars":[{"asDouble":0.1}]}]}},{"name":"q","summary":{"dataPoints":[{"count":"1","sum":2,"quantileValues":[{"quantile":0.5,"value":1}]}]}}]}]}]}""")];

    public static readonly byte[][] PushesJson = [Json("""{"streams":[{"stream":{"app":"shop","b":"q\"\u00e9"},"values":[["5000000006","level=warn x",{"trace.id":"t","detected_level":"debug"}],["1","\ud800 {\"level\":\"error\"}"]]}]}""")];

    public static readonly byte[][] Documents =
    [
        Json("{\"@timestamp\":\"2023-11-14T22:13:20.5Z\",\"message\":\"h \\u00e9 \\\"q\\\"\",\"service\":{\"name\":\"s\"},\"n\":1.5,\"t\":[1,{\"a\":null}],\"trace.id\":\"x\"}\n{\"ts\":1700000000,\"level\":\"warn\"}\r\n"),
    ];

    public static readonly byte[][] Bulks =
    [
        Json("{\"create\":{\"_index\":\"i\",\"_id\":\"\\u00e9\"}}\n{\"@timestamp\":1700000000000,\"message\":\"m\"}\n{\"delete\":{}}\n{\"update\":{\"x\":[1]}}\n{\"doc\":1}\n{\"index\":{}}\n{\"a\":\n"),
    ];

    public static readonly byte[][] SyslogStreams =
    [
        Json("<165>1 2023-11-14T22:13:20.5Z web shop 8 ID [a@1 b=\"c\\\"d\" trace_id=\"t\"][e] text\n34 <34>Oct 11 22:14:15 host su[1]: x y\n<13>free text\n"),
        Json("<13>1 - - - - - - \uFEFFx\n101 <1>y"),
    ];

    public static readonly byte[][] LabelTexts = [Json("""{app="shop", b="q\"\\\n\u00e9\x41\101", c=`raw`, }"""), Json("{a=\"b\"}")];

    public static readonly byte[][] Expositions =
    [
        Json("# HELP up is it\\n?\n# TYPE up gauge\nup{a=\"b\",c=\"d\\\\\\n\\\"\"} 1 1700\nx 2.5e3\n{\"my.name\",\"l.x\"=\"v\"} NaN\nh_bucket{le=\"+Inf\"} +Inf\n"),
        Json("# TYPE a counter\n# UNIT a seconds\n# HELP a h\na_total{x=\"y\"} 1 1.5 # {t=\"x\"} 0.5 2\n# EOF\n"),
    ];

    public static readonly byte[][] Lines = [Json("""{"level":"warn","a":{"b":[1,"x"]},"msg":"q\"t"}"""), Json("ts=1 level=\"info\" msg=\"an error\""), Json("2024 [ERROR] boom")];

    /// <summary>A remote write of one sample and one native histogram of this moment, which a store takes.</summary>
    public static byte[] WriteAt(long timestampMs)
    {
        var write = Write();
        foreach (var series in write.Timeseries)
        {
            foreach (var sample in series.Samples) sample.Timestamp = timestampMs;
            foreach (var histogram in series.Histograms) histogram.Timestamp = timestampMs;
            foreach (var exemplar in series.Exemplars) exemplar.Timestamp = timestampMs;
        }

        return write.ToByteArray();
    }

    private static ReadRequest Read() => new()
    {
        AcceptedResponseTypes = { 1, 0 },
        Queries =
        {
            new ReadQuery
            {
                StartTimestampMs = -1,
                EndTimestampMs = 1_700_000_000_000,
                Matchers =
                {
                    new LabelMatcher { Type = 2, Name = "__name__", Value = "(a|b).*é" }, new LabelMatcher { Type = 1, Name = "x", Value = "y" },
                    new LabelMatcher { Type = 3, Name = "z", Value = "[0-9]+" },
                },
                Hints = new ReadHints { StepMs = 1, Func = "series", StartMs = 1, EndMs = 2, Grouping = { "a" }, By = true, RangeMs = 7 },
            },
            new ReadQuery { EndTimestampMs = 5, Matchers = { new LabelMatcher { Name = "a", Value = "b" } } },
        },
    };

    private static byte[] Json(string text) => Encoding.UTF8.GetBytes(text);

    private static KeyValue Pair(string key, AnyValue value) => new() { Key = key, Value = value };

    private static AnyValue Text(string text) => new() { StringValue = text };

    private static KeyValue[] AllKinds() =>
    [
        Pair("s", Text("é")), Pair("b", new AnyValue { BoolValue = true }), Pair("i", new AnyValue { IntValue = -5 }), Pair(
            "d", new AnyValue { DoubleValue = 1.5 }),
        Pair("y", new AnyValue { BytesValue = ByteString.CopyFrom(1, 2) }), Pair("s", Text("again")),
        Pair("m", new AnyValue { KvlistValue = new KeyValueList { Values = { Pair("k", new AnyValue { ArrayValue = new ArrayValue { Values = { Text("x"), new AnyValue { IntValue = 1 } } } }) } } }),
    ];

    private static Resource Resource() =>
        new() { Attributes = { Pair("service.name", Text("shop")), Pair("service.instance.id", Text("i")), Pair("host.name", Text("h")) } };

    private static TracesData Trace(int spans)
    {
        var scope = new ScopeSpans { Scope = new InstrumentationScope { Name = "lib", Version = "1" } };
        for (var i = 0; i < spans; i++)
        {
            scope.Spans.Add(new Span
            {
                TraceId = ByteString.CopyFrom([.. Enumerable.Range(1, 16).Select(b => (byte)b)]),
                SpanId = ByteString.CopyFrom([.. Enumerable.Range(i + 1, 8).Select(b => (byte)b)]),
                ParentSpanId = ByteString.CopyFrom(new byte[8]),
                Name = "GET",
                Kind = 2,
                TraceState = "a=b",
                StartTimeUnixNano = At,
                EndTimeUnixNano = At + 5,
                Flags = 1,
                Status = new Status { Code = 2, Message = "m" },
                Attributes = { AllKinds() },
                Events = { new Span.Types.Event { Name = "e", TimeUnixNano = At, Attributes = { AllKinds() } } },
                Links = { new Span.Types.Link { TraceId = ByteString.CopyFrom(new byte[16]), SpanId = ByteString.CopyFrom(new byte[8]), Attributes = { AllKinds() } } },
            });
        }

        return new TracesData { ResourceSpans = { new ResourceSpans { Resource = Resource(), ScopeSpans = { scope } } } };
    }

    private static LogsData Log() => new()
    {
        ResourceLogs =
        {
            new ResourceLogs
            {
                Resource = Resource(),
                ScopeLogs =
                {
                    new ScopeLogs
                    {
                        Scope = new InstrumentationScope { Name = "lib", Attributes = { AllKinds() } },
                        LogRecords =
                        {
                            new LogRecord
                            {
                                TimeUnixNano = At, ObservedTimeUnixNano = At + 1, SeverityNumber = 9, SeverityText = "I",
                                Body = Text("level=warn x"), Attributes = { AllKinds() },
                                TraceId = ByteString.CopyFrom([.. Enumerable.Repeat((byte)2, 16)]),
                                SpanId = ByteString.CopyFrom([.. Enumerable.Repeat((byte)1, 8)]), Flags = 1, EventName = "e",
                            },
                            new LogRecord { Body = new AnyValue { ArrayValue = new ArrayValue { Values = { Text("x") } } } },
                        },
                    },
                },
            },
        },
    };

    private static MetricsData Metric()
    {
        var exemplar = new Triptych.Ingest.Tests.Protos.Otlp.Exemplar
        { AsDouble = 0.2, TimeUnixNano = At, TraceId = ByteString.CopyFrom([.. Enumerable.Repeat((byte)2, 16)]), FilteredAttributes = { AllKinds() } };
        var number = new NumberDataPoint { TimeUnixNano = At, AsDouble = 2, Attributes = { AllKinds() }, Exemplars = { exemplar } };
        return new MetricsData
        {
            ResourceMetrics =
            {
                new ResourceMetrics
                {
                    Resource = Resource(),
                    ScopeMetrics =
                    {
                        new ScopeMetrics
                        {
                            Metrics =
                            {
                                new Metric { Name = "g.x", Unit = "By/s", Description = "d", Gauge = new Gauge { DataPoints = { number } } },
                                new Metric { Name =
                                    "c", Unit = "1", Sum = new Sum { IsMonotonic = true, AggregationTemporality = 2, DataPoints = { number } } },
                                new Metric { Name = "h", Histogram = new Triptych.Ingest.Tests.Protos.Otlp.Histogram { AggregationTemporality = 2, DataPoints = { new HistogramDataPoint { TimeUnixNano = At, Count = 3, Sum = 4, BucketCounts = { 1, 2 }, ExplicitBounds = { 0.5 }, Exemplars = { exemplar } } } } },
                                new Metric { Name = "s", Summary = new Summary { DataPoints = { new SummaryDataPoint { TimeUnixNano = At, Count = 1, QuantileValues = { new SummaryDataPoint.Types.ValueAtQuantile { Quantile = 0.5, Value = 1 } } } } } },
                                new Metric { Name = "e", ExponentialHistogram = new ExponentialHistogram { AggregationTemporality = 2, DataPoints = { Exponential(exemplar) } } },
                                new Metric { Name = "d", Sum = new Sum { IsMonotonic = true, AggregationTemporality = 1, DataPoints = { number } } },
                            },
                        },
                    },
                },
            },
        };
    }

    private static ExponentialHistogramDataPoint Exponential(Triptych.Ingest.Tests.Protos.Otlp.Exemplar exemplar) => new()
    {
        TimeUnixNano = At,
        StartTimeUnixNano = At - 5,
        Count = 9,
        Sum = 4,
        Scale = 10,
        ZeroCount = 1,
        ZeroThreshold = 0.5,
        Exemplars = { exemplar },
        Positive = new ExponentialHistogramDataPoint.Types.Buckets { Offset = -3, BucketCounts = { 1, 0, 0, 0, 2 } },
        Negative = new ExponentialHistogramDataPoint.Types.Buckets { Offset = 7, BucketCounts = { 5 } },
        Attributes = { AllKinds() },
    };

    private static WriteRequest Write()
    {
        var series = new TimeSeries
        {
            Labels = { new Label { Name = "__name__", Value = "up" }, new Label { Name = "job", Value = "é" } },
            Samples = { new Sample { Value = 1, Timestamp = 2 } },
            Exemplars = { new Triptych.Ingest.Tests.Protos.Push.Exemplar { Value = 1, Timestamp = 3, Labels = { new Label { Name = "t", Value = "x" } } } },
        };
        var native = new TimeSeries { Labels = { new Label { Name = "__name__", Value = "h" } } };
        native.Histograms.Add(new Triptych.Ingest.Tests.Protos.Push.Histogram
        { CountInt = 6, Sum = 4, Schema = 2, ZeroCountInt = 2, PositiveSpans = { new BucketSpan { Offset = -1, Length = 2 } }, PositiveDeltas = { 1, 2 } });
        native.Histograms.Add(new Triptych.Ingest.Tests.Protos.Push.Histogram
        { CountFloat = 6, Schema = -53, PositiveSpans = { new BucketSpan { Length = 2 } }, PositiveCounts = { 1, 2 }, CustomValues = { 1, 2 } });
        return new WriteRequest { Timeseries = { series, native }, Metadata = { new MetricMetadata { Type = 1, MetricFamilyName = "up", Help = "h" } } };
    }

    private static Write2.Request SecondWrite() => new()
    {
        Symbols = { "", "__name__", "up", "job", "é", "t", "help", "h" },
        Timeseries =
        {
            new Write2.TimeSeries
            {
                LabelsRefs = { 1, 2, 3, 4 },
                Samples = { new Write2.Sample { Value = 1, Timestamp = 2, StartTimestamp = 1 } },
                Exemplars = { new Write2.Exemplar { LabelsRefs = { 5, 2 }, Value = 1, Timestamp = 3 } },
                Metadata = new Write2.Metadata { Type = 1, HelpRef = 6, UnitRef = 5 },
            },
            new Write2.TimeSeries
            {
                LabelsRefs = { 1, 7 },
                Histograms =
                {
                    new Write2.Histogram
                    {
                        CountInt = 6, Sum = 4, Schema = 10, ZeroCountInt = 2, PositiveSpans = { new Write2.BucketSpan { Offset = -1, Length = 2 } },
                        PositiveDeltas = { 1, 2 }, ResetHint = 2, Timestamp = 4,
                    },
                    new Write2.Histogram
                    {
                        CountFloat = 6, Schema = -53, PositiveSpans = { new Write2.BucketSpan { Length = 2 } }, PositiveCounts = { 1, 2 },
                        CustomValues = { 1, 2 },
                    },
                },
            },
        },
    };

    private static PushRequest Push() => new()
    {
        Streams =
        {
            new Triptych.Ingest.Tests.Protos.Push.Stream
            {
                Labels = """{app="shop", b="q\"\n"}""",
                Entries =
                {
                    new Entry { Timestamp = new Timestamp { Seconds = 5, Nanos = 6 }, Line = "level=warn x", StructuredMetadata = { new LabelPair { Name = "trace.id", Value = "t" } } },
                    new Entry { Line = """{"level":"error"}""" },
                },
            },
        },
    };
}
