using System.Text;
using Google.Protobuf;
using Triptych.Ingest.Tests.Protos.Otlp;
using Triptych.Ingest.Tests.Protos.Push;

namespace Triptych.Server.Tests;

/// <summary>Bodies of all receiving endpoints, made with protobuf's own encoder.</summary>
internal static class Bodies
{
    public static ulong NowNanos => (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;

    public static byte[] Logs(string service, params string[] lines)
    {
        var scope = new ScopeLogs();
        foreach (var line in lines) scope.LogRecords.Add(new LogRecord { TimeUnixNano = NowNanos, Body = Text(line) });
        return new LogsData { ResourceLogs = { new ResourceLogs { Resource = ResourceOf(service), ScopeLogs = { scope } } } }.ToByteArray();
    }

    /// <summary>One line at a time.</summary>
    public static byte[] LogAt(string service, DateTimeOffset at, string line)
    {
        var record = new LogRecord { TimeUnixNano = Nanos(at), Body = Text(line) };
        return new LogsData
        {
            ResourceLogs = { new ResourceLogs { Resource = ResourceOf(service), ScopeLogs = { new ScopeLogs { LogRecords = { record } } } } },
        }.ToByteArray();
    }

    /// <summary>A trace of one span at a time.</summary>
    public static byte[] TraceAt(string service, DateTimeOffset at, byte[] traceId)
    {
        var span = NewSpan(traceId, traceId[..8]);
        span.StartTimeUnixNano = Nanos(at);
        span.EndTimeUnixNano = span.StartTimeUnixNano + 1_000_000;
        return Traces(service, span);
    }

    /// <summary>One sample at a time, and an exemplar at another one.</summary>
    public static byte[] RemoteWriteAt(string name, DateTimeOffset at, double value, DateTimeOffset? exemplarAt = null)
    {
        var series = new TimeSeries { Labels = { new Label { Name = "__name__", Value = name } } };
        series.Samples.Add(new Sample { Value = value, Timestamp = at.ToUnixTimeMilliseconds() });
        if (exemplarAt is { } then)
        {
            series.Exemplars.Add(new Ingest.Tests.Protos.Push.Exemplar
            {
                Value = value,
                Timestamp = then.ToUnixTimeMilliseconds(),
                Labels = { new Label { Name = "trace_id", Value = "abc" } },
            });
        }

        return new WriteRequest { Timeseries = { series } }.ToByteArray();
    }

    public static byte[] Trace(string service, byte[] traceId, byte[] spanId) => Traces(service, NewSpan(traceId, spanId));

    public static byte[] Traces(string service, params Span[] spans)
    {
        var scope = new ScopeSpans();
        scope.Spans.AddRange(spans);
        return new TracesData { ResourceSpans = { new ResourceSpans { Resource = ResourceOf(service), ScopeSpans = { scope } } } }.ToByteArray();
    }

    public static Span NewSpan(byte[] traceId, byte[] spanId) => new()
    {
        TraceId = ByteString.CopyFrom(traceId),
        SpanId = ByteString.CopyFrom(spanId),
        Name = "span",
        Kind = 2,
        StartTimeUnixNano = NowNanos - 1_000_000,
        EndTimeUnixNano = NowNanos,
    };

    public static byte[] Metrics(string service, params Metric[] metrics)
    {
        var scope = new ScopeMetrics();
        scope.Metrics.AddRange(metrics);
        return new MetricsData { ResourceMetrics = { new ResourceMetrics { Resource = ResourceOf(service), ScopeMetrics = { scope } } } }.ToByteArray();
    }

    public static Metric Gauge(string name, double value) => new() { Name = name, Gauge = new Gauge { DataPoints = { Point(value) } } };

    /// <summary>What a counter grew by over ten seconds until a time.</summary>
    public static Metric DeltaAt(string name, DateTimeOffset until, double growth) => new()
    {
        Name = name,
        Sum = new Sum
        {
            AggregationTemporality = 1,
            IsMonotonic = true,
            DataPoints = { new NumberDataPoint { StartTimeUnixNano = Nanos(until.AddSeconds(-10)), TimeUnixNano = Nanos(until), AsDouble = growth } },
        },
    };

    /// <summary>One observation in place 0 of an exponential histogram.</summary>
    public static Metric ExponentialHistogram(string name, int scale, int temporality = 2, DateTimeOffset? at = null)
    {
        var point = new ExponentialHistogramDataPoint
        {
            TimeUnixNano = at is { } time ? Nanos(time) : NowNanos,
            Count = 1,
            Sum = 1.5,
            Scale = scale,
            Positive = new ExponentialHistogramDataPoint.Types.Buckets { BucketCounts = { 1 } },
        };
        return new() { Name = name, ExponentialHistogram = new ExponentialHistogram { AggregationTemporality = temporality, DataPoints = { point } } };
    }

    public static byte[] RemoteWrite(string name, double value)
    {
        var series = new TimeSeries { Labels = { new Label { Name = "__name__", Value = name } } };
        series.Samples.Add(new Sample { Value = value, Timestamp = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() });
        return new WriteRequest { Timeseries = { series } }.ToByteArray();
    }

    public static byte[] Push(string labels, string line)
    {
        var now = TimeProvider.System.GetUtcNow();
        var entry = new Entry { Timestamp = new Timestamp { Seconds = now.ToUnixTimeSeconds() }, Line = line };
        return new PushRequest { Streams = { new Triptych.Ingest.Tests.Protos.Push.Stream { Labels = labels, Entries = { entry } } } }.ToByteArray();
    }

    public static byte[] PushJson(string app, string line) =>
        Encoding.UTF8.GetBytes($$"""{"streams":[{"stream":{"app":"{{app}}"},"values":[["{{NowNanos}}","{{line}}"]]}]}""");

    public static byte[] LogsJson(string service, string line) => Encoding.UTF8.GetBytes(
        $$$"""
        {"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"{{{service}}}"}}]},
         "scopeLogs":[{"logRecords":[{"timeUnixNano":"{{{NowNanos}}}","body":{"stringValue":"{{{line}}}"}}]}]}]}
        """);

    private static NumberDataPoint Point(double value) => new() { TimeUnixNano = NowNanos, StartTimeUnixNano = NowNanos - 1_000_000_000, AsDouble = value };

    private static ulong Nanos(DateTimeOffset at) => (ulong)at.ToUnixTimeMilliseconds() * 1_000_000;

    private static AnyValue Text(string text) => new() { StringValue = text };

    private static Resource ResourceOf(string service) => new() { Attributes = { new KeyValue { Key = "service.name", Value = Text(service) } } };
}
