using System.Buffers;

namespace Triptych.LogQL.Planning;

/// <summary>
/// Texts of which each match of a regular expression contains at least one: what filters and searches can look for before the expression runs. Knows
/// plain characters, small classes of them, and groups of plain alternatives; whatever else stands in an expression only separates such runs.
/// </summary>
internal static class RegexTexts
{
    private const int MostTexts = 16;
    private const int MostOfClass = 4;

    private static readonly SearchValues<char> s_nesting = SearchValues.Create("\\([{");
    private static readonly SearchValues<char> s_operators = SearchValues.Create(".*+?^$}");
    private static readonly SearchValues<char> s_ofRepeat = SearchValues.Create("0123456789,");

    /// <summary>The run whose shortest text is longest, of the first such; empty where none is certain.</summary>
    public static IReadOnlyList<string> Of(string pattern)
    {
        // Flags and quotation change what characters mean; alternatives outside of groups have nothing in common.
        if (pattern.Contains("(?", StringComparison.Ordinal) || pattern.Contains("\\Q", StringComparison.Ordinal)) return [];

        // Bytes that are no text are read as this character, which they do not contain.
        if (pattern.Contains('\uFFFD', StringComparison.Ordinal)) return [];
        IReadOnlyList<string> best = [];
        List<string> run = [""];
        for (var i = 0; i < pattern.Length;)
        {
            var next = ReadItem(pattern, i, out var items);
            if (next < 0) return [];
            var quantifier = next < pattern.Length ? pattern[next] : '\0';
            if (items is null || quantifier is '*' or '?' or '{' || run.Count * items.Count > MostTexts)
            {
                Settle();
                i = items is not null && quantifier is not ('*' or '?' or '{') ? Begin(items, next) : SkipQuantifier(pattern, next);
                if (i < 0) return [];
                continue;
            }

            run = [.. run.SelectMany(_ => items, (before, item) => before + item)];
            if (quantifier == '+')
            {
                Settle();
                next++;
            }

            i = next;
        }

        Settle();
        return best;

        int Begin(List<string> items, int next)
        {
            if (items.Count <= MostTexts) run = items;
            return next;
        }

        void Settle()
        {
            if (run.Min(t => t.Length) > (best.Count == 0 ? 0 : best.Min(t => t.Length))) best = run;
            run = [""];
        }
    }

    /// <summary>
    /// ASCII texts of which each match contains at least one, its letters in either case, where the whole expression is one that takes letters in both
    /// cases (<c>(?i)…</c>, <c>(?i:…)</c>); empty where none are certain. K and S are in none: they match characters beyond ASCII too.
    /// </summary>
    public static IReadOnlyList<string> InAnyCase(string pattern)
    {
        const string Flag = "(?i)";
        const string Group = "(?i:";
        var isGroup = pattern.StartsWith(Group, StringComparison.Ordinal);
        if (!isGroup && !pattern.StartsWith(Flag, StringComparison.Ordinal)) return [];
        var body = isGroup ? pattern[Group.Length..^1] : pattern[Flag.Length..];

        // The group's end is known where nothing in it could be another one's.
        if (isGroup && (pattern[^1] != ')' || body.AsSpan().ContainsAny("()\\["))) return [];
        var texts = Of(body);

        // Alternatives are known in groups.
        if (texts.Count == 0) texts = Of($"({body})");
        var certain = texts.Select(LongestCertain).ToList();
        return certain.Exists(t => t.Length == 0) ? [] : certain;
    }

    private static string LongestCertain(string text)
    {
        var best = "";
        for (var start = 0; start < text.Length;)
        {
            var end = start;
            while (end < text.Length && char.IsAscii(text[end]) && text[end] is not ('k' or 'K' or 's' or 'S')) end++;
            if (end - start > best.Length) best = text[start..end];
            start = end + 1;
        }

        return best;
    }

    /// <summary>Where the item ends, and the texts that it is one of, null where that is not known; -1 where nothing can be said at all.</summary>
    private static int ReadItem(string pattern, int start, out List<string>? items)
    {
        items = null;
        switch (pattern[start])
        {
            case '|' or ')' or '*' or '?' or '+':
                return -1;
            case '(':
                return ReadGroup(pattern, start, out items);
            case '[':
                return ReadClass(pattern, start, out items);
            case '\\':
                if (start + 1 == pattern.Length) return -1;
                if (char.IsAsciiLetterOrDigit(pattern[start + 1])) return SkipEscape(pattern, start);
                items = [pattern.Substring(start + 1, 1)];
                return start + 2;
            case '.' or '^' or '$':
                return start + 1;
            case '{' or '}':
                return -1;
            default:
                var length = char.IsHighSurrogate(pattern[start]) && start + 1 < pattern.Length ? 2 : 1;
                items = [pattern.Substring(start, length)];
                return start + length;
        }
    }

    /// <summary>Classes like <c>\d</c> and <c>\b</c> take two characters; longer ones (<c>\pN</c>, <c>\x</c>) are left alone.</summary>
    private static int SkipEscape(string pattern, int start) =>
        pattern[start + 1] is 'p' or 'P' or 'x' || char.IsAsciiDigit(pattern[start + 1]) ? -1 : start + 2;

    private static int ReadGroup(string pattern, int start, out List<string>? items)
    {
        items = null;
        var end = pattern.IndexOf(')', start);
        var body = end < 0 ? "" : pattern[(start + 1)..end];
        if (end < 0 || body.AsSpan().ContainsAny(s_nesting)) return -1;
        if (!body.AsSpan().ContainsAny(s_operators) && body.Split('|') is { Length: <= MostTexts } alternatives) items = [.. alternatives];
        return end + 1;
    }

    private static int ReadClass(string pattern, int start, out List<string>? items)
    {
        items = null;
        var end = start + 1;
        if (end < pattern.Length && pattern[end] == '^') end++;
        if (end < pattern.Length && pattern[end] == ']') end++;
        end = pattern.IndexOf(']', Math.Min(end, pattern.Length));
        if (end < 0) return -1;
        var body = pattern[(start + 1)..end];
        if (body.AsSpan().ContainsAny("\\[")) return -1;
        var isPlain = body.Length is > 0 and <= MostOfClass && !body.AsSpan().ContainsAny("^-]") && !body.Any(char.IsSurrogate);
        if (isPlain) items = [.. body.Select(c => c.ToString())];
        return end + 1;
    }

    /// <summary>Where <c>{n,m}</c> ends; 0 where the brace is no quantifier.</summary>
    private static int EndOfRepeat(string pattern, int at)
    {
        var end = pattern.IndexOf('}', at);
        return end > at + 1 && !pattern.AsSpan(at + 1, end - at - 1).ContainsAnyExcept(s_ofRepeat) ? end + 1 : 0;
    }

    private static int SkipQuantifier(string pattern, int at)
    {
        if (at == pattern.Length) return at;
        var end = pattern[at] switch
        {
            '*' or '?' or '+' => at + 1,
            '{' => EndOfRepeat(pattern, at),
            _ => at,
        };
        if (end == 0) return -1;
        return end > at && end < pattern.Length && pattern[end] == '?' ? end + 1 : end;
    }
}
