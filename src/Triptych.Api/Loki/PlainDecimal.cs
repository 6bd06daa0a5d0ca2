using System.Globalization;

namespace Triptych.Api.Loki;

/// <summary>Numbers as Loki writes them: the shortest digits that read back as the same number, never with an exponent.</summary>
internal static class PlainDecimal
{
    /// <summary>The longest text: a sign, zero, point, 323 zeros and 17 digits, rounded up.</summary>
    public const int MaxLength = 384;

    /// <summary>Writes a number; returns its length.</summary>
    public static int Write(double value, Span<byte> utf8)
    {
        if (double.IsNaN(value)) return Copy("NaN"u8, utf8);
        if (double.IsInfinity(value)) return Copy(value > 0 ? "+Inf"u8 : "-Inf"u8, utf8);
        Span<byte> shortest = stackalloc byte[32];
        value.TryFormat(shortest, out var length, "R", CultureInfo.InvariantCulture);
        shortest = shortest[..length];
        var mark = shortest.IndexOf((byte)'E');
        return mark < 0 ? Copy(shortest, utf8) : Expand(
            shortest[..mark], int.Parse(shortest[(mark + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture), utf8);
    }

    private static int Expand(ReadOnlySpan<byte> mantissa, int exponent, Span<byte> utf8)
    {
        var at = 0;
        if (mantissa[0] == '-')
        {
            utf8[at++] = (byte)'-';
            mantissa = mantissa[1..];
        }

        Span<byte> digits = stackalloc byte[32];
        var count = 0;
        foreach (var b in mantissa)
        {
            if (b != '.') digits[count++] = b;
        }

        // The point stands behind this many digits.
        var point = exponent + 1;
        if (point <= 0)
        {
            at += Copy("0."u8, utf8[at..]);
            utf8.Slice(at, -point).Fill((byte)'0');
            at += -point;
            return at + Copy(digits[..count], utf8[at..]);
        }

        for (var i = 0; i < Math.Max(count, point); i++)
        {
            if (i == point) utf8[at++] = (byte)'.';
            utf8[at++] = i < count ? digits[i] : (byte)'0';
        }

        return at;
    }

    private static int Copy(ReadOnlySpan<byte> text, Span<byte> utf8)
    {
        text.CopyTo(utf8);
        return text.Length;
    }
}
