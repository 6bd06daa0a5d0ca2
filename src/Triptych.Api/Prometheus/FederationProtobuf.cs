using System.Buffers;
using Triptych.Api.Prometheus.RemoteRead;
using Triptych.Columnar.Symbols;
using Triptych.Ingest.RemoteWrite;
using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Protobuf;

namespace Triptych.Api.Prometheus;

/// <summary>
/// The protobuf exposition as federation writes it: <c>io.prometheus.client.MetricFamily</c> one after another, each behind its length. Floats are untyped;
/// native histograms have float counts, as in Prometheus' own. Custom buckets, which this message does not know, are written as classic ones.
/// <code>
/// MetricFamily  name:1  type:3 (3 untyped, 4 histogram, 5 gauge histogram)  metric:4
/// Metric        label:1 (name:1 value:2)  untyped:5 (value:1)  timestamp_ms:6  histogram:7
/// Histogram     sample_sum:2  bucket:3 (upper_bound:2 cumulative_count_float:4)  sample_count_float:4  schema:5  zero_threshold:6  zero_count_float:8
///               negative_span:9  negative_count:11  positive_span:12  positive_count:14 (span: offset:1 length:2)
/// </code>
/// A family of many metrics comes in several messages of its name.
/// </summary>
internal sealed class FederationProtobuf(SymbolTable symbols, bool takesUtf8) : IDisposable
{
    private const int MaxMessageBytes = 256 * 1024;
    private const ulong Untyped = 3;
    private const ulong HistogramType = 4;
    private const ulong GaugeHistogramType = 5;

    private readonly PooledBufferWriter _message = new();
    private (int Name, ulong Type) _family = (SymbolTable.Empty, 0);

    /// <summary>Adds a sample; bytes go to the output when a message is complete. Returns how many.</summary>
    public int Add(IBufferWriter<byte> output, int name, ReadOnlySpan<LabelId> labels, long timestampMs, double value, FloatHistogram? histogram)
    {
        var type = histogram is null ? Untyped : histogram.ResetHint == CounterResetHint.Gauge ? GaugeHistogramType : HistogramType;
        var written = _family != (name, type) || _message.Length > MaxMessageBytes ? End(output) : 0;
        var writer = new ProtoWriter(_message);
        if (_message.Length == 0)
        {
            _family = (name, type);
            WriteName(writer, 1, symbols.GetUtf8(name));
            writer.WriteVarint(3, type);
        }

        var metric = writer.BeginMessage(4, 2);
        WriteLabels(writer, labels);
        if (histogram is null)
        {
            var untyped = writer.BeginMessage(5);
            writer.WriteDouble(1, value);
            writer.EndMessage(untyped);
        }

        writer.WriteInt64(6, timestampMs);
        if (histogram is not null) WriteHistogram(writer, histogram);
        writer.EndMessage(metric);
        return written;
    }

    /// <summary>Writes the message that was begun; returns how many bytes.</summary>
    public int End(IBufferWriter<byte> output)
    {
        if (_message.Length == 0) return 0;
        Span<byte> length = stackalloc byte[Varint.MaxLength];
        var lengthBytes = Varint.Write(length, (ulong)_message.Length);
        output.Write(length[..lengthBytes]);
        output.Write(_message.WrittenSpan);
        var written = lengthBytes + _message.Length;
        _message.Reset();
        return written;
    }

    /// <inheritdoc/>
    public void Dispose() => _message.Dispose();

    // A series without an instance gets an empty one, so that a scraper that honours labels does not invent it.
    private void WriteLabels(ProtoWriter writer, ReadOnlySpan<LabelId> labels)
    {
        var hasInstance = false;
        foreach (var label in labels)
        {
            var name = symbols.GetUtf8(label.Name);
            if (name.SequenceEqual("__name__"u8)) continue;
            hasInstance |= name.SequenceEqual("instance"u8);
            WriteLabel(writer, name, symbols.GetUtf8(label.Value));
        }

        if (!hasInstance) WriteLabel(writer, "instance"u8, default);
    }

    private void WriteLabel(ProtoWriter writer, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var label = writer.BeginMessage(1);
        WriteName(writer, 1, name);
        writer.WriteBytes(2, value);
        writer.EndMessage(label);
    }

    private void WriteName(ProtoWriter writer, int field, ReadOnlySpan<byte> name)
    {
        if (takesUtf8)
        {
            writer.WriteBytes(field, name);
            return;
        }

        var text = writer.BeginMessage(field);
        FederationText.WriteEscaped(writer.Output, name);
        writer.EndMessage(text);
    }

    private static void WriteHistogram(ProtoWriter writer, FloatHistogram histogram)
    {
        var message = writer.BeginMessage(7, 2);
        writer.WriteDouble(2, histogram.Sum);
        writer.WriteDouble(4, histogram.Count);
        if (histogram.Schema == FloatHistogram.CustomBoundsSchema) WriteClassicBuckets(writer, histogram);
        else WriteNative(writer, histogram);
        writer.EndMessage(message);
    }

    private static void WriteNative(ProtoWriter writer, FloatHistogram histogram)
    {
        writer.WriteSInt64(5, histogram.Schema);
        writer.WriteDouble(6, histogram.ZeroThreshold);
        writer.WriteDouble(8, histogram.ZeroCount);
        HistogramMessage.WriteSpans(writer, 9, histogram.NegativeSpans);
        WriteCounts(writer, 11, histogram.NegativeBuckets);
        HistogramMessage.WriteSpans(writer, 12, histogram.PositiveSpans);

        // By this, one without any observation is known for a native one.
        if (histogram.PositiveSpans.Count == 0 && histogram.NegativeSpans.Count == 0) HistogramMessage.WriteSpans(writer, 12, [new BucketSpan(0, 0)]);
        WriteCounts(writer, 14, histogram.PositiveBuckets);
    }

    private static void WriteClassicBuckets(ProtoWriter writer, FloatHistogram histogram)
    {
        var counts = new double[histogram.CustomBounds.Count + 1];
        var (place, index) = (0, 0);
        foreach (var span in histogram.PositiveSpans)
        {
            index += span.Offset;
            for (var i = 0; i < span.Length; i++, index++, place++)
            {
                if (index >= 0 && index < counts.Length) counts[index] = histogram.PositiveBuckets[place];
            }
        }

        var cumulative = 0.0;
        for (var i = 0; i < counts.Length; i++)
        {
            cumulative += counts[i];
            var bucket = writer.BeginMessage(3);
            writer.WriteDouble(2, i < histogram.CustomBounds.Count ? histogram.CustomBounds[i] : double.PositiveInfinity);
            writer.WriteDouble(4, cumulative);
            writer.EndMessage(bucket);
        }
    }

    private static void WriteCounts(ProtoWriter writer, int field, IReadOnlyList<double> counts)
    {
        if (counts.Count == 0) return;
        var packed = writer.BeginMessage(field, 2);
        foreach (var count in counts) writer.Output.WriteDouble(count);
        writer.EndMessage(packed);
    }
}
