using Triptych.Ingest.Otlp.Json;
using Triptych.Ingest.Otlp.Traces;
using Triptych.Model.Traces;
using Triptych.Primitives.Protobuf;

namespace Triptych.Ingest.Otlp;

/// <summary>
/// Decodes an <c>ExportTraceServiceRequest</c> (or the equal <c>TracesData</c>) into a batch of spans. Any thread may call. Throws nothing but
/// <see cref="Primitives.Memory.MemoryBudgetExceededException"/>.
/// </summary>
public static class OtlpTraceDecoder
{
    /// <summary>
    /// Decodes a body; see <see cref="DecodeOutcome"/> for how it ends. Refusals: <c>invalid_id</c>, <c>invalid_time</c>,
    /// <c>too_many_attributes</c>.
    /// </summary>
    public static void Decode(ReadOnlySpan<byte> body, BodyEncoding encoding, SpanBatch into, DecodeOutcome outcome)
    {
        if (encoding == BodyEncoding.Protobuf)
        {
            DecodeProtobuf(body, into, outcome);
            return;
        }

        using var protobuf = OtlpJson.ToProtobuf(body, OtlpMessages.TracesData, into.Budget, outcome);
        if (protobuf is not null) DecodeProtobuf(protobuf.Span, into, outcome);
    }

    private static void DecodeProtobuf(ReadOnlySpan<byte> body, SpanBatch into, DecodeOutcome outcome)
    {
        using var decoder = new SpanDecoder(into, outcome);
        var reader = new ProtoReader(body);
        while (reader.TryReadTag(out var field, out _))
        {
            if (field == 1) decoder.DecodeResourceSpans(ref reader, reader.ReadMessage());
        }

        ProtoFault.Report(reader, outcome);
    }
}
