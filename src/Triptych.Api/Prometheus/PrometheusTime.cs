using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Triptych.Primitives.Text;

namespace Triptych.Api.Prometheus;

/// <summary>Times and durations as the API reads and writes them. Times are Unix milliseconds.</summary>
internal static class PrometheusTime
{
    /// <summary>The least time that a request can name: far beyond any sample, and near enough that no difference overflows.</summary>
    public const long MinMs = -(1L << 61);

    /// <summary>The greatest time that a request can name.</summary>
    public const long MaxMs = 1L << 61;

    /// <summary>Bytes with which no timestamp fails.</summary>
    public const int MaxLength = 24;

    // What clients send for "since ever" and "for ever": the ends of Prometheus's own time range.
    private const string MinText = "-292273086-05-16T16:47:06Z";
    private const string MaxText = "292277025-08-18T07:12:54.999999999Z";
    private const NumberStyles FloatStyle = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
    private const int RuntimeFractionDigits = 7;

    /// <summary>Reads seconds (rounded to milliseconds) or RFC 3339.</summary>
    public static bool TryParse(string text, out long timestampMs)
    {
        timestampMs = text == MinText ? MinMs : MaxMs;
        if (text is MinText or MaxText) return true;
        if (double.TryParse(text, FloatStyle, CultureInfo.InvariantCulture, out var seconds))
        {
            var milliseconds = (Math.Truncate(seconds) * 1000) + Math.Round((seconds - Math.Truncate(seconds)) * 1000, MidpointRounding.AwayFromZero);
            var fits = milliseconds is >= MinMs and <= MaxMs;
            timestampMs = fits ? (long)milliseconds : 0;
            return fits;
        }

        return TryParseRfc3339(text, out timestampMs);
    }

    /// <summary>Reads seconds or Prometheus's notation for durations; nanoseconds.</summary>
    public static bool TryParseDuration(string text, out long nanos)
    {
        nanos = 0;
        if (!double.TryParse(text, FloatStyle, CultureInfo.InvariantCulture, out var seconds))
        {
            return Durations.ParsePrometheus(text, out nanos) == DurationError.None;
        }

        var wanted = seconds * 1e9;
        if (wanted is not (> long.MinValue and < long.MaxValue)) return false;
        nanos = (long)wanted;
        return true;
    }

    /// <summary>Writes seconds: no exponent, and three digits behind the point where there are any. Returns the bytes written.</summary>
    public static int Write(long timestampMs, Span<byte> destination)
    {
        var length = 0;
        if (timestampMs < 0) destination[length++] = (byte)'-';
        var magnitude = timestampMs < 0 ? 0UL - (ulong)timestampMs : (ulong)timestampMs;
        Utf8Formatter.TryFormat(magnitude / 1000, destination[length..], out var written);
        length += written;
        var fraction = (int)(magnitude % 1000);
        if (fraction == 0) return length;
        destination[length++] = (byte)'.';
        destination[length++] = (byte)('0' + (fraction / 100));
        destination[length++] = (byte)('0' + (fraction / 10 % 10));
        destination[length++] = (byte)('0' + (fraction % 10));
        return length;
    }

    /// <summary><see cref="Write"/> as a string.</summary>
    public static string Format(long timestampMs)
    {
        Span<byte> text = stackalloc byte[MaxLength];
        return Encoding.ASCII.GetString(text[..Write(timestampMs, text)]);
    }

    /// <summary>RFC 3339 in UTC, as status answers write it.</summary>
    public static string Rfc3339(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    private static bool TryParseRfc3339(string text, out long timestampMs)
    {
        timestampMs = 0;
        var point = text.IndexOf('.', StringComparison.Ordinal);
        if (point >= 0)
        {
            // Nanoseconds do not fit the runtime's ticks; what is below a millisecond is dropped anyway.
            var end = point + 1;
            while (end < text.Length && char.IsAsciiDigit(text[end])) end++;
            if (end == point + 1) return false;
            text = string.Concat(text.AsSpan(0, Math.Min(end, point + 1 + RuntimeFractionDigits)), text.AsSpan(end));
        }

        var known = DateTimeOffset.TryParseExact(
            text, "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time);
        if (!known || !(text.EndsWith('Z') || text.LastIndexOfAny(['+', '-']) > text.IndexOf('T', StringComparison.Ordinal))) return false;
        timestampMs = time.ToUnixTimeMilliseconds();
        return true;
    }
}
