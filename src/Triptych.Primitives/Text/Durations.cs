using System.Globalization;
using System.Text;

namespace Triptych.Primitives.Text;

/// <summary>Why a text is not a duration.</summary>
public enum DurationError
{
    None = 0,
    Empty,
    Invalid,

    /// <summary>Beyond the 292 years that 64-bit nanoseconds hold.</summary>
    OutOfRange,
}

/// <summary>
/// The two notations for durations: Prometheus's (<c>1h30m</c>, <c>500ms</c>: whole numbers, units y w d h m s ms, largest first, each
/// once) and Go's (<c>1.5h</c>, <c>100us</c>: fractions, a sign, units h m s ms us ns in any order). Values are nanoseconds.
/// </summary>
public static class Durations
{
    private const long Nanosecond = 1;
    private const long Microsecond = 1_000;
    private const long Millisecond = 1_000_000;
    private const long Second = 1_000_000_000;
    private const long Minute = 60 * Second;
    private const long Hour = 60 * Minute;
    private const long Day = 24 * Hour;

    // Prometheus: a day always has 24 hours, a year always 365 days. Weeks and years are written only when nothing remains,
    // so that 90d does not become 12w6d.
    private static readonly (string Unit, long Nanos, bool OnlyExact)[] PrometheusUnits =
    [
        ("y", 365 * Day, true), ("w", 7 * Day, true), ("d", Day, false), ("h", Hour, false), ("m", Minute, false), ("s", Second, false),
        ("ms", Millisecond, false),
    ];

    /// <summary>Reads Prometheus's notation. <c>0</c> needs no unit; there is no sign.</summary>
    public static DurationError ParsePrometheus(ReadOnlySpan<char> text, out long nanos)
    {
        nanos = 0;
        if (text.IsEmpty)
            return DurationError.Empty;
        if (text is "0")
            return DurationError.None;
        UInt128 total = 0;
        var nextUnit = 0;
        while (!text.IsEmpty)
        {
            var digits = text.IndexOfAnyExceptInRange('0', '9');
            if (digits <= 0)
                return DurationError.Invalid;
            var number = text[..digits];
            text = text[digits..];
            var unitLength = text.IndexOfAnyInRange('0', '9');
            var unit = unitLength < 0 ? text : text[..unitLength];
            while (nextUnit < PrometheusUnits.Length && !unit.SequenceEqual(PrometheusUnits[nextUnit].Unit))
                nextUnit++;
            if (nextUnit == PrometheusUnits.Length)
                return DurationError.Invalid;
            text = text[unit.Length..];

            // A number that is too long still has to be followed by a well-formed rest to be out of range rather than invalid.
            var parsed = ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var value);
            total += parsed ? (UInt128)value * (ulong)PrometheusUnits[nextUnit].Nanos : long.MaxValue + (UInt128)1;
            nextUnit++;
        }

