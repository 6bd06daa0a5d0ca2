using Triptych.Primitives.Protobuf;

namespace Triptych.Ingest;

/// <summary>Words a malformed protobuf body as the one line that its sender gets.</summary>
internal static class ProtoFault
{
    /// <summary>Fails the outcome when the reader of the outermost message has an error; true when it has none.</summary>
    public static bool Report(scoped ProtoReader reader, DecodeOutcome outcome)
    {
        if (reader.Error == ProtoError.None) return true;
        var reason = reader.Error switch
        {
            ProtoError.Truncated => "the message ends within an element",
            ProtoError.VarintTooLong => "a varint is too long",
            ProtoError.LengthOutOfRange => "a length runs past the end of its message",
            ProtoError.FieldNumberZero => "a field has the number 0",
            ProtoError.InvalidWireType => "a wire type is not valid",
            ProtoError.WrongWireType => "a field has a wire type that its schema does not give it",
            _ => $"a value is nested deeper than {Otlp.Values.AnyValue.MaxDepth} levels",
        };
        outcome.Fail($"malformed protobuf at offset {reader.ErrorOffset}: {reason}");
        return false;
    }
}
