using Triptych.Model.Traces;

namespace Triptych.Ingest.Otlp;

/// <summary>Decodes an <c>ExportTraceServiceRequest</c> into a batch of spans.</summary>
public static class OtlpTraceDecoder
{
    /// <summary>Decodes a body; see <see cref="DecodeOutcome"/> for how it ends.</summary>
    public static void Decode(ReadOnlySpan<byte> body, BodyEncoding encoding, SpanBatch into, DecodeOutcome outcome) =>
        outcome.Fail("OTLP traces are not decoded yet");
}