        if (total > long.MaxValue)
            return DurationError.OutOfRange;
        nanos = (long)total;
        return DurationError.None;
    }

    /// <summary>Writes Prometheus's notation; what lies below a millisecond is dropped.</summary>
    public static string FormatPrometheus(long nanos)
    {
        if (nanos / Millisecond == 0)
            return "0s";
        var text = new StringBuilder();
        var rest = Magnitude(nanos) / Millisecond * Millisecond;
        if (nanos < 0)
            text.Append('-');
        foreach (var (unit, unitNanos, onlyExact) in PrometheusUnits)
        {
            var count = rest / (ulong)unitNanos;
            if (count == 0 || (onlyExact && rest % (ulong)unitNanos != 0))
                continue;
            text.Append(CultureInfo.InvariantCulture, $"{count}{unit}");
            rest -= count * (ulong)unitNanos;
        }

        return text.ToString();
    }

    /// <summary>Reads Go's notation (<c>time.ParseDuration</c>). <c>0</c> needs no unit.</summary>
    public static DurationError ParseGo(ReadOnlySpan<char> text, out long nanos)
    {
        nanos = 0;
        var negative = text is ['-', ..];
        if (text is ['-' or '+', ..])
            text = text[1..];
        if (text.IsEmpty)
            return negative ? DurationError.Invalid : DurationError.Empty;
        if (text is "0")
            return DurationError.None;
        UInt128 total = 0;
        while (!text.IsEmpty)
        {
            var error = ParseGoPart(ref text, out var part);
            if (error != DurationError.None)
                return error;
            total += part;
            if (total > (UInt128)long.MaxValue + 1)
                return DurationError.OutOfRange;
        }

        if (!negative && total > long.MaxValue)
            return DurationError.OutOfRange;
        nanos = negative ? (long)-(Int128)total : (long)total;
        return DurationError.None;
    }

    /// <summary>Writes Go's notation as <c>time.Duration.String</c> does: <c>1h2m3.5s</c>, <c>1.5ms</c>, <c>100µs</c>, <c>0s</c>.</summary>
    public static string FormatGo(long nanos)
    {
        if (nanos == 0)
            return "0s";
        var text = new StringBuilder();
        if (nanos < 0)
            text.Append('-');
        var magnitude = Magnitude(nanos);
        if (magnitude < Microsecond)
            return text.Append(CultureInfo.InvariantCulture, $"{magnitude}ns").ToString();
        if (magnitude < Millisecond)
            return AppendDecimal(text, magnitude, Microsecond).Append("µs").ToString();
        if (magnitude < Second)
            return AppendDecimal(text, magnitude, Millisecond).Append("ms").ToString();
        var hours = magnitude / (ulong)Hour;
        var minutes = magnitude / (ulong)Minute % 60;
        if (hours > 0)
            text.Append(CultureInfo.InvariantCulture, $"{hours}h");
        if (hours > 0 || minutes > 0)
            text.Append(CultureInfo.InvariantCulture, $"{minutes}m");
        return AppendDecimal(text, magnitude % (ulong)Minute, Second).Append('s').ToString();
    }

    private static DurationError ParseGoPart(ref ReadOnlySpan<char> text, out ulong nanos)
    {
        nanos = 0;
        var whole = LeadingDigits(text);
        text = text[whole.Length..];
        var fraction = text is ['.', ..] ? LeadingDigits(text[1..]) : default;
        if (text is ['.', ..])
            text = text[(1 + fraction.Length)..];

        if (whole.IsEmpty && fraction.IsEmpty)
            return DurationError.Invalid;
        var unitLength = 0;
        while (unitLength < text.Length && text[unitLength] != '.' && !char.IsAsciiDigit(text[unitLength]))
            unitLength++;
        var unit = GoUnit(text[..unitLength]);
        if (unit == 0)
            return DurationError.Invalid;
        text = text[unitLength..];
        ulong number = 0;
        if (!whole.IsEmpty && !ulong.TryParse(whole, NumberStyles.None, CultureInfo.InvariantCulture, out number))
            return DurationError.OutOfRange;
        if (number > (1UL << 63) / (ulong)unit)
            return DurationError.OutOfRange;
        nanos = (number * (ulong)unit) + FractionNanos(fraction, unit);
        return DurationError.None;
    }

    private static ulong FractionNanos(ReadOnlySpan<char> fraction, long unit)
    {
        // Digits beyond the eighteenth are below a nanosecond for every unit.
        UInt128 numerator = 0;
        UInt128 scale = 1;
        foreach (var digit in fraction[..Math.Min(fraction.Length, 18)])
        {
            numerator = (numerator * 10) + (UInt128)(digit - '0');
            scale *= 10;
        }

        return (ulong)(numerator * (ulong)unit / scale);
    }

    private static ReadOnlySpan<char> LeadingDigits(ReadOnlySpan<char> text)
    {
        var length = text.IndexOfAnyExceptInRange('0', '9');
        return length < 0 ? text : text[..length];
    }

    // Micro has two code points that look the same: U+00B5 and U+03BC.
    private static long GoUnit(ReadOnlySpan<char> unit) => unit switch
    {
        "ns" => Nanosecond,
        "us" or "\u00B5s" or "\u03BCs" => Microsecond,
        "ms" => Millisecond,
        "s" => Second,
        "m" => Minute,
        "h" => Hour,
        _ => 0,
    };

    private static StringBuilder AppendDecimal(StringBuilder text, ulong value, long unit)
    {
        text.Append(value / (ulong)unit);
        var rest = value % (ulong)unit;
        if (rest == 0)
            return text;
        text.Append('.');
        for (var place = (ulong)unit / 10; rest > 0; place /= 10)
        {
            text.Append((char)('0' + (rest / place)));
            rest %= place;
        }

        return text;
    }

    private static ulong Magnitude(long nanos) => nanos < 0 ? 0UL - (ulong)nanos : (ulong)nanos;
}
