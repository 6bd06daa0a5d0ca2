using Triptych.Model.Logs;

namespace Triptych.Ingest.Documents;

/// <summary>
/// Decodes newline-delimited JSON, a document a line, into log records. Empty lines are passed over; a line that is not a document is refused alone. Any
/// thread may call. Throws nothing but <see cref="Primitives.Memory.MemoryBudgetExceededException"/>.
/// </summary>
public static class NdJsonDecoder
{
    /// <summary>
    /// Decodes a body. Refusals: <c>malformed</c>, <c>invalid_time</c>, and those of <see cref="LokiPush.LokiPushDecoder"/>.
    /// </summary>
    /// <param name="body">The decompressed body.</param>
    /// <param name="options">Which fields say what.</param>
    /// <param name="intake">Limits, and what is found out.</param>
    /// <param name="now">The time of documents that have none.</param>
    /// <param name="into">Where records go.</param>
    /// <param name="outcome">How it went.</param>
    public static void Decode(
        ReadOnlySpan<byte> body, DocumentOptions options, LogIntakeOptions intake, DateTimeOffset now, LogBatch into, DecodeOutcome outcome)
    {
        into.Reserve(body.Length);
        using var reader = new DocumentReader(options, intake, now, into, outcome);
        while (!body.IsEmpty)
        {
            var line = DocumentLines.Take(ref body);
            if (!line.IsEmpty) reader.Read(line);
        }
    }
}
