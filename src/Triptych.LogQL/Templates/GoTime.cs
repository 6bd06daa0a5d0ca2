namespace Triptych.LogQL.Templates;

/// <summary>A time as the templates' functions hand it on, with the zone in which it is written.</summary>
/// <param name="UnixSeconds">Whole seconds since 1970, between the years 1 and 9999.</param>
/// <param name="Nanos">Nanoseconds on top, below a second.</param>
/// <param name="OffsetSeconds">How far the zone is ahead of UTC at this time.</param>
/// <param name="ZoneName">The zone's short name at this time; null where it is not known.</param>
internal sealed record GoTime(long UnixSeconds, int Nanos, int OffsetSeconds, string? ZoneName)
{
    /// <summary>How a time is written that no layout is given for.</summary>
    public const string DefaultLayout = "2006-01-02 15:04:05.999999999 -0700 MST";

    public const string Utc = "UTC";

    private const long NanosPerSecond = 1_000_000_000;

    /// <summary>Go's zero time, which it makes of a text that is no time.</summary>
    public static readonly GoTime Zero = new(-62_135_596_800, 0, 0, Utc);

    public static GoTime OfUnixNanos(long unixNanos)
    {
        var seconds = Math.DivRem(unixNanos, NanosPerSecond, out var rest);
        return rest < 0 ? new(seconds - 1, (int)(rest + NanosPerSecond), 0, Utc) : new(seconds, (int)rest, 0, Utc);
    }

    public static GoTime OfUnixMicros(long unixMicros)
    {
        var seconds = Math.DivRem(unixMicros, 1_000_000, out var rest);
        return rest < 0 ? new(seconds - 1, (int)(rest + 1_000_000) * 1000, 0, Utc) : new(seconds, (int)rest * 1000, 0, Utc);
    }

    /// <summary>Null outside the years 1 to 9999.</summary>
    public static GoTime? OfUnixSeconds(long unixSeconds) => IsInRange(unixSeconds) ? new(unixSeconds, 0, 0, Utc) : null;

    /// <summary>The same time as UTC writes it.</summary>
    public GoTime InUtc() => new(UnixSeconds, Nanos, 0, Utc);

    /// <summary>Nanoseconds since 1970; null where 64 bits do not hold them.</summary>
    public long? UnixNanos
    {
        get
        {
            var nanos = ((Int128)UnixSeconds * NanosPerSecond) + Nanos;
            return nanos >= long.MinValue && nanos <= long.MaxValue ? (long)nanos : null;
        }
    }

    /// <summary>The date and clock in its zone, without the parts of a second; null where that leaves the years 1 to 9999.</summary>
    public DateTime? WallClock =>
        IsInRange(UnixSeconds + OffsetSeconds) ? DateTime.UnixEpoch.AddSeconds(UnixSeconds + OffsetSeconds) : null;

    private static bool IsInRange(long unixSeconds) => unixSeconds is >= -62_135_596_800 and <= 253_402_300_799;
}
