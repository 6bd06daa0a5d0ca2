using Triptych.Model.Attributes;
using Triptych.Primitives.Protobuf;

namespace Triptych.Ingest.Otlp.Values;

/// <summary>
/// An OTLP <c>AnyValue</c> as it lies in the body; lists and maps stay unread in <see cref="Nested"/>.
/// <c>AnyValue{string 1, bool 2, int 3, double 4, array 5 {values 1}, kvlist 6 {values 1}, bytes 7}</c>, <c>KeyValue{key 1, value 2}</c>.
/// </summary>
internal ref struct AnyValue
{
    /// <summary>How deep lists and maps may stand in each other.</summary>
    public const int MaxDepth = 32;

    /// <summary>The type; <see cref="AttributeKind.None"/> for a value that is not set.</summary>
    public AttributeKind Kind;

    /// <summary>The integer, the double's bits, or 1 and 0.</summary>
    public long Bits;

    /// <summary>Text (as sent, perhaps not valid UTF-8) or bytes.</summary>
    public ReadOnlySpan<byte> Bytes;

    /// <summary>The content of a list or map.</summary>
    public ProtoReader Nested;

    /// <summary>Reads a value from its message; the reader keeps the error.</summary>
    public static AnyValue Read(scoped ref ProtoReader message, ProtoReader content)
    {
        var value = default(AnyValue);
        while (content.TryReadTag(out var field, out _))
        {
            switch (field)
            {
                case 1:
                    value.Kind = AttributeKind.String;
                    value.Bytes = content.ReadBytes();
                    break;
                case 2:
                    value.Kind = AttributeKind.Bool;
                    value.Bits = content.ReadBool() ? 1 : 0;
                    break;
                case 3:
                    value.Kind = AttributeKind.Int;
                    value.Bits = content.ReadInt64();
                    break;
                case 4:
                    value.Kind = AttributeKind.Double;
                    value.Bits = (long)content.ReadFixed64();
                    break;
                case 5 or 6:
                    value.Kind = field == 5 ? AttributeKind.Array : AttributeKind.KeyValueList;
                    value.Nested = content.ReadMessage();
                    break;
                case 7:
                    value.Kind = AttributeKind.Bytes;
                    value.Bytes = content.ReadBytes();
                    break;
            }
        }

        message.Absorb(content);
        return value;
    }

    /// <summary>Reads a <c>KeyValue</c> message; false when the body is malformed, the error being in <paramref name="parent"/>.</summary>
    public static bool TryReadPair(scoped ref ProtoReader parent, ProtoReader pair, out ReadOnlySpan<byte> key, out AnyValue value)
    {
        key = default;
        value = default;
        while (pair.TryReadTag(out var field, out _))
        {
            if (field == 1) key = pair.ReadBytes();
            else if (field == 2) value = Read(ref pair, pair.ReadMessage());
        }

        return parent.Absorb(pair);
    }
}
