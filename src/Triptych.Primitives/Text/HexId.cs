using System.Buffers;

namespace Triptych.Primitives.Text;

/// <summary>Ids as hexadecimal text without allocating: trace ids (16 bytes) and span ids (8 bytes). Written in lower case, read in either.</summary>
public static class HexId
{
    /// <summary>Writes two digits a byte into <paramref name="destination"/> (UTF-8); false when it is too small.</summary>
    public static bool TryEncode(ReadOnlySpan<byte> id, Span<byte> destination) =>
        Convert.TryToHexStringLower(id, destination, out _);

    /// <inheritdoc cref="TryEncode(ReadOnlySpan{byte}, Span{byte})" />
    public static bool TryEncode(ReadOnlySpan<byte> id, Span<char> destination) =>
        Convert.TryToHexStringLower(id, destination, out _);

    /// <summary>Reads exactly <c>2 * id.Length</c> digits (UTF-8) into <paramref name="id"/>; false on any other length or character.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> text, Span<byte> id) =>
        text.Length == id.Length * 2 && Convert.FromHexString(text, id, out _, out _) == OperationStatus.Done;

    /// <inheritdoc cref="TryDecode(ReadOnlySpan{byte}, Span{byte})" />
    public static bool TryDecode(ReadOnlySpan<char> text, Span<byte> id) =>
        text.Length == id.Length * 2 && Convert.FromHexString(text, id, out _, out _) == OperationStatus.Done;
}
