using Triptych.Ingest.Otlp.Json;
using Triptych.Ingest.Otlp.Metrics;
using Triptych.Model.Metrics;
using Triptych.Primitives.Protobuf;

namespace Triptych.Ingest.Otlp;

/// <summary>
/// Decodes an <c>ExportMetricsServiceRequest</c> into a batch of samples, translated as Prometheus does under the same options. Any thread may call. Throws
/// nothing but <see cref="Primitives.Memory.MemoryBudgetExceededException"/>.
/// </summary>
public static class OtlpMetricDecoder
{
    /// <summary>
    /// Decodes a body; see <see cref="DecodeOutcome"/> for how it ends. Refusals count data points:
    /// <c>unspecified_temporality</c>, <c>invalid_name</c>, <c>invalid_labels</c>, <c>invalid_histogram</c>, <c>invalid_summary</c>.
    /// </summary>
    public static void Decode(ReadOnlySpan<byte> body, BodyEncoding encoding, OtlpMetricOptions options, MetricBatch into, DecodeOutcome outcome)
    {
        if (encoding == BodyEncoding.Protobuf)
        {
            DecodeProtobuf(body, options, into, outcome);
            return;
        }

        using var protobuf = OtlpJson.ToProtobuf(body, OtlpMessages.MetricsData, into.Budget, outcome);
        if (protobuf is not null) DecodeProtobuf(protobuf.Span, options, into, outcome);
    }

    private static void DecodeProtobuf(ReadOnlySpan<byte> body, OtlpMetricOptions options, MetricBatch into, DecodeOutcome outcome)
    {
        using var decoder = new MetricDecoder(options, into, outcome);
        var reader = new ProtoReader(body);
        while (reader.TryReadTag(out var field, out _))
        {
            if (field == 1) decoder.DecodeResourceMetrics(ref reader, reader.ReadMessage());
        }

        ProtoFault.Report(reader, outcome);
    }
}
