using Triptych.Ingest.Otlp.Json;
using Triptych.Ingest.Otlp.Metrics;
using Triptych.Model.Metrics;
using Triptych.Primitives.Protobuf;

namespace Triptych.Ingest.Otlp;

/// <summary>
/// Decodes an <c>ExportMetricsServiceRequest</c> into a batch of samples, translated as Prometheus does by default (escaped names with suffixes). Any
/// thread may call. Throws nothing but <see cref="Primitives.Memory.MemoryBudgetExceededException"/>.
/// </summary>
public static class OtlpMetricDecoder
{
    /// <summary>
    /// Decodes a body; see <see cref="DecodeOutcome"/> for how it ends. Refusals count data points: <c>delta_temporality_not_supported</c>,
    /// <c>exponential_histogram_not_supported</c>, <c>unspecified_temporality</c>, <c>invalid_name</c>, <c>invalid_labels</c>, <c>invalid_histogram</c>.
    /// </summary>
    public static void Decode(ReadOnlySpan<byte> body, BodyEncoding encoding, MetricBatch into, DecodeOutcome outcome)
    {
        if (encoding == BodyEncoding.Protobuf)
        {
            DecodeProtobuf(body, into, outcome);
            return;
        }

        using var protobuf = OtlpJson.ToProtobuf(body, OtlpMessages.MetricsData, into.Budget, outcome);
        if (protobuf is not null) DecodeProtobuf(protobuf.Span, into, outcome);
    }

    private static void DecodeProtobuf(ReadOnlySpan<byte> body, MetricBatch into, DecodeOutcome outcome)
    {
        using var decoder = new MetricDecoder(into, outcome);
        var reader = new ProtoReader(body);
        while (reader.TryReadTag(out var field, out _))
        {
            if (field == 1) decoder.DecodeResourceMetrics(ref reader, reader.ReadMessage());
        }

        ProtoFault.Report(reader, outcome);
    }
}
