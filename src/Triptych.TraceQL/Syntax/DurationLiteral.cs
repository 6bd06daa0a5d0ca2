using System.Buffers;
using System.Globalization;

namespace Triptych.TraceQL.Syntax;

/// <summary>
/// Durations as the language writes them: whole numbers of Prometheus units in falling order (<c>1d12h</c>), else Go's
/// form (<c>1.5h</c>, <c>100us</c>). Values are nanoseconds.
/// </summary>
internal static class DurationLiteral
{
    private const long NanosPerSecond = 1_000_000_000;

    private static readonly SearchValues<char> AmountChars = SearchValues.Create("0123456789.");

    private static readonly (string Unit, long Nanos)[] PrometheusUnits =
    [
        ("y", 365 * 86_400 * NanosPerSecond),
        ("w", 7 * 86_400 * NanosPerSecond),
        ("d", 86_400 * NanosPerSecond),
        ("h", 3_600 * NanosPerSecond),
        ("m", 60 * NanosPerSecond),
        ("s", NanosPerSecond),
        ("ms", 1_000_000),
    ];

    private static readonly (string Unit, long Nanos)[] GoUnits =
    [
        ("h", 3_600 * NanosPerSecond),
        ("m", 60 * NanosPerSecond),
        ("s", NanosPerSecond),
        ("ms", 1_000_000),
        ("us", 1_000),
        ("µs", 1_000),
        ("μs", 1_000),
        ("ns", 1),
    ];

    public static bool TryParse(ReadOnlySpan<char> text, out long nanos) =>
        TryParse(text, PrometheusUnits, falling: true, out nanos) || TryParse(text, GoUnits, falling: false, out nanos);

    /// <summary>The shortest exact form: the largest unit of Go's that divides the value.</summary>
    public static string Format(long nanos)
    {
        if (nanos == 0)
        {
            return "0s";
        }

        foreach (var (unit, unitNanos) in GoUnits)
        {
            if (nanos % unitNanos == 0)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{nanos / unitNanos}{unit}");
            }
        }

        throw new InvalidOperationException("every duration is a whole number of nanoseconds");
    }

    private static bool TryParse(ReadOnlySpan<char> text, (string Unit, long Nanos)[] units, bool falling, out long nanos)
    {
        nanos = 0;
        var nextUnit = 0;
        while (!text.IsEmpty)
        {
            var digits = text.IndexOfAnyExcept(AmountChars);
            if (digits <= 0 || (falling && text[..digits].Contains('.')))
            {
                return false;
            }

            if (!decimal.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount))
            {
                return false;
            }

            text = text[digits..];
            var unitChars = text.IndexOfAny(AmountChars);
            var unitText = unitChars < 0 ? text : text[..unitChars];
            var unit = Find(units, falling ? nextUnit : 0, unitText);
            if (unit < 0)
            {
                return false;
            }

            if (amount > long.MaxValue / units[unit].Nanos)
            {
                return false;
            }

            var part = (long)(amount * units[unit].Nanos);
            if (part > long.MaxValue - nanos)
            {
                return false;
            }

            nanos += part;
            nextUnit = unit + 1;
            text = text[unitText.Length..];
        }

        return true;
    }

    private static int Find((string Unit, long Nanos)[] units, int from, ReadOnlySpan<char> text)
    {
        for (var i = from; i < units.Length; i++)
        {
            if (text.SequenceEqual(units[i].Unit))
            {
                return i;
            }
        }

        return -1;
    }
}
