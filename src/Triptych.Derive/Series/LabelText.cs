using System.Text;
using Triptych.Model.Labels;

namespace Triptych.Derive.Series;

/// <summary>Names and values of labels that are made of attributes.</summary>
internal static class LabelText
{
    /// <summary>An attribute's name as a label's: what such a name may not have becomes an underscore; one that is taken gets two of them in front.</summary>
    public static byte[] NameOf(string attribute, int maxBytes, params ReadOnlySpan<string> taken)
    {
        var name = new StringBuilder();
        foreach (var c in attribute)
        {
            if (name.Length == 0 && char.IsAsciiDigit(c)) name.Append("key_");
            name.Append(char.IsAsciiLetterOrDigit(c) || c == '_' ? c : '_');
        }

        var text = name.ToString();
        if (taken.Contains(text)) text = "__" + text;
        return Encoding.UTF8.GetBytes(text.Length > maxBytes ? text[..maxBytes] : text);
    }

    /// <summary>Cuts UTF-8 at a character's beginning.</summary>
    public static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> text, int maxBytes)
    {
        if (text.Length <= maxBytes) return text;
        while (maxBytes > 0 && (text[maxBytes] & 0xc0) == 0x80) maxBytes--;
        return text[..maxBytes];
    }

    /// <summary>The canonical labels in a writer; a label set that cannot be is that of what overflowed.</summary>
    public static ReadOnlySpan<byte> Finish(LabelSetWriter writer) =>
        writer.TryFinish(out var canonical) == LabelSetError.None ? canonical : SeriesTable.OverflowLabels;
}
