using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Triptych.LogQL.Functions;

/// <summary>
/// Replacement texts by Go's rules: <c>$name</c> takes as many letters, digits and underscores as there are, <c>${name}</c> ends itself,
/// <c>$$</c> is
/// a dollar; groups that are not there are empty.
/// </summary>
internal static class GoExpansion
{
    public static string Expand(string template, Match match)
    {
        var text = new StringBuilder();
        for (var i = 0; i < template.Length; i++)
        {
            if (template[i] != '$')
            {
                text.Append(template[i]);
                continue;
            }

            if (i + 1 < template.Length && template[i + 1] == '$')
            {
                text.Append('$');
                i++;
                continue;
            }

            var braced = i + 1 < template.Length && template[i + 1] == '{';
            var start = i + (braced ? 2 : 1);
            var end = start;
            while (end < template.Length && (char.IsAsciiLetterOrDigit(template[end]) || template[end] == '_')) end++;
            if (end == start || (braced && (end == template.Length || template[end] != '}')))
            {
                text.Append('$');
                continue;
            }

            var name = template[start..end];
            var isNumber = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
            var group = isNumber ? match.Groups[number] : match.Groups[name];
            if (group.Success) text.Append(group.Value);
            i = braced ? end : end - 1;
        }

        return text.ToString();
    }
}
