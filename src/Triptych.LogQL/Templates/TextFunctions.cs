using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Triptych.LogQL.Functions;
using Triptych.Model.Labels;
using static Triptych.LogQL.Templates.TemplateValue;

namespace Triptych.LogQL.Templates;

/// <summary>Functions over texts. Those with a capital take the text first, the others last, so that it can be piped in.</summary>
internal static class TextFunctions
{
    public static void AddTo(Dictionary<string, TemplateFunction> all)
    {
        AddCase(all);
        AddTrims(all);
        AddParts(all);
        AddCodings(all);
    }

    private static void AddCase(Dictionary<string, TemplateFunction> all)
    {
        all["lower"] = all["ToLower"] = new(1, 1, (a, _) => Print(a[0]).ToLowerInvariant());
        all["upper"] = all["ToUpper"] = new(1, 1, (a, _) => Print(a[0]).ToUpperInvariant());
        all["title"] = new(1, 1, (a, _) => CultureInfo.InvariantCulture.TextInfo.ToTitleCase(Print(a[0])));
    }

    private static void AddTrims(Dictionary<string, TemplateFunction> all)
    {
        all["trim"] = all["TrimSpace"] = new(1, 1, (a, _) => Print(a[0]).Trim());
        all["trimAll"] = new(2, 2, (a, _) => Print(a[1]).Trim(Print(a[0]).ToCharArray()));
        all["trimPrefix"] = new(2, 2, (a, _) => WithoutPrefix(Print(a[1]), Print(a[0])));
        all["trimSuffix"] = new(2, 2, (a, _) => WithoutSuffix(Print(a[1]), Print(a[0])));
        all["Trim"] = new(2, 2, (a, _) => Print(a[0]).Trim(Print(a[1]).ToCharArray()));
        all["TrimLeft"] = new(2, 2, (a, _) => Print(a[0]).TrimStart(Print(a[1]).ToCharArray()));
        all["TrimRight"] = new(2, 2, (a, _) => Print(a[0]).TrimEnd(Print(a[1]).ToCharArray()));
        all["TrimPrefix"] = new(2, 2, (a, _) => WithoutPrefix(Print(a[0]), Print(a[1])));
        all["TrimSuffix"] = new(2, 2, (a, _) => WithoutSuffix(Print(a[0]), Print(a[1])));
    }

    private static void AddParts(Dictionary<string, TemplateFunction> all)
    {
        all["contains"] = new(2, 2, (a, _) => Print(a[1]).Contains(Print(a[0]), StringComparison.Ordinal));
        all["hasPrefix"] = new(2, 2, (a, _) => Print(a[1]).StartsWith(Print(a[0]), StringComparison.Ordinal));
        all["hasSuffix"] = new(2, 2, (a, _) => Print(a[1]).EndsWith(Print(a[0]), StringComparison.Ordinal));
        all["trunc"] = new(2, 2, (a, _) => Truncate(Print(a[1]), ToLong(a[0])));
        all["substr"] = new(3, 3, (a, _) => Substring(Print(a[2]), ToLong(a[0]), ToLong(a[1])));
        all["repeat"] = new(2, 2, (a, _) => Repeat(Print(a[1]), ToLong(a[0])));
        all["indent"] = new(2, 2, (a, _) => Indent(Print(a[1]), ToLong(a[0]), ""));
        all["nindent"] = new(2, 2, (a, _) => Indent(Print(a[1]), ToLong(a[0]), "\n"));
        all["replace"] = new(3, 3, (a, _) => Replace(Print(a[2]), Print(a[0]), Print(a[1]), -1));
        all["Replace"] = new(4, 4, (a, _) => Replace(Print(a[0]), Print(a[1]), Print(a[2]), ToLong(a[3])));
        all["alignLeft"] = new(2, 2, (a, _) => Align(Print(a[1]), ToLong(a[0]), left: true));
        all["alignRight"] = new(2, 2, (a, _) => Align(Print(a[1]), ToLong(a[0]), left: false));
        all["count"] = new(2, 2, (a, _) => Compile(a[0]) is { } regex ? (long)regex.Count(Print(a[1])) : null);
        all["regexReplaceAll"] = new(3, 3, (a, _) => ReplaceAll(a, match => GoExpansion.Expand(Print(a[2]), match)));
        all["regexReplaceAllLiteral"] = new(3, 3, (a, _) => ReplaceAll(a, _ => Print(a[2])));
    }

