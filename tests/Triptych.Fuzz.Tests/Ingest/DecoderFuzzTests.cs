using System.Text;
using System.Text.Json;
using Triptych.Api.Prometheus.RemoteRead;
using Triptych.Ingest;
using Triptych.Ingest.Documents;
using Triptych.Ingest.Exposition;
using Triptych.Ingest.Jaeger;
using Triptych.Ingest.Labels;
using Triptych.Ingest.Levels;
using Triptych.Ingest.LokiPush;
using Triptych.Ingest.Otlp;
using Triptych.Ingest.RemoteWrite;
using Triptych.Ingest.Syslog;
using Triptych.Ingest.Tests.Exposition;
using Triptych.Ingest.Zipkin;
using Triptych.Model;
using Triptych.Model.Labels;
using Triptych.Model.Logs;
using Triptych.Model.Metrics;
using Triptych.Model.Traces;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Memory;

namespace Triptych.Fuzz.Tests.Ingest;

/// <summary>
/// Whatever comes, a decoder throws nothing (but for memory), gives its memory back, leaves a well-formed batch, and decodes the same body to the same batch.
/// </summary>
public sealed class DecoderFuzzTests
{
    private const long BudgetBytes = 64 << 20;
    private static readonly OtlpMetricOptions Options = new() { PromoteAllResourceAttributes = true, PromoteScopeMetadata = true };
    private static readonly DocumentOptions Documents =
        new(DocumentOptions.UsualTimeFields, DocumentOptions.UsualMessageFields, ["service.name", "host.name"], [new("a", "b")], numbersAreMillis: false);

    private static readonly SyslogMapping Messages = new(
        [new("host", SyslogPart.HostName), new("app", SyslogPart.AppName), new("ip", SyslogPart.IpAddress)], [], UsesTheirTime: true, TimeZoneInfo.Utc,
        LogIntakeOptions.Default);

    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    [Theory]
    [InlineData(BodyEncoding.Protobuf)]
    [InlineData(BodyEncoding.Json)]
    public void Otlp_traces(BodyEncoding encoding) =>
        FuzzRun.Each(encoding == BodyEncoding.Json ? IngestCorpus.TracesJson : IngestCorpus.Traces, body => Twice(body, (b, budget, outcome) =>
        {
            using var batch = new SpanBatch(budget);
            OtlpTraceDecoder.Decode(b, encoding, batch, outcome);
            return WellFormed.Check(batch);
        }));

    [Fact]
    public void Jaeger_thrift() => FuzzRun.Each(SpanCorpus.JaegerThrift, body => Twice(body, (b, budget, outcome) =>
    {
        using var batch = new SpanBatch(budget);
        JaegerThriftDecoder.Decode(b, batch, outcome);
        return WellFormed.Check(batch);
    }));

    [Fact]
    public void Jaeger_protobuf() => FuzzRun.Each(SpanCorpus.JaegerProtobuf, body => Twice(body, (b, budget, outcome) =>
    {
        using var batch = new SpanBatch(budget);
        JaegerProtoDecoder.Decode(b, batch, outcome);
        return WellFormed.Check(batch);
    }));

    [Fact]
    public void Zipkin_json() => FuzzRun.Each(SpanCorpus.ZipkinJson, body => Twice(body, (b, budget, outcome) =>
    {
        using var batch = new SpanBatch(budget);
        ZipkinDecoder.Decode(b, batch, outcome);
        return WellFormed.Check(batch);
    }));

    [Theory]
    [InlineData(BodyEncoding.Protobuf)]
    [InlineData(BodyEncoding.Json)]
    public void Otlp_metrics(BodyEncoding encoding) =>
        FuzzRun.Each(encoding == BodyEncoding.Json ? IngestCorpus.MetricsJson : IngestCorpus.Metrics, body => Twice(body, (b, budget, outcome) =>
        {
            using var batch = new MetricBatch(budget);
            OtlpMetricDecoder.Decode(b, encoding, Options, batch, outcome);
            return WellFormed.Check(batch);
        }));

    [Theory]
    [InlineData(BodyEncoding.Protobuf)]
    [InlineData(BodyEncoding.Json)]
    public void Otlp_logs(BodyEncoding encoding) =>
        FuzzRun.Each(encoding == BodyEncoding.Json ? IngestCorpus.LogsJson : IngestCorpus.Logs, body => Twice(body, (b, budget, outcome) =>
        {
            using var batch = new LogBatch(budget);
            OtlpLogDecoder.Decode(b, encoding, Now, LogIntakeOptions.Default, batch, outcome);
            return WellFormed.Check(batch);
        }));

