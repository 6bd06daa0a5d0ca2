using Triptych.Model;
using Triptych.Model.Attributes;
using Triptych.Model.Labels;
using Triptych.Model.Logs;
using Triptych.Model.Metrics;
using Triptych.Model.Traces;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Text;

namespace Triptych.Fuzz.Tests.Ingest;

/// <summary>Checks that what stands in a batch keeps the promises that stores rely on, and sums it up in a number.</summary>
public static class WellFormed
{
    public static ulong Check(MetricBatch batch)
    {
        ulong sum = 0;
        var writer = new LabelSetWriter();
        foreach (var series in batch.Series)
        {
            var problem = batch.ReadLabels(series, writer, out var canonical);
            if (problem is null) sum = Mix(sum, Labels(canonical, series.IsWire ? null : series.Hash.Hi));
            else problem.ShouldNotBeEmpty();
        }

        foreach (var sample in batch.Samples)
        {
            sample.Series.ShouldBeInRange(0, batch.Series.Length - 1);
            sum = Mix(sum, (ulong)sample.TimestampMs ^ (ulong)BitConverter.DoubleToInt64Bits(sample.Value));
        }

        foreach (var exemplar in batch.Exemplars) sum = Mix(sum, Labels(batch.Read(exemplar.Labels), null) + (ulong)exemplar.Series);
        foreach (var (series, timestampMs, histogram, _) in batch.Histograms)
        {
            series.ShouldBeInRange(0, batch.Series.Length - 1);
            if (!SpecialValues.IsStale(histogram.Sum)) histogram.PositiveSpans.Sum(s => s.Length).ShouldBe(histogram.PositiveBuckets.Count);
            sum = Mix(sum, (ulong)timestampMs + (ulong)histogram.Schema);
        }

        return Mix(sum, (ulong)batch.Metadata.Count);
    }

    public static ulong Check(LogBatch batch)
    {
        ulong sum = 0;
        foreach (var stream in batch.Streams)
        {
            stream.Labels.Length.ShouldBeGreaterThan(0);
            sum = Mix(sum, Labels(batch.Read(stream.Labels), stream.Hash));
        }

        foreach (var entry in batch.Entries)
        {
            entry.Stream.ShouldBeInRange(0, batch.Streams.Length - 1);
            Utf8Text.IsValid(batch.Read(entry.Line)).ShouldBeTrue();
            var metadata = batch.Read(entry.Metadata);
            sum = Mix(sum, Labels(metadata, null) + XxHash64.Compute(batch.Read(entry.Line)) + (ulong)entry.TimeUnixNanos + (ulong)entry.Level);
        }

        return sum;
    }

    public static ulong Check(SpanBatch batch)
    {
        ulong sum = 0;
        foreach (var resource in batch.Resources) sum = Mix(sum, Attributes(batch.Read(resource.Attributes)) + Text(batch, resource.ServiceName));
        foreach (var scope in batch.Scopes) sum = Mix(sum, Attributes(batch.Read(scope.Attributes)) + Text(batch, scope.Name) + Text(batch, scope.Version));
        foreach (var span in batch.Spans)
        {
            span.Resource.ShouldBeInRange(0, batch.Resources.Length - 1);
            span.Scope.ShouldBeInRange(0, batch.Scopes.Length - 1);
            span.DurationNanos.ShouldBeGreaterThanOrEqualTo(0);
            span.StartUnixNanos.ShouldBeGreaterThan(0);
            ((ReadOnlySpan<byte>)span.TraceId).ContainsAnyExcept((byte)0).ShouldBeTrue();
            ((ReadOnlySpan<byte>)span.SpanId).ContainsAnyExcept((byte)0).ShouldBeTrue();
            sum = Mix(sum, Attributes(batch.Read(span.Attributes)) + Text(batch, span.Name) + Text(batch, span.TraceState) + Text(batch, span.StatusMessage));
            sum = Mix(sum, Parts(batch.Read(span.Events), batch.Read(span.Links)) + (ulong)span.DurationNanos);
        }

        return sum;
    }

    public static ulong Labels(ReadOnlySpan<byte> canonical, ulong? hash)
    {
        if (hash is { } expected) XxHash64.Compute(canonical).ShouldBe(expected);
        var length = 0;
        ReadOnlySpan<byte> last = default;
        var reader = new LabelSetReader(canonical);
        while (reader.TryRead(out var name, out var value))
        {
            name.SequenceCompareTo(last).ShouldBeGreaterThan(0);
            value.Length.ShouldBeGreaterThan(0);
            Utf8Text.IsValid(name).ShouldBeTrue();
            Utf8Text.IsValid(value).ShouldBeTrue();
            length += name.Length + value.Length + (name.Length < 128 ? 1 : name.Length < 16384 ? 2 : 3)
                + (value.Length < 128 ? 1 : value.Length < 16384 ? 2 : 3);
            last = name;
        }

        length.ShouldBe(canonical.Length);
        return XxHash64.Compute(canonical);
    }

    private static ulong Attributes(ReadOnlySpan<byte> set)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        var reader = new AttributeReader(set);
        while (reader.TryRead())
        {
            Utf8Text.IsValid(reader.Key).ShouldBeTrue();
            keys.Add(Convert.ToBase64String(reader.Key)).ShouldBeTrue();
            if (reader.Kind != AttributeKind.Bytes) Utf8Text.IsValid(reader.Bytes).ShouldBeTrue();
            if (reader.Kind is not (AttributeKind.Array or AttributeKind.KeyValueList)) continue;
            using var json = System.Text.Json.JsonDocument.Parse(reader.Bytes.ToArray());
        }

        reader.IsCorrupt.ShouldBeFalse();
        return XxHash64.Compute(set);
    }

    private static ulong Parts(ReadOnlySpan<byte> events, ReadOnlySpan<byte> links)
    {
        ulong sum = 0;
        var length = 0;
        var eventReader = new SpanEventReader(events);
        while (eventReader.TryRead())
        {
            sum = Mix(sum, Attributes(eventReader.Attributes) + XxHash64.Compute(eventReader.Name));
            length += SpanEventReader.HeaderSizeBytes + eventReader.Name.Length + eventReader.Attributes.Length;
        }

        length.ShouldBe(events.Length);
        length = 0;
        var linkReader = new SpanLinkReader(links);
        while (linkReader.TryRead())
        {
            sum = Mix(sum, Attributes(linkReader.Attributes) + XxHash64.Compute(linkReader.TraceState));
            length += SpanLinkReader.HeaderSizeBytes + linkReader.TraceState.Length + linkReader.Attributes.Length;
        }

        length.ShouldBe(links.Length);
        return sum;
    }

    private static ulong Text(SpanBatch batch, ByteSlice slice)
    {
        var text = batch.Read(slice);
        Utf8Text.IsValid(text).ShouldBeTrue();
        return XxHash64.Compute(text);
    }

    private static ulong Mix(ulong sum, ulong next) => System.Numerics.BitOperations.RotateLeft(sum, 7) * 0x9E3779B97F4A7C15 + next;
}
