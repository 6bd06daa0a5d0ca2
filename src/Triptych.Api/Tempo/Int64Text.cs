using System.Buffers.Text;
using System.Text.Json;

namespace Triptych.Api.Tempo;

/// <summary>64-bit integers as protobuf's JSON writes them: texts of digits.</summary>
internal static class Int64Text
{
    /// <summary>Writes the member.</summary>
    public static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, long value)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(value, digits, out var written);
        json.WriteString(name, digits[..written]);
    }

    /// <summary>Writes the member where it is not 0.</summary>
    public static void WriteUnlessZero(Utf8JsonWriter json, ReadOnlySpan<byte> name, long value)
    {
        if (value != 0) Write(json, name, value);
    }
}
