using System.Globalization;

namespace Triptych.PromQL.Syntax;

/// <summary>Numbers and durations as written in queries, and durations as printed.</summary>
public static class NumberText
{
    private static readonly (string Unit, long Milliseconds)[] s_units =
    [
        ("y", 365L * 24 * 3600 * 1000),
        ("w", 7L * 24 * 3600 * 1000),
        ("d", 24L * 3600 * 1000),
        ("h", 3600 * 1000),
        ("m", 60 * 1000),
        ("s", 1000),
        ("ms", 1),
    ];

    /// <summary>
    /// Decimal, hexadecimal (<c>0x1F</c>), octal with a leading zero (as in Go), exponents, <c>_</c> between digits. A decimal number past
    /// the largest float gives an infinity, which the caller has to refuse. Hexadecimal ones have to fit a signed integer of 64 bits.
    /// </summary>
    public static bool TryParseNumber(ReadOnlySpan<char> text, out double number)
    {
        number = 0;
        if (text.IsEmpty || !char.IsAsciiDigit(text[0]) && text[0] != '.')
            return false;
        Span<char> digits = stackalloc char[128];
        var count = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '_')
            {
                if (i == 0 || i == text.Length - 1 || !char.IsAsciiHexDigit(text[i - 1]) && text[i - 1] is not ('x' or 'X')
                    || !char.IsAsciiHexDigit(text[i + 1]))
                    return false;
                continue;
            }
            if (count == digits.Length)
                return false;
            digits[count++] = text[i];
        }
        var clean = digits[..count];
        if (count > 2 && clean[0] == '0' && (clean[1] is 'x' or 'X'))
            return TryParseHexadecimal(clean[2..], out number);
        if (count > 1 && clean[0] == '0' && !clean.ContainsAnyExceptInRange('0', '7'))
            return TryParseOctal(clean[1..], out number);
        return double.TryParse(
            clean, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out number)
            && (clean[0] == '.' || char.IsAsciiDigit(clean[0]));
    }

    /// <summary>Units largest first, each at most once: <c>1h30m</c>.</summary>
    public static bool TryParseDuration(ReadOnlySpan<char> text, out long milliseconds)
    {
        milliseconds = 0;
        var nextUnit = 0;
        if (text.IsEmpty)
            return false;
        while (!text.IsEmpty)
        {
            var digits = 0;
            while (digits < text.Length && char.IsAsciiDigit(text[digits]))
                digits++;
            var letters = digits;
            while (letters < text.Length && char.IsAsciiLetter(text[letters]))
                letters++;
            if (digits == 0 || !long.TryParse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var amount))
                return false;
            var unit = nextUnit;
            while (unit < s_units.Length && !text[digits..letters].SequenceEqual(s_units[unit].Unit))
                unit++;
            if (unit == s_units.Length || amount > (long.MaxValue / 1_000_000 - milliseconds) / s_units[unit].Milliseconds)
                return false;
            milliseconds += amount * s_units[unit].Milliseconds;
            nextUnit = unit + 1;
            text = text[letters..];
        }
        return true;
    }

    /// <summary>The shortest form in units that divide the value: <c>1h30m</c>, <c>0s</c>, <c>-5m</c>.</summary>
    public static string FormatDuration(long milliseconds)
    {
        if (milliseconds == 0)
            return "0s";
        var text = milliseconds < 0 ? "-" : "";
        var rest = Math.Abs(milliseconds);
        foreach (var (unit, size) in s_units)
        {
            // Years and weeks only where they say it all: "53w" is no help to a reader, "366d" is.
            if (unit is "y" or "w" && rest % size != 0)
                continue;
            if (rest >= size)
            {
                text += (rest / size).ToString(CultureInfo.InvariantCulture) + unit;
                rest %= size;
            }
        }
        return text;
    }

    private static bool TryParseHexadecimal(ReadOnlySpan<char> digits, out double number)
    {
        number = 0;
        if (!ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) || value > long.MaxValue)
            return false;
        number = value;
        return true;
    }

    private static bool TryParseOctal(ReadOnlySpan<char> digits, out double number)
    {
        number = 0;
        foreach (var digit in digits)
            number = (number * 8) + (digit - '0');
        return true;
    }
}
