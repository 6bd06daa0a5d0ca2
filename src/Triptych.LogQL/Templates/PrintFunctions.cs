using System.Globalization;
using System.Text;
using Triptych.LogQL.Syntax.Literals;

namespace Triptych.LogQL.Templates;

/// <summary>Values as text, by Go's rules of printing.</summary>
internal static class PrintFunctions
{
    private const int Any = int.MaxValue;

    public static void AddTo(Dictionary<string, TemplateFunction> all)
    {
        all["print"] = new(0, Any, (a, _) => Print(a)) { TakesAny = true };
        all["println"] = new(0, Any, (a, _) => PrintLine(a)) { TakesAny = true };
        all["printf"] = new(1, Any, (a, _) => a[0] is string format ? Format(format, a.AsSpan(1)) : null) { TakesAny = true };
        all["html"] = new(0, Any, (a, _) => Print(a) is { } text ? Escape(text, HtmlOf) : null) { TakesAny = true };
        all["js"] = new(0, Any, (a, _) => Print(a) is { } text ? Escape(text, JavaScriptOf) : null) { TakesAny = true };
        all["urlquery"] = new(0, Any, (a, _) => Print(a) is { } text ? TextFunctions.UrlEncode(text) : null) { TakesAny = true };
    }

    /// <summary>The values with a blank between two that are no texts.</summary>
    private static string? Print(object[] values)
    {
        var text = new StringBuilder();
        for (var i = 0; i < values.Length; i++)
        {
            if (i > 0 && values[i] is not string && values[i - 1] is not string) text.Append(' ');
            if (!TryAppend(text, TemplateValue.PrintVerb(values[i]))) return null;
        }

        return text.ToString();
    }

    private static string? PrintLine(object[] values)
    {
        var text = new StringBuilder();
        for (var i = 0; i < values.Length; i++)
        {
            if (i > 0) text.Append(' ');
            if (!TryAppend(text, TemplateValue.PrintVerb(values[i]))) return null;
        }

        return text.Append('\n').ToString();
    }

    private static bool TryAppend(StringBuilder text, string? piece) =>
        piece is not null && text.Append(piece).Length <= Template.MaxOutputLength;

    /// <summary>
    /// The verbs %s %v %q %d %x %X %o %b %c %f %e %g %t %% with width, precision, sign, zero padding and left alignment; null for others and
    /// where a value does not fit its verb.
    /// </summary>
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
            while (i < format.Length && format[i] is '-' or '+' or ' ' or '0' or '.' or (>= '1' and <= '9')) i++;
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

    private static string? FormatOne(char verb, string specification, object value)
    {
        var digits = specification.TrimStart('-', '+', ' ', '0');
        var flags = specification[..^digits.Length];
        var parts = digits.Split('.');
        if (parts.Length > 2 || parts[0].Length > 4 || (parts.Length == 2 && parts[1].Length > 2)) return null;
        if (!int.TryParse("0" + parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var width)) return null;
        var precision = -1;
        if (parts.Length == 2 && !int.TryParse("0" + parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out precision)) return null;
        var text = value switch
        {
            string s => OfText(verb, s, precision),
            long n => OfWhole(verb, n),
            double n => OfReal(verb, n, precision),
            bool flag when verb is 't' or 'v' => flag ? "true" : "false",
            GoTime when verb is 's' or 'v' => TemplateValue.PrintVerb(value),
            _ when verb == 'v' => TemplateValue.PrintVerb(value),
            _ => null,
        };
        if (text is null) return null;
        var isNumber = value is long or double && verb != 'c';
        if (isNumber && text[0] is not ('-' or '+'))
            text = flags.Contains('+', StringComparison.Ordinal) ? "+" + text : flags.Contains(' ', StringComparison.Ordinal) ? " " + text : text;
        if (flags.Contains('-', StringComparison.Ordinal)) return text.PadRight(width);
        return isNumber && flags.Contains('0', StringComparison.Ordinal) ? PadZeros(text, width) : text.PadLeft(width);
    }

    private static string? OfText(char verb, string value, int precision)
    {
        if (precision >= 0 && value.Length > precision) value = value[..precision];
        return verb switch
        {
            's' or 'v' => value,
            'q' => StringLiteral.Quote(value),
            'x' => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(value)),
            'X' => Convert.ToHexString(Encoding.UTF8.GetBytes(value)),
            _ => null,
        };
    }

    private static string? OfWhole(char verb, long value)
    {
        var sign = value < 0 ? "-" : "";
        var magnitude = value < 0 ? (ulong)-(value + 1) + 1 : (ulong)value;
        return verb switch
        {
            'd' or 'v' => value.ToString(CultureInfo.InvariantCulture),
            'x' => sign + magnitude.ToString("x", CultureInfo.InvariantCulture),
            'X' => sign + magnitude.ToString("X", CultureInfo.InvariantCulture),
            'b' => sign + magnitude.ToString("b", CultureInfo.InvariantCulture),
            'o' when value >= 0 => Convert.ToString(value, 8),
            'c' when Rune.IsValid((int)Math.Clamp(value, -1, int.MaxValue)) => new Rune((int)value).ToString(),
            _ => null,
        };
    }

    private static string? OfReal(char verb, double value, int precision)
    {
        if (!double.IsFinite(value)) return verb is 'v' or 'f' or 'e' or 'g' ? TemplateValue.Print(value) : null;
        var decimals = precision < 0 ? 6 : precision;
        return verb switch
        {
            'v' or 'g' when precision < 0 => TemplateValue.Print(value),
            'f' => value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
            'e' => value.ToString((decimals == 0 ? "0" : "0." + new string('0', decimals)) + "e+00", CultureInfo.InvariantCulture),
            _ => null,
        };
    }

    private static string PadZeros(string number, int width) =>
        number[0] is '-' or '+' or ' ' ? number[0] + number[1..].PadLeft(Math.Max(0, width - 1), '0') : number.PadLeft(width, '0');

    private static string Escape(string text, Func<char, string?> escapeOf)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (escapeOf(c) is { } escape) escaped.Append(escape);
            else escaped.Append(c);
        }

        return escaped.ToString();
    }

    private static string? HtmlOf(char c) => c switch
    {
        '"' => "&#34;",
        '\'' => "&#39;",
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '\0' => "\uFFFD",
        _ => null,
    };

    private static string? JavaScriptOf(char c) => c switch
    {
        '\\' => "\\\\",
        '\'' => "\\'",
        '"' => "\\\"",
        '<' or '>' or '&' or '=' or < ' ' or '\u007F' => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}"),
        _ => null,
    };
}
