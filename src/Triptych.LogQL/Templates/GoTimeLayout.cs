using System.Globalization;
using System.Text;

namespace Triptych.LogQL.Templates;

/// <summary>
/// Writes times by a layout as Go has them: the layout is how the reference time, Monday 2 January 2006 15:04:05 −0700, would be written.
/// </summary>
internal static class GoTimeLayout
{
    /// <summary>The time by the layout; null where it needs a zone's short name that is not known, or a year outside 1 to 9999.</summary>
    public static string? Format(GoTime time, string layout)
    {
        if (time.WallClock is not { } clock) return null;
        var text = new StringBuilder();
        var at = 0;
        while (at < layout.Length)
        {
            var length = GoTimePart.At(layout, at, out var part);
            if (part == TimePart.Literal) text.Append(layout, at, length);
            else if (!TryAppend(text, part, layout.AsSpan(at, length), time, clock)) return null;
            if (text.Length > Template.MaxOutputLength) return null;
            at += length;
        }

        return text.ToString();
    }

    private static bool TryAppend(StringBuilder text, TimePart part, ReadOnlySpan<char> written, GoTime time, DateTime clock)
    {
        switch (part)
        {
            case TimePart.ZoneName:
                text.Append(time.ZoneName);
                return time.ZoneName is not null;
            case TimePart.Offset:
                AppendOffset(text, written, time.OffsetSeconds);
                return true;
            case TimePart.Fraction:
                AppendFraction(text, written, time.Nanos);
                return true;
            default:
                text.Append(Plain(part, clock));
                return true;
        }
    }

    private static string Plain(TimePart part, DateTime clock)
    {
        var hour12 = clock.Hour % 12 == 0 ? 12 : clock.Hour % 12;
        return part switch
        {
            TimePart.LongYear => Digits(clock.Year, 4),
            TimePart.Year => Digits(clock.Year % 100, 2),
            TimePart.LongMonth => clock.ToString("MMMM", CultureInfo.InvariantCulture),
            TimePart.MonthName => clock.ToString("MMM", CultureInfo.InvariantCulture),
            TimePart.ZeroMonth => Digits(clock.Month, 2),
            TimePart.Month => Digits(clock.Month, 1),
            TimePart.LongWeekday => clock.DayOfWeek.ToString(),
            TimePart.Weekday => clock.DayOfWeek.ToString()[..3],
            TimePart.ZeroDay => Digits(clock.Day, 2),
            TimePart.BlankDay => Digits(clock.Day, 1).PadLeft(2),
            TimePart.Day => Digits(clock.Day, 1),
            TimePart.ZeroYearDay => Digits(clock.DayOfYear, 3),
            TimePart.BlankYearDay => Digits(clock.DayOfYear, 1).PadLeft(3),
            TimePart.Hour => Digits(clock.Hour, 2),
            TimePart.ZeroHour12 => Digits(hour12, 2),
            TimePart.Hour12 => Digits(hour12, 1),
            TimePart.ZeroMinute => Digits(clock.Minute, 2),
            TimePart.Minute => Digits(clock.Minute, 1),
            TimePart.ZeroSecond => Digits(clock.Second, 2),
            TimePart.Second => Digits(clock.Second, 1),
            TimePart.UpperHalf => clock.Hour >= 12 ? "PM" : "AM",
            TimePart.LowerHalf => clock.Hour >= 12 ? "pm" : "am",
            _ => throw new InvalidOperationException($"{part} is written elsewhere"),
        };
    }

    private static string Digits(int number, int width) =>
        number.ToString(CultureInfo.InvariantCulture).PadLeft(width, '0');

    private static void AppendOffset(StringBuilder text, ReadOnlySpan<char> written, int offsetSeconds)
    {
        if (written[0] == 'Z' && offsetSeconds == 0)
        {
            text.Append('Z');
            return;
        }

        var rest = Math.Abs(offsetSeconds);
        var separator = written.Contains(':') ? ":" : "";
        var digits = written.Length - 1 - written.Count(':');
        text.Append(offsetSeconds < 0 ? '-' : '+').Append(Digits(rest / 3600, 2));
        if (digits >= 4) text.Append(separator).Append(Digits(rest / 60 % 60, 2));
        if (digits >= 6) text.Append(separator).Append(Digits(rest % 60, 2));
    }

    private static void AppendFraction(StringBuilder text, ReadOnlySpan<char> written, int nanos)
    {
        var digits = Digits(nanos, 9).PadRight(written.Length - 1, '0')[..(written.Length - 1)];
        if (written[1] == '9') digits = digits.TrimEnd('0');
        if (digits.Length > 0) text.Append(written[0]).Append(digits);
    }
}
