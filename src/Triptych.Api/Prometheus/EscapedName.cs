using System.Buffers;
using System.Globalization;
using System.Text;

namespace Triptych.Api.Prometheus;

/// <summary>
/// Names of any characters in the alphabet of old names: <c>U__</c>, then <c>__</c> for an underscore and <c>_2e_</c> (lower-case hex)
/// for another character.
/// </summary>
internal static class EscapedName
{
    private const string Prefix = "U__";
    private const int MaxHexDigits = 6;
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>The name that was escaped; the text itself where it is not one.</summary>
    public static string Unescape(string text)
    {
        if (!text.StartsWith(Prefix, StringComparison.Ordinal)) return text;
        var name = new StringBuilder();
        var i = Prefix.Length;
        while (i < text.Length)
        {
            if (text[i] != '_')
            {
                name.Append(text[i++]);
                continue;
            }

            var end = text.IndexOf('_', i + 1);
            if (end < 0 || !AppendEscaped(name, text.AsSpan(i + 1, end - i - 1))) return text;
            i = end + 1;
        }

        return name.ToString();
    }

    private static bool AppendEscaped(StringBuilder name, ReadOnlySpan<char> hex)
    {
        if (hex.IsEmpty)
        {
            name.Append('_');
            return true;
        }

        if (hex.Length > MaxHexDigits || hex.ContainsAnyExcept(HexDigits)) return false;
        var scalar = int.Parse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        if (!Rune.IsValid(scalar)) return false;
        name.Append(new Rune(scalar).ToString());
        return true;
    }
}
