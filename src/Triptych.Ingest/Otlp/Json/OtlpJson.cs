using System.Text.Json;
using Triptych.Primitives.Memory;

namespace Triptych.Ingest.Otlp.Json;

/// <summary>
/// OTLP/JSON enters, the same message on the protobuf wire leaves, in one pass without objects. So the order of JSON fields does not matter (the protobuf
/// decoders take a resource after what stands under it) and what a body means is decided in one place for both encodings.
/// </summary>
internal static class OtlpJson
{
    // A list of a list costs four JSON levels; the protobuf decoders then count values themselves.
    private const int MaxDepth = 192;

    /// <summary>Converts a body; null when it is malformed, which the outcome then tells.</summary>
    /// <param name="body">The JSON text.</param>
    /// <param name="message">What the body is.</param>
    /// <param name="budget">Charged for the result until its owner, the caller, disposes it.</param>
    /// <param name="outcome">Takes the error.</param>
    public static NativeList<byte>? ToProtobuf(ReadOnlySpan<byte> body, JsonMessage message, MemoryBudget budget, DecodeOutcome outcome)
    {
        var output = new NativeList<byte>(budget);
        var isDone = false;
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            using var transcoder = new JsonTranscoder(output);
            var error = transcoder.Transcode(ref reader, body, message);
            if (error is not null) outcome.Fail($"malformed OTLP/JSON at offset {reader.TokenStartIndex}: {error}");
            else isDone = true;
        }
        catch (JsonException e)
        {
            outcome.Fail($"malformed JSON at offset {reader.BytesConsumed}: {e.Message}");
        }
        finally
        {
            if (!isDone) output.Dispose();
        }

        return isDone ? output : null;
    }
}