    [Theory]
    [InlineData(BodyEncoding.Protobuf)]
    [InlineData(BodyEncoding.Json)]
    public void Loki_push(BodyEncoding encoding) =>
        FuzzRun.Each(encoding == BodyEncoding.Json ? IngestCorpus.PushesJson : IngestCorpus.Pushes, body => Twice(body, (b, budget, outcome) =>
        {
            using var batch = new LogBatch(budget);
            LokiPushDecoder.Decode(b, encoding, Now, LogIntakeOptions.Default, batch, outcome);
            return WellFormed.Check(batch);
        }));

    [Fact]
    public void Newline_json() => FuzzRun.Each(IngestCorpus.Documents, body => Twice(body, (b, budget, outcome) =>
    {
        using var batch = new LogBatch(budget);
        NdJsonDecoder.Decode(b, Documents, LogIntakeOptions.Default, Now, batch, outcome);
        return WellFormed.Check(batch);
    }));

    [Fact]
    public void Elasticsearch_bulk() => FuzzRun.Each(IngestCorpus.Bulks, body => Twice(body, (b, budget, outcome) =>
    {
        using var batch = new LogBatch(budget);
        using var items = new PooledBufferWriter();
        BulkDecoder.Decode(b, new BulkRequest("logs", "r", Now, Documents, LogIntakeOptions.Default), batch, outcome, items);

        // Whatever was sent, what is answered is JSON.
        using var answer = JsonDocument.Parse($"[{Encoding.UTF8.GetString(items.WrittenSpan)}]");
        var taken = answer.RootElement.EnumerateArray().Count(static i => i.EnumerateObject().Single().Value.GetProperty("status").GetInt32() == 201);
        taken.ShouldBe(batch.Entries.Length);
        return WellFormed.Check(batch);
    }));

    [Fact]
    public void Syslog() => FuzzRun.Each(IngestCorpus.SyslogStreams, body => Twice(body, (b, budget, outcome) =>
    {
        using var batch = new LogBatch(budget);
        using var decoder = new SyslogDecoder(Messages, batch, outcome);
        ReadOnlySpan<byte> rest = b;
        var kind = SyslogFrameKind.Message;
        while (kind == SyslogFrameKind.Message)
        {
            var before = rest.Length;
            kind = SyslogFrames.Next(ref rest, 1024, out var message, out var skip);
            message.Length.ShouldBeLessThanOrEqualTo(1024);
            if (kind == SyslogFrameKind.TooLong) skip.ShouldNotBe(0);
            if (kind != SyslogFrameKind.Message) break;
            rest.Length.ShouldBeLessThan(before);
            decoder.Take(message, Now, "::1"u8);
        }

        decoder.Take(rest, Now, "::1"u8);
        return WellFormed.Check(batch);
    }));

    [Fact]
    public void Remote_write() => FuzzRun.Each(IngestCorpus.Writes, body => Twice(body, (b, budget, outcome) =>
    {
        using var batch = new MetricBatch(budget);
        RemoteWriteV1Decoder.Decode(b, batch, outcome);
        return WellFormed.Check(batch);
    }));

    [Fact]
    public void Remote_write_2() => FuzzRun.Each(IngestCorpus.Writes2, body => Twice(body, (b, budget, outcome) =>
    {
        using var batch = new MetricBatch(budget);
        RemoteWriteV2Decoder.Decode(b, TenantId.Default, new MetadataRepeats(TimeProvider.System), batch, outcome);
        return WellFormed.Check(batch);
    }));

    [Fact]
    public void Remote_read() => FuzzRun.Each(IngestCorpus.Reads, body =>
    {
        var (request, error) = ReadRequestDecoder.Decode(body);
        (request is null).ShouldBe(error is not null);
        if (request is null) return;
        request.Queries.Count.ShouldBeLessThanOrEqualTo(ReadRequestDecoder.MaxQueries);
        request.Queries.ShouldAllBe(query => query.Matchers.Count <= ReadRequestDecoder.MaxMatchers);
        Enum.IsDefined(request.Kind).ShouldBeTrue();
    });

