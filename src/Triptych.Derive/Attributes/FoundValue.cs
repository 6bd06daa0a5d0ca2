using System.Buffers.Text;
using Triptych.Model.Attributes;
using Triptych.Primitives.Binary;

namespace Triptych.Derive.Attributes;

/// <summary>An attribute's value in the set that it was found in; <see cref="AttributeKind.None"/> where it was not found.</summary>
/// <param name="Kind">Its type.</param>
/// <param name="Bits">The integer, the double's bits, or 1 and 0.</param>
/// <param name="Start">Where text, JSON or bytes begin in the set.</param>
/// <param name="Length">Their length, in bytes.</param>
internal readonly record struct FoundValue(AttributeKind Kind, long Bits, int Start, int Length)
{
    private const int LongestNumber = 40;

    /// <summary>Whether there is such an attribute.</summary>
    public bool IsFound => Kind != AttributeKind.None;

    /// <summary>Appends the value as a label shows it.</summary>
    public void AppendText(ReadOnlySpan<byte> set, PooledBufferWriter output)
    {
        switch (Kind)
        {
            case AttributeKind.String or AttributeKind.Array or AttributeKind.KeyValueList:
                output.Write(set.Slice(Start, Length));
                break;
            case AttributeKind.Int:
                var room = output.GetSpan(LongestNumber);
                if (Utf8Formatter.TryFormat(Bits, room, out var written)) output.Advance(written);
                break;
            case AttributeKind.Bool:
                output.Write(Bits != 0 ? "true"u8 : "false"u8);
                break;
            case AttributeKind.Double or AttributeKind.Bytes:
                output.WriteUtf8(AttributeValue.Read(Kind, Bits, set.Slice(Start, Length)).ToText());
                break;
            default:
                break;
        }
    }

    /// <summary>The value as a number; 0 where it is none.</summary>
    public double ToNumber() => Kind switch
    {
        AttributeKind.Int => Bits,
        AttributeKind.Double => BitConverter.Int64BitsToDouble(Bits),
        _ => 0,
    };
}
