using System.Buffers;
using System.Globalization;
using System.Text;

namespace Triptych.LogQL.Syntax.Literals;

/// <summary>Numbers, durations and sizes as LogQL writes them.</summary>
public static class Quantities
{
    private static readonly SearchValues<char> s_digits = SearchValues.Create("0123456789.");
    private static readonly SearchValues<char> s_groupedDigits = SearchValues.Create("0123456789.,");

    private static readonly (string Unit, long Nanos)[] s_durationUnits =
    [
        ("ns", 1), ("us", 1_000), ("µs", 1_000), ("μs", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000),
        ("h", 3_600_000_000_000), ("d", 86_400_000_000_000), ("w", 604_800_000_000_000), ("y", 31_536_000_000_000_000),
    ];

    private static readonly (string Unit, long Nanos)[] s_printedUnits =
    [
        ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000),
        ("us", 1_000), ("ns", 1),
    ];

    /// <summary>Decimal or hexadecimal number without sign, digits may be grouped by underscores.</summary>
    public static bool TryParseNumber(ReadOnlySpan<char> text, out double value)
    {
        Span<char> digits = stackalloc char[64];
        value = 0;
        if (text.Length > digits.Length || text.IsEmpty || text[^1] == '_')
            return false;
        var length = 0;
        foreach (var c in text)
        {
            if (c != '_')
                digits[length++] = c;
        }
        var plain = digits[..length];
        if (plain.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            if (!ulong.TryParse(plain[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex))
                return false;
            value = hex;
            return true;
        }
        const NumberStyles Style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return double.TryParse(plain, Style, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
    }

    /// <summary>
    /// A sequence of decimal number and unit (ns, us, ms, s, m, h, d, w, y), such as <c>1h30m</c> or <c>1.5s</c>, in nanoseconds.
    /// A sign may precede it. False where it is malformed or does not fit.
    /// </summary>
    public static bool TryParseDuration(ReadOnlySpan<char> text, out long nanos)
    {
        nanos = 0;
        var negative = text.Length > 0 && text[0] == '-';
        if (text.Length > 0 && text[0] is '-' or '+')
            text = text[1..];
        if (text is "0")
            return true;
        if (text.IsEmpty || text.Length > 64)
            return false;
        decimal total = 0;
        while (!text.IsEmpty)
        {
            var digits = text.IndexOfAnyExcept(s_digits);
            if (digits <= 0 || digits > 19
                || !decimal.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount))
                return false;
            text = text[digits..];
            var unitLength = text.IndexOfAny(s_digits);
            var unit = unitLength < 0 ? text : text[..unitLength];
            text = text[unit.Length..];
            var unitNanos = UnitNanos(unit);
            if (unitNanos == 0)
                return false;
            if (amount > long.MaxValue / unitNanos)
                return false;
            total += amount * unitNanos;
            if (total > long.MaxValue)
                return false;
        }
        nanos = negative ? -(long)total : (long)total;
        return true;
    }

    /// <summary>A size such as <c>5KB</c> (1000-based), <c>5KiB</c> (1024-based) or <c>10B</c>, in bytes; letters in either case.</summary>
    public static bool TryParseBytes(ReadOnlySpan<char> text, out double sizeBytes)
    {
        sizeBytes = 0;
        var digits = text.IndexOfAnyExcept(s_groupedDigits);
        var number = digits < 0 ? text : text[..digits];
        var unit = digits < 0 ? [] : text[digits..].Trim();
        const NumberStyles Style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowThousands;
        if (!double.TryParse(number, Style, CultureInfo.InvariantCulture, out var amount))
            return false;
        if (unit.Length > 3)
            return false;
        if (unit.IsEmpty || (unit.Length == 1 && unit[0] is 'b' or 'B'))
        {
            sizeBytes = Math.Truncate(amount);
            return true;
        }
        var power = "kmgtpe".IndexOf(char.ToLowerInvariant(unit[0]), StringComparison.Ordinal) + 1;
        if (power == 0)
            return false;
        double basis;
        if (unit.Length == 1 || unit[1..].Equals("b", StringComparison.OrdinalIgnoreCase))
            basis = 1000;
        else if (unit[1..].Equals("i", StringComparison.OrdinalIgnoreCase) || unit[1..].Equals("ib", StringComparison.OrdinalIgnoreCase))
            basis = 1024;
        else
            return false;
        var scaled = amount * Math.Pow(basis, power);
        if (scaled >= ulong.MaxValue)
            return false;
        sizeBytes = Math.Truncate(scaled);
        return true;
    }

    /// <summary>The duration with the largest units first: <c>1h30m</c>; zero is <c>0s</c>.</summary>
    public static string PrintDuration(long nanos)
    {
        if (nanos == 0)
            return "0s";
        var text = new StringBuilder();
        if (nanos < 0)
            text.Append('-');
        var rest = nanos < 0 ? (ulong)(-(nanos + 1)) + 1 : (ulong)nanos;
        foreach (var (unit, unitNanos) in s_printedUnits)
        {
            var count = rest / (ulong)unitNanos;
            rest %= (ulong)unitNanos;
            if (count > 0)
                text.Append(CultureInfo.InvariantCulture, $"{count}{unit}");
        }
        return text.ToString();
    }

    private static long UnitNanos(ReadOnlySpan<char> unit)
    {
        foreach (var (name, nanos) in s_durationUnits)
        {
            if (unit.SequenceEqual(name))
                return nanos;
        }
        return 0;
    }
}
