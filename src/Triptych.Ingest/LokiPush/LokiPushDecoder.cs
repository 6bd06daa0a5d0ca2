using Triptych.Model.Logs;
using Triptych.Primitives.Protobuf;

namespace Triptych.Ingest.LokiPush;

/// <summary>
/// Decodes a decompressed Loki push body, protobuf or JSON, into a batch of log records. Any thread may call. Throws nothing but
/// <see cref="Primitives.Memory.MemoryBudgetExceededException"/>.
/// </summary>
public static class LokiPushDecoder
{
    /// <summary>Whether a stream's label may have this name, in UTF-8: <c>[a-zA-Z_:][a-zA-Z0-9_:]*</c>.</summary>
    public static bool IsLabelName(ReadOnlySpan<byte> name) => StreamLabelsParser.IsName(name);

    /// <summary>
    /// Decodes a body; see <see cref="DecodeOutcome"/> for how it ends. Refusals: <c>missing_labels</c>, <c>invalid_labels</c>,
    /// <c>duplicate_label_names</c>, <c>line_too_long</c>, <c>structured_metadata_too_large</c>,
    /// <c>invalid_time</c>, and those of <see cref="LogIntakeOptions"/>.
    /// </summary>
    /// <param name="body">The decompressed body.</param>
    /// <param name="encoding">Its encoding.</param>
    /// <param name="now">The time of protobuf entries that have none.</param>
    /// <param name="options">Limits, and what is found out.</param>
    /// <param name="into">Where records go.</param>
    /// <param name="outcome">How it went.</param>
    public static void Decode(
        ReadOnlySpan<byte> body, BodyEncoding encoding, DateTimeOffset now, LogIntakeOptions options, LogBatch into, DecodeOutcome outcome)
    {
        into.Reserve(body.Length);
        using var writer = new PushStreamWriter(into, outcome, options);
        if (encoding == BodyEncoding.Json)
        {
            PushJson.Decode(body, writer, outcome);
            return;
        }

        var decoder = new PushProtobuf(writer, UnixNanos.Of(now), outcome);
        var reader = new ProtoReader(body);
        while (reader.TryReadTag(out var field, out _))
        {
            if (field == 1) decoder.DecodeStream(ref reader, reader.ReadMessage());
        }

        ProtoFault.Report(reader, outcome);
    }
}
