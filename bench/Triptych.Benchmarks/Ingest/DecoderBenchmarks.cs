using BenchmarkDotNet.Attributes;
using Google.Protobuf;
using Triptych.Ingest;
using Triptych.Ingest.Otlp;
using Triptych.Ingest.RemoteWrite;
using Triptych.Ingest.Tests.Protos.Otlp;
using Triptych.Ingest.Tests.Protos.Push;
using Triptych.Model.Logs;
using Triptych.Model.Metrics;
using Triptych.Model.Traces;
using Triptych.Primitives.Memory;

namespace Triptych.Benchmarks.Ingest;

/// <summary>
/// Decoding a body of 1,000 items into a batch, beside Google.Protobuf parsing the same bytes into objects. Items have the sizes of the load tests: spans
/// of 10 attributes, samples of 10 labels, records of 4 attributes and a line of 120 bytes. Times are per item.
/// </summary>
[MemoryDiagnoser]
[ShortRunJob]
public class DecoderBenchmarks
{
    private const int Items = 1000;
    private const ulong At = 1_700_000_000_000_000_000;
    private readonly MemoryBudget _budget = MemoryBudget.Unlimited("benchmark");
    private readonly byte[] _traces = Traces().ToByteArray();
    private readonly byte[] _logs = Logs().ToByteArray();
    private readonly byte[] _metrics = Metrics().ToByteArray();
    private readonly byte[] _write = Write().ToByteArray();

    [Benchmark(OperationsPerInvoke = Items)]
    public int Traces_Google() => TracesData.Parser.ParseFrom(_traces).ResourceSpans.Count;

    [Benchmark(OperationsPerInvoke = Items)]
    public int Traces_Triptych()
    {
        using var batch = new SpanBatch(_budget);
        OtlpTraceDecoder.Decode(_traces, BodyEncoding.Protobuf, batch, new DecodeOutcome());
        return batch.Spans.Length;
    }

    [Benchmark(OperationsPerInvoke = Items)]
    public int Logs_Google() => LogsData.Parser.ParseFrom(_logs).ResourceLogs.Count;

    [Benchmark(OperationsPerInvoke = Items)]
    public int Logs_Triptych()
    {
        using var batch = new LogBatch(_budget);
        OtlpLogDecoder.Decode(_logs, BodyEncoding.Protobuf, DateTimeOffset.UnixEpoch, LogIntakeOptions.Default, batch, new DecodeOutcome());
        return batch.Entries.Length;
    }

    [Benchmark(OperationsPerInvoke = Items)]
    public int Metrics_Google() => MetricsData.Parser.ParseFrom(_metrics).ResourceMetrics.Count;

    [Benchmark(OperationsPerInvoke = Items)]
    public int Metrics_Triptych()
    {
        using var batch = new MetricBatch(_budget);
        OtlpMetricDecoder.Decode(_metrics, BodyEncoding.Protobuf, OtlpMetricOptions.Default, batch, new DecodeOutcome());
        return batch.Samples.Length;
    }

    [Benchmark(OperationsPerInvoke = Items)]
    public int RemoteWrite_Google() => WriteRequest.Parser.ParseFrom(_write).Timeseries.Count;

    [Benchmark(OperationsPerInvoke = Items)]
    public int RemoteWrite_Triptych()
    {
        using var batch = new MetricBatch(_budget);
        RemoteWriteV1Decoder.Decode(_write, batch, new DecodeOutcome());
        return batch.Samples.Length;
    }

    private static KeyValue Pair(int i, int of) =>
        new()
        {
            Key = $"attribute.number.{of}",
            Value = of % 3 == 0 ? new AnyValue { IntValue = i } : new AnyValue { StringValue = $"value-{i % 50}-of-{of}" }
        };

    private static Resource Resource() =>
        new() { Attributes = { new KeyValue { Key = "service.name", Value = new AnyValue { StringValue = "shop" } }, Pair(1, 1), Pair(1, 2) } };

    private static ByteString Id(int seed, int length) => ByteString.CopyFrom([.. Enumerable.Range(0, length).Select(b => (byte)(seed + b + 1))]);

    private static TracesData Traces()
    {
        var scope = new ScopeSpans { Scope = new InstrumentationScope { Name = "lib" } };
        for (var i = 0; i < Items; i++)
        {
            scope.Spans.Add(new Span
            {
                TraceId = Id(i, 16),
                SpanId = Id(i, 8),
                ParentSpanId = Id(i + 1, 8),
                Name = "GET /api/users",
                Kind = 2,
                StartTimeUnixNano = At,
                EndTimeUnixNano = At + 1000,
                Attributes = { Enumerable.Range(0, 10).Select(a => Pair(i, a)) },
            });
        }

        return new TracesData { ResourceSpans = { new ResourceSpans { Resource = Resource(), ScopeSpans = { scope } } } };
    }

    private static LogsData Logs()
    {
        var scope = new ScopeLogs();
        for (var i = 0; i < Items; i++)
        {
            scope.LogRecords.Add(new LogRecord
            {
                TimeUnixNano = At,
                SeverityNumber = 9,
                SeverityText = "INFO",
                Body = new AnyValue { StringValue = $"request {i} " + new string('x', 110) },
                Attributes = { Enumerable.Range(0, 4).Select(a => Pair(i, a)) },
                TraceId = Id(i, 16),
                SpanId = Id(i, 8),
            });
        }

        return new LogsData { ResourceLogs = { new ResourceLogs { Resource = Resource(), ScopeLogs = { scope } } } };
    }

    private static MetricsData Metrics()
    {
        var sum = new Sum { IsMonotonic = true, AggregationTemporality = 2 };
        for (var i = 0; i < Items; i++) sum.DataPoints.Add(
            new NumberDataPoint { TimeUnixNano = At, AsDouble = i, Attributes = { Enumerable.Range(0, 6).Select(a => Pair(i, a)) } });
        var metric = new Metric { Name = "http.server.requests", Unit = "{request}", Sum = sum };
        return new MetricsData
        {
            ResourceMetrics = { new ResourceMetrics { Resource = Resource(), ScopeMetrics = { new ScopeMetrics { Metrics = { metric } } } } }
        };
    }

    private static WriteRequest Write()
    {
        var request = new WriteRequest();
        for (var i = 0; i < Items; i++)
        {
            request.Timeseries.Add(new TimeSeries
            {
                Labels = { Enumerable.Repeat(new Label { Name = "__name__", Value = "http_requests_total" }, 1), Enumerable.Range(0, 9).Select(l => new Label { Name = $"label_{l}", Value = $"value-{i}-{l}" }) },
                Samples = { new Sample { Value = i, Timestamp = 1_700_000_000_000 } },
            });
        }

        return request;
    }
}