    [Theory]
    [InlineData(ExpositionFormat.Prometheus)]
    [InlineData(ExpositionFormat.OpenMetrics)]
    public void Exposition(ExpositionFormat format) => FuzzRun.Each(IngestCorpus.Expositions, body =>
    {
        var parser = new ExpositionParser(body, format);
        var writer = new LabelSetWriter();
        while (parser.TryRead(out var item))
        {
            if (item != ExpositionItem.Sample) continue;
            writer.Reset();
            parser.WriteLabels(writer);
            if (writer.TryFinish(out var labels) == LabelSetError.None) WellFormed.Labels(labels, null);
            if (!parser.HasExemplar) continue;
            writer.Reset();
            parser.WriteExemplarLabels(writer);
            if (writer.TryFinish(out labels) == LabelSetError.None) WellFormed.Labels(labels, null);
        }

        if (parser.Error is not null) parser.Error.ShouldStartWith($"line {parser.Line}: ");
    });

    [Fact]
    public void Protobuf_exposition() => FuzzRun.Each([Families.Write(Families.All)], body =>
    {
        using var reader = new ProtobufExposition();
        if (reader.Read(body, new HistogramKinds(Native: true, ClassicBesideNative: true), new CheckedSink()) is { } error) error.ShouldStartWith("byte ");
        var converted = new HistogramKinds(Native: true, ClassicBesideNative: false) { ConvertClassic = true, BucketLimit = 2, FinestSchema = 0 };
        if (reader.Read(body, converted, new CheckedSink()) is { } problem) problem.ShouldStartWith("byte ");
    });

    [Fact]
    public void Stream_labels() => FuzzRun.Each(IngestCorpus.LabelTexts, text =>
    {
        using var labels = new LabelCollector(LabelCollision.LastWins);
        if (new StreamLabelsParser(text).Parse(labels) is not null || labels.HasCollisions()) return;
        var writer = new LabelSetWriter();
        labels.WriteTo(writer);
        if (writer.TryFinish(out var canonical) == LabelSetError.None && Primitives.Text.Utf8Text.IsValid(labels.Output.WrittenSpan))
        {
            WellFormed.Labels(canonical, null);
        }
    });

    [Fact]
    public void Levels() => FuzzRun.Each(IngestCorpus.Lines, line => LevelDetector.FromLine(line).ShouldBeOneOf(Enum.GetValues<LogLevel>()));

    [Fact]
    public void A_budget_that_is_used_up_is_the_only_exception_and_loses_nothing()
    {
        var budget = new MemoryBudget("small", 512);
        Should.Throw<MemoryBudgetExceededException>(() =>
        {
            using var batch = new SpanBatch(budget);
            OtlpTraceDecoder.Decode(IngestCorpus.TracesJson[0], BodyEncoding.Json, batch, new DecodeOutcome());
        });
        budget.Used.ShouldBe(0);
    }

    private sealed class CheckedSink : IExpositionSink
    {
        public void TakeFamily(ReadOnlySpan<byte> name, string type, ReadOnlySpan<byte> help, ReadOnlySpan<byte> unit) =>
            Primitives.Text.Utf8Text.IsValid(name).ShouldBeTrue();

        public string? TakeSample(in ExposedSeries series, double value)
        {
            WellFormed.Labels(series.CanonicalLabels, null);
            return null;
        }

        public string? TakeHistogram(in ExposedSeries series, long sizeBytes, Func<FloatHistogram> build)
        {
            WellFormed.Labels(series.CanonicalLabels, null);
            var histogram = build();
            histogram.SizeBytes.ShouldBe(sizeBytes);
            histogram.PositiveSpans.Sum(s => s.Length).ShouldBe(histogram.PositiveBuckets.Count);
            return null;
        }

        public void TakeExemplar(ReadOnlySpan<byte> canonicalLabels, double value, long? timestampMs) => WellFormed.Labels(canonicalLabels, null);

        public void Refuse(string reason, string detail) => detail.ShouldNotBeEmpty();
    }

    private static void Twice(byte[] body, Func<byte[], MemoryBudget, DecodeOutcome, ulong> decode)
    {
        var budget = new MemoryBudget("fuzz", BudgetBytes);
        var first = new DecodeOutcome();
        var second = new DecodeOutcome();
        ulong sum;
        try
        {
            sum = decode(body, budget, first);
        }
        catch (MemoryBudgetExceededException)
        {
            budget.Used.ShouldBe(0);
            return;
        }

        decode(body, budget, second).ShouldBe(sum);
        second.Error.ShouldBe(first.Error);
        second.Refused.ShouldBe(first.Refused);
        budget.Used.ShouldBe(0);
    }
}
