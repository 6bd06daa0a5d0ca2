using System.Buffers;
using System.Globalization;

namespace Triptych.LogQL.Syntax.Literals;

/// <summary>One step into a JSON document: a key, or an index where <see cref="Key"/> is null.</summary>
public readonly record struct JsonPathStep(string? Key, int Index);

/// <summary>A path such as <c>servers[0]["host name"].ip</c>.</summary>
public static class JsonPath
{
    private const int MaxSteps = 100;

    private static readonly SearchValues<char> s_forbidden = SearchValues.Create("\" ,|()");

    /// <summary>The steps of a path that is known to be valid.</summary>
    /// <exception cref="ArgumentException">It is not.</exception>
    public static IReadOnlyList<JsonPathStep> Parse(string text) =>
        TryParse(text, out var steps, out var problem) ? steps : throw new ArgumentException(problem, nameof(text));

    public static bool TryParse(string text, out IReadOnlyList<JsonPathStep> steps, out string problem)
    {
        var list = new List<JsonPathStep>();
        steps = list;
        problem = "";
        for (var i = 0; i < text.Length && problem.Length == 0;)
        {
            if (list.Count == MaxSteps)
                problem = $"JSON path has more than {MaxSteps} steps";
            else if (text[i] == '[')
                i = ReadBracket(text, i, list, ref problem);
            else
                i = ReadKey(text, i, list, ref problem);
        }
        if (list.Count == 0 && problem.Length == 0)
            problem = "empty JSON path";
        return problem.Length == 0;
    }

    private static int ReadKey(string text, int start, List<JsonPathStep> steps, ref string problem)
    {
        if (text[start] == '.')
        {
            if (steps.Count == 0)
                problem = "JSON path begins with a dot";
            start++;
        }
        else if (steps.Count > 0)
        {
            problem = "JSON path needs a dot before a key";
        }
        var length = text.AsSpan(start).IndexOfAny(".[]");
        var end = length < 0 ? text.Length : start + length;
        var key = text[start..end].Trim();
        if (key.Length == 0 || key.AsSpan().ContainsAny(s_forbidden))
            problem = "invalid key in JSON path";
        else if (end < text.Length && text[end] == ']')
            problem = "unexpected ] in JSON path";
        steps.Add(new JsonPathStep(key, 0));
        return end;
    }

    private static int ReadBracket(string text, int start, List<JsonPathStep> steps, ref string problem)
    {
        if (start + 1 < text.Length && text[start + 1] == '"')
        {
            var end = StringLiteral.FindEnd(text, start + 1);
            if (end > 0 && end < text.Length && text[end] == ']'
                && StringLiteral.TryUnquote(text.AsSpan(start + 1, end - start - 1), out var key, out problem))
            {
                steps.Add(new JsonPathStep(key, 0));
                return end + 1;
            }
            problem = "invalid quoted key in JSON path";
            return text.Length;
        }
        var close = text.IndexOf(']', start);
        if (close > 0
            && int.TryParse(text.AsSpan(start + 1, close - start - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            steps.Add(new JsonPathStep(null, index));
            return close + 1;
        }
        problem = "invalid index in JSON path";
        return text.Length;
    }
}
