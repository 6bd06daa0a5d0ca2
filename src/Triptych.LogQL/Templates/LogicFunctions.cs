using System.Globalization;
using System.Text;

namespace Triptych.LogQL.Templates;

/// <summary>Comparisons, conditions and printing.</summary>
internal static class LogicFunctions
{
    private const int Any = int.MaxValue;

    public static void AddTo(Dictionary<string, TemplateFunction> all)
    {
        all["eq"] = new(2, Any, (a, _) => Array.Exists(a[1..], other => Compare(a[0], other) == 0));
        all["ne"] = new(2, 2, (a, _) => Compare(a[0], a[1]) is { } order ? order != 0 : null);
        all["lt"] = new(2, 2, (a, _) => Compare(a[0], a[1]) is { } order ? order < 0 : null);
        all["le"] = new(2, 2, (a, _) => Compare(a[0], a[1]) is { } order ? order <= 0 : null);
        all["gt"] = new(2, 2, (a, _) => Compare(a[0], a[1]) is { } order ? order > 0 : null);
        all["ge"] = new(2, 2, (a, _) => Compare(a[0], a[1]) is { } order ? order >= 0 : null);
        all["and"] = new(1, Any, (a, _) => Array.Find(a, v => !TemplateValue.IsTrue(v)) ?? a[^1]);
        all["or"] = new(1, Any, (a, _) => Array.Find(a, TemplateValue.IsTrue) ?? a[^1]);
        all["not"] = new(1, 1, (a, _) => !TemplateValue.IsTrue(a[0]));
        all["default"] = new(2, 2, (a, _) => TemplateValue.IsTrue(a[1]) ? a[1] : a[0]);
        all["len"] = new(1, 1, (a, _) => a[0] is string text ? (long)Encoding.UTF8.GetByteCount(text) : null);
        all["print"] = new(0, Any, (a, _) => string.Concat(a.Select(TemplateValue.Print)));
        all["printf"] = new(1, Any, (a, _) => a[0] is string format ? Format(format, a.AsSpan(1)) : null);
    }

    /// <summary>Order of two values of one kind; null where Go refuses to compare them.</summary>
    private static int? Compare(object left, object right) => (left, right) switch
    {
        (string a, string b) => string.CompareOrdinal(a, b),
        (long a, long b) => a.CompareTo(b),
        (double a, double b) => a.CompareTo(b),
        (bool a, bool b) => a.CompareTo(b),
        _ => null,
    };

    /// <summary>The verbs %s %v %d %f %q %t %x %% with width, zero padding, left alignment and precision; null for others.</summary>
    private static string? Format(string format, ReadOnlySpan<object> values)
    {
        var text = new StringBuilder();
        var next = 0;
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                text.Append(format[i]);
                continue;
            }

            var start = ++i;
            while (i < format.Length && format[i] is '-' or '0' or '.' or (>= '1' and <= '9')) i++;
            if (i >= format.Length) return null;
            if (format[i] == '%')
            {
                text.Append('%');
                continue;
            }

            if (next >= values.Length || FormatOne(format[i], format[start..i], values[next++]) is not { } formatted) return null;
            text.Append(formatted);
            if (text.Length > Template.MaxOutputLength) return null;
        }

        return next == values.Length ? text.ToString() : null;
    }

    private static string? FormatOne(char verb, string flags, object value)
    {
        var left = flags.StartsWith('-');
        var parts = flags.TrimStart('-').Split('.');
        if (parts.Length > 2 || parts[0].Length > 4 || (parts.Length == 2 && parts[1].Length > 2)) return null;
        var zeros = parts[0].StartsWith('0');
        if (!int.TryParse("0" + parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var width)) return null;
        int? precision = parts.Length == 2 ? int.Parse("0" + parts[1], CultureInfo.InvariantCulture) : null;
        var text = (verb, value) switch
        {
            ('s' or 'v', string s) => precision is { } most && s.Length > most ? s[..most] : s,
            ('v', _) => TemplateValue.Print(value),
            ('q', string s) => Syntax.Literals.StringLiteral.Quote(s),
            ('d', long n) => n.ToString(CultureInfo.InvariantCulture),
            ('x', long n) => n.ToString("x", CultureInfo.InvariantCulture),
            ('f', double n) => n.ToString("F" + (precision ?? 6).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
            ('t', bool flag) => flag ? "true" : "false",
            _ => null,
        };
        if (text is null) return null;
        if (left) return text.PadRight(width);
        return zeros && value is long or double ? PadZeros(text, width) : text.PadLeft(width);
    }

    private static string PadZeros(string number, int width) =>
        number.StartsWith('-') ? "-" + number[1..].PadLeft(width - 1, '0') : number.PadLeft(width, '0');
}
