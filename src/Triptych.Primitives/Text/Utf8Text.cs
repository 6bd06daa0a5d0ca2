using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Triptych.Primitives.Binary;

namespace Triptych.Primitives.Text;

/// <summary>Checks and repairs of text that came from outside as bytes.</summary>
public static class Utf8Text
{
    private static ReadOnlySpan<byte> Replacement => [0xEF, 0xBF, 0xBD];

    public static bool IsValid(ReadOnlySpan<byte> text) => Utf8.IsValid(text);

    /// <summary>The first <paramref name="maxBytes"/> of a text, less what would be part of a character.</summary>
    public static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> text, int maxBytes)
    {
        if (text.Length <= maxBytes) return text;
        var end = maxBytes;
        while (end > 0 && maxBytes - end < 3 && (text[end] & 0xC0) == 0x80) end--;
        return text[..end];
    }

    /// <summary>
    /// Appends <paramref name="text"/> to <paramref name="output"/> with U+FFFD for each maximal malformed part (as the Unicode standard
    /// advises in 3.9 and browsers do). Returns the number of replacements.
    /// </summary>
    public static int Repair(ReadOnlySpan<byte> text, PooledBufferWriter output)
    {
        var replaced = 0;
        var good = 0;
        var i = 0;
        while (i < text.Length)
        {
            if (text[i] < 0x80)
            {
                i++;
                continue;
            }

            var status = Rune.DecodeFromUtf8(text[i..], out _, out var length);
            if (status != OperationStatus.Done)
            {
                output.Write(text[good..i]);
                output.Write(Replacement);
                replaced++;
                good = i + length;
            }

            i += length;
        }

        output.Write(text[good..]);
        return replaced;
    }
}
