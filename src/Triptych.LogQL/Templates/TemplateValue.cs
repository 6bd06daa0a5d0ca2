using System.Globalization;
using System.Text;

namespace Triptych.LogQL.Templates;

/// <summary>Go's nil as a value: what a JSON null, a text that is no JSON and a key that an object lacks are.</summary>
internal sealed class TemplateNil
{
    public static readonly TemplateNil Value = new();

    private TemplateNil()
    {
    }
}

/// <summary>Values by key, in the order of the keys, as Go's templates go through maps.</summary>
internal sealed class TemplateMap(IEnumerable<KeyValuePair<string, object>> entries, object missing)
{
    private readonly SortedDictionary<string, object> _entries = Collect(entries);

    public IReadOnlyDictionary<string, object> Entries => _entries;

    public object this[string key] => _entries.GetValueOrDefault(key, missing);

    private static SortedDictionary<string, object> Collect(IEnumerable<KeyValuePair<string, object>> entries)
    {
        var sorted = new SortedDictionary<string, object>(StringComparer.Ordinal);
        foreach (var (key, value) in entries) sorted[key] = value;
        return sorted;
    }
}

/// <summary>Values as Go's templates treat them: string, long, double, bool, nil, maps, lists and times.</summary>
internal static class TemplateValue
{
    public static bool IsTrue(object value) => value switch
    {
        bool flag => flag,
        long number => number != 0,
        double number => number != 0,
        string text => text.Length > 0,
        TemplateNil => false,
        TemplateMap map => map.Entries.Count > 0,
        IReadOnlyList<object> list => list.Count > 0,
        _ => true,
    };

    /// <summary>Whether functions over texts and numbers take the value.</summary>
    public static bool IsSimple(object value) => value is string or long or double or bool;

    /// <summary>A simple value as text.</summary>
    public static string Print(object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => PrintDouble(number),
        _ => (string)value,
    };

    /// <summary>Any value as an action writes it; null for a time in a zone whose short name is not known, and for what is too long.</summary>
    public static string? PrintAny(object value)
    {
        if (IsSimple(value)) return Print(value);
        if (value is TemplateNil) return "<no value>";
        var text = new StringBuilder();
        return TryPrint(value, text) ? text.ToString() : null;
    }

    /// <summary>A value as the verb %v writes it.</summary>
    public static string? PrintVerb(object value) => value is TemplateNil ? "<nil>" : PrintAny(value);

    /// <summary>A number out of anything, 0 where it is none, as the functions' originals cast.</summary>
    public static double ToDouble(object value) => value switch
    {
        bool flag => flag ? 1 : 0,
        long number => number,
        double number => number,
        string text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : 0,
        _ => 0,
    };

    /// <inheritdoc cref="ToDouble"/>
    public static long ToLong(object value) => value switch
    {
        long number => number,
        string text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        _ => ToDouble(value) is var number && Math.Abs(number) < 9e18 ? (long)number : 0,
    };

    /// <summary>The value under a name; null where the value has no names.</summary>
    public static object? Member(object value, string name) => value is TemplateMap map ? map[name] : null;

    private static bool TryPrint(object value, StringBuilder text)
    {
        switch (value)
        {
            case TemplateNil:
                text.Append("<nil>");
                break;
            case GoTime time:
                if (GoTimeLayout.Format(time, GoTime.DefaultLayout) is not { } formatted) return false;
                text.Append(formatted);
                break;
            case TemplateMap map:
                text.Append("map[");
                var separator = "";
                foreach (var (key, item) in map.Entries)
                {
                    text.Append(separator).Append(key).Append(':');
                    if (!TryPrint(item, text)) return false;
                    separator = " ";
                }

                text.Append(']');
                break;
            case IReadOnlyList<object> list:
                text.Append('[');
                for (var i = 0; i < list.Count; i++)
                {
                    if (i > 0) text.Append(' ');
                    if (!TryPrint(list[i], text)) return false;
                }

                text.Append(']');
                break;
            default:
                text.Append(Print(value));
                break;
        }

        return text.Length <= Template.MaxOutputLength;
    }

    /// <summary>As Go's %v: the fewest digits that tell the number from others, with an exponent below -4 and from 6 on.</summary>
    private static string PrintDouble(double number)
    {
        if (double.IsNaN(number)) return "NaN";
        if (double.IsInfinity(number)) return number > 0 ? "+Inf" : "-Inf";
        if (number == 0) return double.IsNegative(number) ? "-0" : "0";
        var text = Math.Abs(number).ToString("R", CultureInfo.InvariantCulture);
        var mark = text.IndexOf('E', StringComparison.Ordinal);
        var mantissa = mark < 0 ? text : text[..mark];
        var exponent = mark < 0 ? 0 : int.Parse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        if (point < 0) point = mantissa.Length;
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        var zeros = digits.Length - digits.TrimStart('0').Length;
        digits = digits.Trim('0');
        // The value is 0.digits times ten to this power.
        var power = exponent + point - zeros;
        return (number < 0 ? "-" : "") + Place(digits, power);
    }

    private static string Place(string digits, int power)
    {
        if (power - 1 is < -4 or >= 6)
        {
            var fraction = digits.Length > 1 ? "." + digits[1..] : "";
            return string.Create(CultureInfo.InvariantCulture, $"{digits[0]}{fraction}e{(power > 0 ? '+' : '-')}{Math.Abs(power - 1):00}");
        }

        if (power <= 0) return "0." + new string('0', -power) + digits;
        return digits.Length <= power ? digits.PadRight(power, '0') : digits[..power] + "." + digits[power..];
    }
}
