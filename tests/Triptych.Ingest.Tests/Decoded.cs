using System.Text;
using Triptych.Ingest.LokiPush;
using Triptych.Ingest.Otlp;
using Triptych.Model.Attributes;
using Triptych.Model.Labels;
using Triptych.Model.Logs;
using Triptych.Model.Metrics;
using Triptych.Model.Traces;
using Triptych.Primitives.Memory;

namespace Triptych.Ingest.Tests;

/// <summary>Decoded batches as plain objects.</summary>
public static class Decoded
{
    public static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000);

    public static MetricsText Metrics(Action<MetricBatch, DecodeOutcome> decode)
    {
        var budget = MemoryBudget.Unlimited("test");
        var outcome = new DecodeOutcome();
        using (var batch = new MetricBatch(budget))
        {
            decode(batch, outcome);
            var samples = new List<SampleText>();
            foreach (var sample in batch.Samples) samples.Add(new(Series(batch, sample.Series), sample.TimestampMs, sample.Value));
            var exemplars = new List<ExemplarText>();
            foreach (var exemplar in batch.Exemplars)
                exemplars.Add(
                    new(Series(batch, exemplar.Series), exemplar.TimestampMs, exemplar.Value, Labels(batch.Read(exemplar.Labels))));
            var histograms = new List<(string, FloatHistogram)>();
            foreach (var histogram in batch.Histograms) histograms.Add((Series(batch, histogram.Series), histogram.Histogram));
            return new MetricsText(outcome, samples, exemplars, [.. batch.Metadata], histograms);
        }
    }

    /// <summary>The start times of samples, then those of histograms.</summary>
    public static List<long> Starts(Action<MetricBatch, DecodeOutcome> decode)
    {
        using var batch = new MetricBatch(MemoryBudget.Unlimited("test"));
        decode(batch, new DecodeOutcome());
        var starts = new List<long>();
        foreach (var sample in batch.Samples) starts.Add(batch.StartOf(sample));
        starts.AddRange(batch.Histograms.Select(h => h.StartMs));
        return starts;
    }

    /// <summary>The labels of a series as text, or what is wrong with them.</summary>
    private static string Series(MetricBatch batch, int series) =>
        batch.ReadLabels(batch.Series[series], new LabelSetWriter(), out var canonical) is { } problem ? problem : Labels(canonical);

    public static (DecodeOutcome Outcome, List<EntryText> Entries) Logs(Action<LogBatch, DecodeOutcome> decode)
    {
        var outcome = new DecodeOutcome();
        using var batch = new LogBatch(MemoryBudget.Unlimited("test"));
        decode(batch, outcome);
        var entries = new List<EntryText>();
        foreach (var entry in batch.Entries)
        {
            entries.Add(new(
                Labels(batch.Read(batch.Streams[entry.Stream].Labels)), entry.TimeUnixNanos, entry.Level, Encoding.UTF8.GetString(batch.Read(entry.Line)),
                Labels(batch.Read(entry.Metadata))));
        }

        return (outcome, entries);
    }

    public static (DecodeOutcome Outcome, List<SpanText> Spans) Spans(byte[] body, BodyEncoding encoding) =>
        Spans((batch, outcome) => OtlpTraceDecoder.Decode(body, encoding, batch, outcome));

    public static (DecodeOutcome Outcome, List<SpanText> Spans) Spans(Action<SpanBatch, DecodeOutcome> decode)
    {
        var outcome = new DecodeOutcome();
        using var batch = new SpanBatch(MemoryBudget.Unlimited("test"));
        decode(batch, outcome);
        var spans = new List<SpanText>();
        foreach (var span in batch.Spans) spans.Add(Text(batch, span));
        return (outcome, spans);
    }

    public static (DecodeOutcome Outcome, List<EntryText> Entries) OtlpLogs(byte[] body, BodyEncoding encoding) =>
        Logs((batch, outcome) => OtlpLogDecoder.Decode(body, encoding, Now, LogIntakeOptions.Default, batch, outcome));

    public static (DecodeOutcome Outcome, List<EntryText> Entries) Push(byte[] body, BodyEncoding encoding) =>
        Logs((batch, outcome) => LokiPushDecoder.Decode(body, encoding, Now, LogIntakeOptions.Default, batch, outcome));

    public static string Labels(ReadOnlySpan<byte> canonical) => string.Join(",", LabelSet.Decode(canonical).Select(l => $"{l.Key}={l.Value}"));

    public static string Attributes(ReadOnlySpan<byte> set)
    {
        var text = new StringBuilder();
        var reader = new AttributeReader(set);
        while (reader.TryRead())
            text.Append(Encoding.UTF8.GetString(reader.Key)).Append(':').Append(reader.Kind).Append('=')
                .Append(AttributeValue.Read(reader.Kind, reader.Bits, reader.Bytes).ToText()).Append(' ');
        reader.IsCorrupt.ShouldBeFalse();
        return text.ToString().TrimEnd();
    }

    private static SpanText Text(SpanBatch batch, SpanEntry span)
    {
        var events = new List<string>();
        var eventReader = new SpanEventReader(batch.Read(span.Events));
        while (eventReader.TryRead())
            events.Add($"{eventReader.TimeUnixNanos} {Encoding.UTF8.GetString(eventReader.Name)} {Attributes(eventReader.Attributes)} -{eventReader.DroppedAttributes}");
        var links = new List<string>();
        var linkReader = new SpanLinkReader(batch.Read(span.Links));
        while (linkReader.TryRead())
            links.Add($"{Convert.ToHexStringLower(linkReader.TraceId)} {Convert.ToHexStringLower(linkReader.SpanId)} {Encoding.UTF8.GetString(linkReader.TraceState)} {Attributes(linkReader.Attributes)} {linkReader.Flags} -{linkReader.DroppedAttributes}");
        var resource = batch.Resources[span.Resource];
        var scope = batch.Scopes[span.Scope];
        return new SpanText(
            $"{Convert.ToHexStringLower((ReadOnlySpan<byte>)span.TraceId)} {Convert.ToHexStringLower((ReadOnlySpan<byte>)span.SpanId)} {Convert.ToHexStringLower((ReadOnlySpan<byte>)span.ParentSpanId)}",
            $"{S(span.Name)} {span.Kind} {span.StartUnixNanos}+{span.DurationNanos} {S(span.TraceState)} {span.StatusCode} {S(span.StatusMessage)} {span.Flags} -{span.DroppedAttributes} -{span.DroppedEvents} -{span.DroppedLinks}",
            Attributes(batch.Read(span.Attributes)),
            string.Join(" | ", events),
            string.Join(" | ", links),
            $"{S(resource.ServiceName)} {Attributes(batch.Read(resource.Attributes))}",
            $"{S(scope.Name)} {S(scope.Version)} {Attributes(batch.Read(scope.Attributes))}".TrimEnd());

        string S(Model.ByteSlice slice) => Encoding.UTF8.GetString(batch.Read(slice));
    }
}

public sealed record SampleText(string Series, long TimestampMs, double Value);

public sealed record ExemplarText(string Series, long TimestampMs, double Value, string Labels);

public sealed record EntryText(string Stream, long TimeUnixNanos, LogLevel Level, string Line, string Metadata);

public sealed record SpanText(string Ids, string Main, string Attributes, string Events, string Links, string Resource, string Scope);

public sealed record MetricsText(
    DecodeOutcome Outcome, List<SampleText> Samples, List<ExemplarText> Exemplars, List<MetadataEntry> Metadata,
    List<(string Series, FloatHistogram Histogram)> Histograms);
