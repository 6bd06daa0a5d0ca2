using System.Buffers;
using System.Globalization;
using static Triptych.LogQL.Templates.TemplateValue;

namespace Triptych.LogQL.Templates;

/// <summary>Times: the server's own zone, which some of them fall back to, is UTC.</summary>
internal static class TimeFunctions
{
    private const int MaxZoneNameLength = 64;

    private static readonly SearchValues<char> s_zoneCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/");

    public static void AddTo(Dictionary<string, TemplateFunction> all)
    {
        all["__timestamp__"] = new(0, 0, (_, scope) => GoTime.OfUnixNanos(scope.TimeUnixNanos));
        all["now"] = new(0, 0, (_, scope) => GoTime.OfUnixNanos(scope.NowUnixNanos));
        all["date"] = new(2, 2, (a, _) => a[0] is string layout && TimeOf(a[1]) is { } time ? GoTimeLayout.Format(time.InUtc(), layout) : null)
        {
            TakesAny = true,
        };
        all["toDate"] = new(2, 2, (a, _) => Read(Print(a[0]), TimeZoneInfo.Utc, Print(a[1])));
        all["toDateInZone"] = new(3, 3, (a, _) => FindZone(Print(a[1])) is { } zone ? Read(Print(a[0]), zone, Print(a[2])) : null);
        all["unixToTime"] = new(1, 1, (a, _) => a[0] is string epoch ? FromEpoch(epoch) : null);
        all["unixEpoch"] = Epoch(time => time.UnixSeconds);
        all["unixEpochMillis"] = Epoch(time => (time.UnixSeconds * 1000) + (time.Nanos / 1_000_000));
        all["unixEpochNanos"] = Epoch(time => time.UnixNanos);
    }

    /// <summary>A number of a time, as text like its original.</summary>
    private static TemplateFunction Epoch(Func<GoTime, long?> number) => new(1, 1, (a, _) =>
        a[0] is GoTime time ? number(time)?.ToString(CultureInfo.InvariantCulture) : null)
    {
        TakesAny = true,
    };

    private static GoTime? TimeOf(object value) => value switch
    {
        GoTime time => time,
        long unixSeconds => GoTime.OfUnixSeconds(unixSeconds),
        _ => null,
    };

    /// <summary>A text that does not follow the layout gives the zero time, as in Go.</summary>
    private static GoTime Read(string layout, TimeZoneInfo zone, string text) => new GoTimeReader(layout, text, zone).Read() ?? GoTime.Zero;

    /// <summary>The number of digits tells the unit: days, seconds, milliseconds, microseconds, nanoseconds.</summary>
    private static GoTime? FromEpoch(string epoch)
    {
        if (!long.TryParse(epoch, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) return null;
        return epoch.Length switch
        {
            5 => GoTime.OfUnixSeconds(number * 86_400),
            10 => GoTime.OfUnixSeconds(number),
            13 => GoTime.OfUnixMicros(number * 1000),
            16 => GoTime.OfUnixMicros(number),
            19 => GoTime.OfUnixNanos(number),
            _ => null,
        };
    }

    /// <summary>A zone by its name in the time zone database; null where there is none, rather than a wrong time.</summary>
    private static TimeZoneInfo? FindZone(string name)
    {
        if (name is "" or "Local" or "Etc/UTC" or GoTime.Utc) return TimeZoneInfo.Utc;
        if (name.Length > MaxZoneNameLength || name.AsSpan().ContainsAnyExcept(s_zoneCharacters)) return null;
        return TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : null;
    }
}
