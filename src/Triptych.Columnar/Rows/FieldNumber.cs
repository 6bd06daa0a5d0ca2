using System.Globalization;

namespace Triptych.Columnar.Rows;

/// <summary>
/// Decimal numbers in the one form that gives their text back: no exponent, no leading zero but a single one before the point, at most 15 digits, so
/// that a double holds each exactly enough to print it again. Fraction digits are as many as there are, but at least as many as the column's writer
/// always writes: a zero behind those is not canonical.
/// </summary>
public static class FieldNumber
{
    /// <summary>The most digits of a number, and so the most of its fraction.</summary>
    public const int MaxDigits = 15;

    /// <summary>The most bytes that <see cref="Write"/> needs.</summary>
    public const int MaxTextBytes = MaxDigits + 3;

    private static readonly long[] s_powers = [.. Enumerable.Range(0, MaxDigits + 1).Select(static i => (long)Math.Pow(10, i))];

    /// <summary>Reads the digits and how many of them are behind the point; false for what is no number of this form, whatever column it is for.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out long digits, out int decimals)
    {
        (digits, decimals) = (0, 0);
        var negative = text.Length > 0 && text[0] == (byte)'-';
        var at = negative ? 1 : 0;
        if (text.Length - at > MaxDigits + 1 || at == text.Length) return false;
        var first = at;
        for (; at < text.Length && (uint)(text[at] - '0') <= 9; at++) digits = (digits * 10) + (text[at] - '0');
        var whole = at - first;
        if (whole == 0 || (whole > 1 && text[first] == (byte)'0')) return false;
        if (at < text.Length)
        {
            if (text[at++] != (byte)'.') return false;
            var point = at;
            for (; at < text.Length && (uint)(text[at] - '0') <= 9; at++) digits = (digits * 10) + (text[at] - '0');
            decimals = at - point;
            if (decimals == 0 || at < text.Length) return false;
        }

        if (whole + decimals > MaxDigits || (negative && digits == 0)) return false;
        if (negative) digits = -digits;
        return true;
    }

    /// <summary>Reads a number as a column holds it: times ten to the power of <paramref name="decimals"/>; false where its text would not come back.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, int decimals, int leastDecimals, out long scaled)
    {
        if (!TryRead(text, out scaled, out var own) || own > decimals || own < leastDecimals) return false;
        if (own > leastDecimals && text[^1] == (byte)'0') return false;
        var limit = s_powers[MaxDigits];
        var factor = s_powers[decimals - own];
        if (Math.Abs(scaled) >= limit / factor) return false;
        scaled *= factor;
        return true;
    }

    /// <summary>Writes the text of a number as a column holds it; returns its length.</summary>
    public static int Write(long scaled, int decimals, int leastDecimals, Span<byte> into)
    {
        for (; decimals > leastDecimals && scaled % 10 == 0; decimals--) scaled /= 10;
        var at = 0;
        if (scaled < 0) into[at++] = (byte)'-';
        var (whole, fraction) = Math.DivRem(Math.Abs(scaled), s_powers[decimals]);
        whole.TryFormat(into[at..], out var written, default, CultureInfo.InvariantCulture);
        at += written;
        if (decimals == 0) return at;
        into[at++] = (byte)'.';
        for (var i = decimals - 1; i >= 0; i--, fraction /= 10) into[at + i] = (byte)('0' + (fraction % 10));
        return at + decimals;
    }

    /// <summary>The number: the double nearest to its text.</summary>
    public static double ToDouble(long scaled, int decimals) => decimals == 0 ? scaled : scaled / (double)s_powers[decimals];
}
