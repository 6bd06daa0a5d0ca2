using System.Globalization;

namespace Triptych.Ingest.Text;

/// <summary>Reads the times that lines and documents carry. A time without a zone is not believed, for nothing tells whose clock it is.</summary>
public static class TextTime
{
    private static readonly long NanosAtUnixEpochTicks = DateTimeOffset.UnixEpoch.UtcTicks;

    /// <summary>A number whose size tells its unit: seconds (with fraction), milliseconds, microseconds or nanoseconds since 1970.</summary>
    public static bool TryParseNumber(ReadOnlySpan<byte> text, out long unixNanos)
    {
        unixNanos = 0;
        if (!decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) return false;
        var scale = number switch
        {
            >= 1e8m and < 1e11m => 1_000_000_000m,
            >= 1e11m and < 1e14m => 1_000_000m,
            >= 1e14m and < 1e17m => 1_000m,
            >= 1e17m and < 9.2e18m => 1m,
            _ => 0m,
        };
        unixNanos = scale == 0 ? 0 : (long)Math.Min(number * scale, long.MaxValue);
        return scale != 0;
    }

    /// <summary>
    /// RFC 3339 at the start of a text, to the nanosecond: <c>2026-03-01T12:00:00.123456789Z</c>, also with a space for T, a comma for the
    /// point, <c>+0100</c> for the zone.
    /// </summary>
    public static bool TryParseRfc3339(ReadOnlySpan<byte> text, out long unixNanos)
    {
        unixNanos = 0;
        if (text.Length < 20 || text[4] != '-' || text[7] != '-' || text[10] is not ((byte)'T' or (byte)'t' or (byte)' ') || text[13] != ':' || text[16] != ':')
        {
            return false;
        }
        if (!TryDigits(text[..4], out var year) || !TryDigits(text[5..7], out var month) || !TryDigits(text[8..10], out var day)) return false;
        if (!TryDigits(text[11..13], out var hour) || !TryDigits(text[14..16], out var minute) || !TryDigits(text[17..19], out var second)) return false;
        if (year is < 1970 or > 2261 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59)
        {
            return false;
        }
        var at = 19;
        long fraction = 0;
        if (text[at] is (byte)'.' or (byte)',')
        {
            var digits = 0;
            for (at++; at < text.Length && char.IsAsciiDigit((char)text[at]); at++, digits++)
            {
                if (digits < 9) fraction = (fraction * 10) + (text[at] - '0');
            }

            if (digits == 0) return false;
            for (; digits < 9; digits++) fraction *= 10;
        }

        if (!TryZone(text[at..], out var offsetMinutes)) return false;
        var ticks = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc).Ticks - NanosAtUnixEpochTicks
            - (offsetMinutes * TimeSpan.TicksPerMinute);
        unixNanos = (ticks * 100) + fraction;
        return true;
    }

    private static bool TryZone(ReadOnlySpan<byte> text, out int offsetMinutes)
    {
        offsetMinutes = 0;
        if (text.IsEmpty) return false;
        if (text[0] is (byte)'Z' or (byte)'z') return true;
        if (text[0] is not ((byte)'+' or (byte)'-') || text.Length < 5) return false;
        var minutesAt = text[3] == ':' ? 4 : 3;
        if (text.Length < minutesAt + 2 || !TryDigits(text[1..3], out var hours) || !TryDigits(text.Slice(minutesAt, 2), out var minutes)) return false;
        offsetMinutes = (hours * 60) + minutes;
        if (text[0] == '-') offsetMinutes = -offsetMinutes;
        return true;
    }

    private static bool TryDigits(ReadOnlySpan<byte> text, out int number)
    {
        number = 0;
        foreach (var b in text)
        {
            if (!char.IsAsciiDigit((char)b)) return false;
            number = (number * 10) + (b - '0');
        }

        return true;
    }
}
