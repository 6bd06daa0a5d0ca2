using System.Text;

namespace Triptych.Ingest.Syslog;

/// <summary>RFC 3164's time, <c>Mmm dd hh:mm:ss</c>: without a year, which is the one that brings it nearest to now, and without a zone.</summary>
internal static class BsdTime
{
    /// <summary>Its bytes.</summary>
    public const int Length = 15;

    private static readonly string[] Months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

    /// <summary>Reads it at the start of a text.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, DateTimeOffset now, TimeZoneInfo zone, out long unixNanos)
    {
        unixNanos = 0;
        if (text.Length < Length || text[3] != ' ' || text[6] != ' ' || text[9] != ':' || text[12] != ':') return false;
        if (text.Length > Length && text[Length] is not ((byte)' ' or (byte)':')) return false;
        var month = Array.IndexOf(Months, Encoding.Latin1.GetString(text[..3])) + 1;
        if (month == 0 || !TryTwo(text[4], text[5], out var day) || !TryTwo(text[7], text[8], out var hour)) return false;
        if (!TryTwo(text[10], text[11], out var minute) || !TryTwo(text[13], text[14], out var second)) return false;
        if (day == 0 || hour > 23 || minute > 59 || second > 59) return false;
        var best = TimeSpan.MaxValue;
        for (var year = now.Year - 1; year <= now.Year + 1; year++)
        {
            if (day > DateTime.DaysInMonth(year, month)) continue;
            var local = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Unspecified);
            var at = new DateTimeOffset(local, zone.GetUtcOffset(local));
            if ((at - now).Duration() >= best) continue;
            best = (at - now).Duration();
            unixNanos = UnixNanos.Of(at);
        }

        return best < TimeSpan.MaxValue;
    }

    // A day below ten has a space before it.
    private static bool TryTwo(byte tens, byte ones, out int number)
    {
        number = ((tens == ' ' ? 0 : tens - '0') * 10) + ones - '0';
        return tens is (byte)' ' or (>= (byte)'0' and <= (byte)'9') && ones is >= (byte)'0' and <= (byte)'9';
    }
}
