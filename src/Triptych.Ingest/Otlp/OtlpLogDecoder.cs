using Triptych.Model.Logs;

namespace Triptych.Ingest.Otlp;

/// <summary>Decodes an <c>ExportLogsServiceRequest</c> into a batch of log records.</summary>
public static class OtlpLogDecoder
{
    /// <summary>Decodes a body; see <see cref="DecodeOutcome"/> for how it ends.</summary>
    public static void Decode(ReadOnlySpan<byte> body, BodyEncoding encoding, DateTimeOffset now, LogBatch into, DecodeOutcome outcome) =>
        outcome.Fail("OTLP logs are not decoded yet");
}
