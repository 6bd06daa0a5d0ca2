using System.Text;

namespace Triptych.Model.Labels;

/// <summary>A label set as messages name it.</summary>
public static class LabelSetText
{
    /// <summary>Characters of a text at most; what a sender made long shall not fill a log.</summary>
    public const int MostCharacters = 400;

    /// <summary>The labels as a selector writes them, <c>{a="b", c="d"}</c>; where that is long, it ends with <c>…}</c>.</summary>
    /// <param name="canonicalLabels">A canonical label set.</param>
    public static string Of(ReadOnlySpan<byte> canonicalLabels)
    {
        var text = new StringBuilder("{");
        var reader = new LabelSetReader(canonicalLabels);
        while (text.Length <= MostCharacters && reader.TryRead(out var name, out var value))
        {
            if (text.Length > 1) text.Append(", ");
            var quoted = Start(value).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
            text.Append(Start(name)).Append("=\"").Append(quoted).Append('"');
        }

        if (text.Length <= MostCharacters) return text.Append('}').ToString();
        var cut = char.IsHighSurrogate(text[MostCharacters - 3]) ? MostCharacters - 3 : MostCharacters - 2;
        return text.Remove(cut, text.Length - cut).Append("…}").ToString();
    }

    private static string Start(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, 4 * MostCharacters)]);
}
