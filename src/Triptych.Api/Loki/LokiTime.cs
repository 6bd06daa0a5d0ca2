using System.Globalization;
using Triptych.LogQL.Planning;
using Triptych.LogQL.Syntax.Literals;

namespace Triptych.Api.Loki;

/// <summary>Times and durations as Loki's parameters write them. Exact to the nanosecond: nothing goes through a double.</summary>
internal static class LokiTime
{
    private const long NanosPerSecond = 1_000_000_000;

    /// <summary>
    /// With a point: seconds. Digits only: seconds up to ten of them, nanoseconds beyond. Else RFC 3339 with up to nine digits of a second.
    /// </summary>
    /// <param name="text">The parameter.</param>
    /// <param name="unixNanos">The time; it may lie outside what the engine takes only where this returns false.</param>
    /// <param name="error">Why not, without the parameter's name.</param>
    public static bool TryParse(string text, out long unixNanos, out string? error)
    {
        unixNanos = 0;
        error = $"\"{Shorten(text)}\" is neither Unix seconds, Unix nanoseconds nor RFC 3339";
        Int128 nanos;
        if (text.Contains('.', StringComparison.Ordinal) && TryParseSeconds(text, out var fromSeconds))
        {
            nanos = fromSeconds;
        }
        else if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
        {
            nanos = text.Length <= 10 ? (Int128)whole * NanosPerSecond : whole;
        }
        else if (TryParseRfc3339(text, out var fromDate))
        {
            nanos = fromDate;
        }
        else
        {
            return false;
        }

        if (nanos < 0 || nanos > LogQLEngine.MaxUnixNanos)
        {
            error = $"\"{Shorten(text)}\" does not lie between 1970 and 2191";
            return false;
        }

        unixNanos = (long)nanos;
        error = null;
        return true;
    }

    /// <summary>Seconds, with or without a fraction, or a duration such as <c>1500ms</c> or <c>1h30m</c>.</summary>
    public static bool TryParseDuration(string text, out long nanos)
    {
        if (!TryParseSeconds(text, out var seconds)) return Quantities.TryParseDuration(text, out nanos);
        nanos = seconds > long.MaxValue || seconds < long.MinValue ? 0 : (long)seconds;
        return seconds == nanos;
    }

    /// <summary>A text from outside, short enough for an error.</summary>
    public static string Shorten(string text) => text.Length <= 60 ? text : text[..60] + "…";

    /// <summary>A time as RFC 3339 with as many digits of a second as it has.</summary>
    public static string PrintRfc3339(long unixNanos)
    {
        var (seconds, nanos) = Math.DivRem(unixNanos, NanosPerSecond);
        var fraction = nanos == 0 ? "" : "." + nanos.ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0');
        return DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture) + fraction + "Z";
    }

    private static bool TryParseSeconds(string text, out Int128 nanos)
    {
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        nanos = 0;
        if (text.Length > 64 || !decimal.TryParse(text, Style, CultureInfo.InvariantCulture, out var seconds)) return false;
        if (Math.Abs(seconds) > decimal.MaxValue / NanosPerSecond) return false;
        nanos = (Int128)decimal.Truncate(seconds * NanosPerSecond);
        return true;
    }

    private static bool TryParseRfc3339(string text, out Int128 nanos)
    {
        nanos = 0;
        if (text.Length is < 20 or > 40) return false;
        var fraction = 0L;
        var point = text.IndexOf('.', StringComparison.Ordinal);
        if (point >= 0)
        {
            var end = point + 1;
            while (end < text.Length && char.IsAsciiDigit(text[end])) end++;
            var digits = end - point - 1;
            if (point != 19 || digits is 0 or > 9) return false;
            fraction = long.Parse(text.AsSpan(point + 1, digits), NumberStyles.None, CultureInfo.InvariantCulture);
            for (var i = digits; i < 9; i++) fraction *= 10;
            text = text.Remove(point, end - point);
        }

        // Without a zone the time would be that of this host, which no client means.
        if (text[^1] != 'Z' && (text.Length != 25 || text[^3] != ':')) return false;
        if (!DateTimeOffset.TryParseExact(text, "yyyy-MM-dd'T'HH:mm:ssK", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)) return false;
        nanos = ((Int128)(date.UtcTicks - DateTime.UnixEpoch.Ticks) * 100) + fraction;
        return true;
    }
}
