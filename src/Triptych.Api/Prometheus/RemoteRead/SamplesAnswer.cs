using Triptych.Columnar.Samples;
using Triptych.Columnar.Symbols;
using Triptych.Ingest.RemoteWrite;
using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Compression;
using Triptych.Primitives.Protobuf;
using Triptych.Query.Budgets;

namespace Triptych.Api.Prometheus.RemoteRead;

/// <summary>
/// <c>prometheus.ReadResponse</c>, which is compressed as a whole and so is in memory as a whole, charged to the query:
/// <code>
/// ReadResponse results:1 (QueryResult)   QueryResult timeseries:1 (TimeSeries)   TimeSeries labels:1 samples:2 histograms:4
/// </code>
/// </summary>
internal sealed class SamplesAnswer(QueryContext context, long maxSamples) : IDisposable
{
    // Memory doubles as it grows, and the old half goes only when it is copied.
    private const int BytesHeldPerByte = 3;

    private readonly PooledBufferWriter _message = new();
    private long _charged;
    private long _samples;
    private MessageMark _result;

    /// <summary>What a client is told that wants more samples than there may be.</summary>
    public string Refusal => $"exceeded sample limit ({maxSamples})";

    /// <summary>Begins the result of the next query.</summary>
    public void BeginResult() => _result = new ProtoWriter(_message).BeginMessage(1, 5);

    /// <summary>Ends it.</summary>
    public void EndResult() => new ProtoWriter(_message).EndMessage(_result);

    /// <summary>Adds the series of a batch; false when these are more samples than there may be.</summary>
    public bool TryAdd(SampleBatch batch)
    {
        _samples += batch.SampleCount;
        if (_samples > maxSamples) return false;
        for (var i = 0; i < batch.SeriesCount; i++)
        {
            context.Tick();
            AddSeries(batch, i);
            Charge(_message.Length);
        }

        return true;
    }

    /// <summary>The compressed message; the caller disposes it.</summary>
    public PooledBufferWriter Compress()
    {
        context.Charge(Snappy.MaxCompressedLength(_message.Length));
        var compressed = new PooledBufferWriter();
        Snappy.Compress(_message.WrittenSpan, compressed);
        return compressed;
    }

    /// <inheritdoc/>
    public void Dispose() => _message.Dispose();

    private void Charge(long length)
    {
        var held = length * BytesHeldPerByte;
        context.Charge(held - _charged);
        _charged = held;
    }

    private void AddSeries(SampleBatch batch, int number)
    {
        var writer = new ProtoWriter(_message);
        var series = writer.BeginMessage(1, 3);
        ReadLabels.Write(writer, context.Symbols, batch.LabelsOf(number));
        var times = batch.TimestampsMsOf(number);
        var values = batch.ValuesOf(number);
        var histograms = batch.HistogramsOf(number);
        var areIntegers = ReadHistograms.AreIntegers(histograms);
        for (var i = 0; i < values.Length; i++)
        {
            if (!histograms.IsEmpty && histograms[i] is not null) continue;
            var sample = writer.BeginMessage(2);
            writer.WriteDouble(1, values[i]);
            writer.WriteInt64(2, times[i]);
            writer.EndMessage(sample);
        }

        for (var i = 0; i < histograms.Length; i++)
        {
            if (histograms[i] is not { } histogram) continue;
            var message = writer.BeginMessage(4, 2);
            HistogramMessage.Write(writer, times[i], SpecialValues.IsStale(histogram.Sum) ? ReadHistograms.Stale : histogram, areIntegers);
            writer.EndMessage(message);
        }

        writer.EndMessage(series);
    }
}

/// <summary>The labels of a series: repeated field 1 of both messages, <c>Label name:1 value:2</c>.</summary>
internal static class ReadLabels
{
    /// <summary>Writes them in their order.</summary>
    public static void Write(ProtoWriter writer, SymbolTable symbols, ReadOnlySpan<LabelId> labels)
    {
        foreach (var label in labels)
        {
            var message = writer.BeginMessage(1);
            writer.WriteBytes(1, symbols.GetUtf8(label.Name));
            writer.WriteBytes(2, symbols.GetUtf8(label.Value));
            writer.EndMessage(message);
        }
    }
}
