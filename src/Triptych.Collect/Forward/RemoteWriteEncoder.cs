using Triptych.Ingest.RemoteWrite;
using Triptych.Model;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Compression;
using Triptych.Primitives.Protobuf;

namespace Triptych.Collect.Forward;

/// <summary>
/// Bodies of remote write v1: <c>WriteRequest{timeseries 1 {labels 1 {name 1, value 2}, samples 2 {value 1, timestamp 2}, exemplars 3
/// {labels 1, value 2, timestamp 3}, histograms 4}}</c>, snappy. Batches have canonical labels. One thread at a time.
/// </summary>
/// <param name="sendExemplars">Whether exemplars are written.</param>
/// <param name="sendHistograms">Whether native histograms are.</param>
internal sealed class RemoteWriteEncoder(bool sendExemplars, bool sendHistograms) : IDisposable
{
    private readonly PooledBufferWriter _plain = new();
    private readonly PooledBufferWriter _packed = new();

    /// <summary>A batch as a body; null where nothing of it is sent.</summary>
    public byte[]? Encode(MetricBatch batch)
    {
        _plain.Reset();
        _packed.Reset();
        var writer = new ProtoWriter(_plain);
        var (sample, exemplar, histogram) = (0, 0, 0);
        for (var series = 0; series < batch.Series.Length; series++)
        {
            var isEmpty = true;
            var start = _plain.Length;
            var message = writer.BeginMessage(1);
            WriteLabels(writer, batch, batch.Series[series].Labels);
            for (; sample < batch.Samples.Length && batch.Samples[sample].Series == series; sample++, isEmpty = false)
            {
                var part = writer.BeginMessage(2);
                writer.WriteDouble(1, batch.Samples[sample].Value);
                writer.WriteInt64(2, batch.Samples[sample].TimestampMs);
                writer.EndMessage(part);
            }

            for (; exemplar < batch.Exemplars.Length && batch.Exemplars[exemplar].Series == series; exemplar++)
            {
                if (sendExemplars) WriteExemplar(writer, batch, batch.Exemplars[exemplar]);
            }

            for (; histogram < batch.Histograms.Count && batch.Histograms[histogram].Series == series; histogram++)
            {
                if (!sendHistograms) continue;
                isEmpty = false;
                var part = writer.BeginMessage(4);
                HistogramMessage.Write(writer, batch.Histograms[histogram].TimestampMs, batch.Histograms[histogram].Histogram, isInteger: false);
                writer.EndMessage(part);
            }

            if (isEmpty) _plain.Truncate(start);
            else writer.EndMessage(message);
        }

        if (_plain.Length == 0) return null;
        Snappy.Compress(_plain.WrittenSpan, _packed);
        return _packed.WrittenSpan.ToArray();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _plain.Dispose();
        _packed.Dispose();
    }

    private static void WriteExemplar(ProtoWriter writer, MetricBatch batch, in ExemplarEntry exemplar)
    {
        var part = writer.BeginMessage(3);
        WriteLabels(writer, batch, exemplar.Labels);
        writer.WriteDouble(2, exemplar.Value);
        writer.WriteInt64(3, exemplar.TimestampMs);
        writer.EndMessage(part);
    }

    private static void WriteLabels(ProtoWriter writer, MetricBatch batch, ByteSlice labels)
    {
        var reader = new LabelSetReader(batch.Read(labels));
        while (reader.TryRead(out var name, out var value))
        {
            var label = writer.BeginMessage(1);
            writer.WriteBytes(1, name);
            writer.WriteBytes(2, value);
            writer.EndMessage(label);
        }
    }
}