    private static void AddCodings(Dictionary<string, TemplateFunction> all)
    {
        all["b64enc"] = new(1, 1, (a, _) => Convert.ToBase64String(Encoding.UTF8.GetBytes(Print(a[0]))));
        all["b64dec"] = new(1, 1, (a, _) => DecodeBase64(Print(a[0])));
        all["urlencode"] = new(1, 1, (a, _) => UrlEncode(Print(a[0])));
        all["urldecode"] = new(1, 1, (a, _) => Uri.UnescapeDataString(Print(a[0]).Replace('+', ' ')));
    }

    /// <summary>As the values of a URL's query are written.</summary>
    public static string UrlEncode(string text) => Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal);

    private static string WithoutPrefix(string text, string prefix) =>
        text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : text;

    private static string WithoutSuffix(string text, string suffix) =>
        text.EndsWith(suffix, StringComparison.Ordinal) ? text[..^suffix.Length] : text;

    /// <summary>The first characters, or for a negative length the last ones.</summary>
    private static string Truncate(string text, long length)
    {
        if (length >= 0) return length < text.Length ? text[..(int)length] : text;
        return -length < text.Length ? text[^(int)-length..] : text;
    }

    private static string Substring(string text, long start, long end)
    {
        var from = (int)Math.Clamp(start, 0, text.Length);
        var to = end < 0 || end > text.Length ? text.Length : (int)end;
        return to > from ? text[from..to] : "";
    }

    private static string? Repeat(string text, long count)
    {
        if (count <= 0 || text.Length == 0) return "";
        if (count > Template.MaxOutputLength / text.Length) return null;
        return new StringBuilder(text.Length * (int)count).Insert(0, text, (int)count).ToString();
    }

    private static string? Indent(string text, long width, string before)
    {
        if (width < 0 || width * (text.AsSpan().Count('\n') + 1) > Template.MaxOutputLength) return null;
        var blanks = new string(' ', (int)width);
        return before + blanks + text.Replace("\n", "\n" + blanks, StringComparison.Ordinal);
    }

    private static string? Replace(string text, string old, string replacement, long count)
    {
        if (old.Length == 0) return null;
        var result = new StringBuilder();
        var at = 0;
        for (; count != 0; count--)
        {
            var found = text.IndexOf(old, at, StringComparison.Ordinal);
            if (found < 0) break;
            result.Append(text, at, found - at).Append(replacement);
            if (result.Length > Template.MaxOutputLength) return null;
            at = found + old.Length;
        }

        return result.Append(text, at, text.Length - at).ToString();
    }

    /// <summary>The text cut or padded to a width.</summary>
    private static string? Align(string text, long width, bool left)
    {
        if (width is < 0 or > Template.MaxOutputLength) return null;
        if (text.Length > width) return left ? text[..(int)width] : text[^(int)width..];
        return left ? text.PadRight((int)width) : text.PadLeft((int)width);
    }

    private static Regex? Compile(object pattern) => RegexCache.Get(Print(pattern));

    private static string? ReplaceAll(object[] arguments, MatchEvaluator replacement)
    {
        if (Compile(arguments[0]) is not { } regex) return null;
        var result = regex.Replace(Print(arguments[1]), replacement);
        return result.Length <= Template.MaxOutputLength ? result : null;
    }

    private static string? DecodeBase64(string text)
    {
        var bytes = new byte[(text.Length / 4 * 3) + 3];
        return Convert.TryFromBase64String(text, bytes, out var length) ? Encoding.UTF8.GetString(bytes, 0, length) : null;
    }

    /// <summary>The last patterns of this thread: a template uses the same few on every row, but a row may name its own.</summary>
    private static class RegexCache
    {
        private const int MaxEntries = 32;

        [ThreadStatic]
        private static Dictionary<string, Regex?>? s_entries;

        public static Regex? Get(string pattern)
        {
            var entries = s_entries ??= new Dictionary<string, Regex?>(StringComparer.Ordinal);
            if (entries.TryGetValue(pattern, out var regex)) return regex;
            if (entries.Count == MaxEntries) entries.Clear();
            return entries[pattern] = RegexSyntax.TryCompileCapturing(pattern, anchored: false, out _);
        }
    }
}
