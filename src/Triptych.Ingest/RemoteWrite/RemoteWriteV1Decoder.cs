using Triptych.Model.Metrics;

namespace Triptych.Ingest.RemoteWrite;

/// <summary>Decodes a decompressed <c>prometheus.WriteRequest</c> into a batch of samples.</summary>
public static class RemoteWriteV1Decoder
{
    /// <summary>Decodes a body; see <see cref="DecodeOutcome"/> for how it ends.</summary>
    public static void Decode(ReadOnlySpan<byte> body, MetricBatch into, DecodeOutcome outcome) =>
        outcome.Fail("remote write is not decoded yet");
}
