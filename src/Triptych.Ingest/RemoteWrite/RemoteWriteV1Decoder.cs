using Triptych.Model.Metrics;
using Triptych.Primitives.Protobuf;

namespace Triptych.Ingest.RemoteWrite;

/// <summary>
/// Decodes a decompressed <c>prometheus.WriteRequest{timeseries 1, metadata 3}</c> into a batch of samples. Any thread may call. Throws nothing but
/// <see cref="Primitives.Memory.MemoryBudgetExceededException"/>.
/// </summary>
public static class RemoteWriteV1Decoder
{
    /// <summary>
    /// Decodes a body; see <see cref="DecodeOutcome"/> for how it ends. Refusals: <c>invalid_histogram</c>, <c>invalid_exemplar</c>; labels
    /// stay as they came, to be read by the store.
    /// </summary>
    public static void Decode(ReadOnlySpan<byte> body, MetricBatch into, DecodeOutcome outcome)
    {
        var decoder = new SeriesDecoder(into, outcome);
        into.WireLabels = RemoteWriteLabels.Instance;
        into.ExpectLabels(body.Length);
        var reader = new ProtoReader(body);
        while (reader.TryReadTag(out var field, out _))
        {
            if (field == 1) decoder.DecodeSeries(ref reader, reader.ReadMessage());
            else if (field == 3) decoder.DecodeMetadata(ref reader, reader.ReadMessage());
        }

        ProtoFault.Report(reader, outcome);
    }
}
