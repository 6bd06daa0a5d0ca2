using Triptych.Ingest.Otlp.Json;
using Triptych.Ingest.Otlp.Logs;
using Triptych.Model.Logs;
using Triptych.Primitives.Protobuf;

namespace Triptych.Ingest.Otlp;

/// <summary>
/// Decodes an <c>ExportLogsServiceRequest</c> into a batch of log records, mapped as Loki maps them: some resource attributes are the stream's labels, all
/// else is structured metadata, the body is the line. Any thread may call. Throws nothing but <see cref="Primitives.Memory.MemoryBudgetExceededException"/>.
/// </summary>
public static class OtlpLogDecoder
{
    /// <summary>
    /// Decodes a body; see <see cref="DecodeOutcome"/> for how it ends. Refusals: <c>line_too_long</c>, <c>invalid_labels</c>,
    /// <c>structured_metadata_too_large</c>, <c>invalid_time</c>.
    /// </summary>
    /// <param name="body">The decompressed body.</param>
    /// <param name="encoding">Its encoding.</param>
    /// <param name="now">The time of records that have none.</param>
    /// <param name="options">Limits, what attributes become, what is found out.</param>
    /// <param name="into">Where records go.</param>
    /// <param name="outcome">How it went.</param>
    public static void Decode(
        ReadOnlySpan<byte> body, BodyEncoding encoding, DateTimeOffset now, LogIntakeOptions options, LogBatch into, DecodeOutcome outcome)
    {
        if (encoding == BodyEncoding.Protobuf)
        {
            DecodeProtobuf(body, now, options, into, outcome);
            return;
        }

        using var protobuf = OtlpJson.ToProtobuf(body, OtlpMessages.LogsData, into.Budget, outcome);
        if (protobuf is not null) DecodeProtobuf(protobuf.Span, now, options, into, outcome);
    }

    private static void DecodeProtobuf(ReadOnlySpan<byte> body, DateTimeOffset now, LogIntakeOptions options, LogBatch into, DecodeOutcome outcome)
    {
        using var decoder = new LogRecordDecoder(into, outcome, now, options);
        var reader = new ProtoReader(body);
        while (reader.TryReadTag(out var field, out _))
        {
            if (field == 1) decoder.DecodeResourceLogs(ref reader, reader.ReadMessage());
        }

        ProtoFault.Report(reader, outcome);
    }
}
