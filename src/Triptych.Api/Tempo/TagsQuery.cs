using System.Globalization;
using System.Text;
using Triptych.TraceQL.Syntax;

namespace Triptych.Api.Tempo;

/// <summary>Turns the search by tags of Tempo's first version (<c>tags=service.name="a b" error=true</c>, logfmt) into TraceQL.</summary>
internal static class TagsQuery
{
    private const int MaxTags = 64;

    /// <summary>The query, or what is wrong with the text.</summary>
    public static (string? Query, string? Error) Translate(string tags)
    {
        var conditions = new List<string>();
        var at = 0;
        while (SkipSpaces(tags, ref at))
        {
            var keyStart = at;
            while (at < tags.Length && tags[at] is not ('=' or ' ' or '"')) at++;
            var key = tags[keyStart..at];
            if (key.Length == 0 || at == tags.Length || tags[at] != '=')
            {
                return (null, $"invalid tags: at character {keyStart + 1} a name and a value, name=value, are expected");
            }

            at++;
            if (ReadValue(tags, ref at) is not { } value) return (null, $"invalid tags: the value of {key} has no closing quote");
            if (ConditionOf(key, value) is not { } condition) return (null, $"invalid tags: {key} cannot be \"{value}\"");
            conditions.Add(condition);
            if (conditions.Count > MaxTags) return (null, $"invalid tags: more than {MaxTags} tags");
        }

        return ($"{{ {string.Join(" && ", conditions)} }}", null);
    }

    private static bool SkipSpaces(string text, ref int at)
    {
        while (at < text.Length && text[at] == ' ') at++;
        return at < text.Length;
    }

    private static string? ReadValue(string text, ref int at)
    {
        if (at == text.Length || text[at] != '"')
        {
            var start = at;
            while (at < text.Length && text[at] != ' ') at++;
            return text[start..at];
        }

        var value = new StringBuilder();
        for (at++; at < text.Length; at++)
        {
            if (text[at] == '"')
            {
                at++;
                return value.ToString();
            }

            if (text[at] == '\\' && at + 1 < text.Length) at++;
            value.Append(text[at]);
        }

        return null;
    }

    private static string? ConditionOf(string key, string value)
    {
        switch (key)
        {
            case "name":
                return $"name = {StaticValue.Quote(value)}";
            case "root.name":
                return $"rootName = {StaticValue.Quote(value)}";
            case "root.service.name":
                return $"rootServiceName = {StaticValue.Quote(value)}";
            case "status" or "status.code":
                return StaticValue.StatusNamed(value) is { } status ? $"status = {status}" : null;
            case "error" when value == "true":
                return "status = error";
        }

        // A tag's value came without a type: numbers and booleans are looked for in both forms.
        var field = new AttributeReference(FieldScope.None, key, OfParent: false).Written;
        var asText = $"{field} = {StaticValue.Quote(value)}";
        if (value is "true" or "false") return $"({asText} || {field} = {value})";
        if (long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return $"({asText} || {field} = {number})";
        return double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var real)
            ? string.Create(CultureInfo.InvariantCulture, $"({asText} || {field} = {real:0.0#################})")
            : asText;
    }
}
