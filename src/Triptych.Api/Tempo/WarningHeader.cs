using System.Text;

namespace Triptych.Api.Tempo;

/// <summary>
/// Warnings of a query as the header of RFC 7234, section 5.5: most answers of this API have no member for them.
/// </summary>
internal static class WarningHeader
{
    private const int MaxChars = 1_024;

    /// <summary>The header's value.</summary>
    public static string Of(IEnumerable<string> warnings)
    {
        var text = new StringBuilder("299 triptych \"");
        foreach (var c in string.Join("; ", warnings))
        {
            if (text.Length >= MaxChars) break;
            if (c is '"' or '\\') text.Append('\\');
            text.Append(c is >= ' ' and <= '~' ? c : '?');
        }

        return text.Append('"').ToString();
    }
}
