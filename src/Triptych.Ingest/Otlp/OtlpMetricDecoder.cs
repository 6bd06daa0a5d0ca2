using Triptych.Model.Metrics;

namespace Triptych.Ingest.Otlp;

/// <summary>Decodes an <c>ExportMetricsServiceRequest</c> into a batch of samples.</summary>
public static class OtlpMetricDecoder
{
    /// <summary>Decodes a body; see <see cref="DecodeOutcome"/> for how it ends.</summary>
    public static void Decode(ReadOnlySpan<byte> body, BodyEncoding encoding, MetricBatch into, DecodeOutcome outcome) =>
        outcome.Fail("OTLP metrics are not decoded yet");
}
