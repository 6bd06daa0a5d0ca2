using Triptych.Model.Logs;

namespace Triptych.Ingest.LokiPush;

/// <summary>Decodes a decompressed Loki push body into a batch of log records.</summary>
public static class LokiPushDecoder
{
    /// <summary>Decodes a body; see <see cref="DecodeOutcome"/> for how it ends.</summary>
    public static void Decode(ReadOnlySpan<byte> body, BodyEncoding encoding, DateTimeOffset now, LogBatch into, DecodeOutcome outcome) =>
        outcome.Fail("Loki push is not decoded yet");
}
