using System.Globalization;
using Microsoft.AspNetCore.Http;
using Triptych.Primitives.Text;

namespace Triptych.Api.Tempo;

/// <summary>
/// Reads the parameters of a request's URL and keeps the first thing that is wrong with them, in one line; what is read after an error is a
/// default.
/// An empty value counts as none.
/// </summary>
internal sealed class TempoParameters(IQueryCollection query, DateTimeOffset now)
{
    private const long NanosPerSecond = 1_000_000_000;

    /// <summary>What is wrong, or null.</summary>
    public string? Error { get; private set; }

    /// <summary>Unix nanoseconds.</summary>
    public long NowUnixNanos { get; } = (now - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;

    /// <summary>A parameter as it is; null where there is none.</summary>
    public string? Text(string name) => query[name] is [{ Length: > 0 } first, ..] ? first : null;

    /// <summary>Notes an error; the first one stays.</summary>
    public void Fail(string error) => Error ??= error;

    /// <summary>A whole number between bounds.</summary>
    public int Integer(string name, int whenMissing, int min, int max)
    {
        if (Text(name) is not { } text) return whenMissing;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max)
        {
            return value;
        }

        Fail($"invalid {name}: \"{text}\" is not a whole number from {min} to {max}");
        return whenMissing;
    }

    /// <summary>A duration above 0 in Prometheus' or Go's notation or in seconds, as nanoseconds; null where there is none.</summary>
    public long? Duration(string name, long leastNanos = 1)
    {
        if (Text(name) is not { } text) return null;
        if ((Durations.ParsePrometheus(text, out var nanos) == DurationError.None
                || Durations.ParseGo(text, out nanos) == DurationError.None
                || TryParseSeconds(text, out nanos))
            && nanos >= leastNanos)
        {
            return nanos;
        }

        Fail($"invalid {name}: \"{text}\" is not a duration {(leastNanos == 0 ? "" : "above 0 ")}such as 100ms, 1.5s or 1h30m");
        return null;
    }

    /// <summary>
    /// The range of <c>start</c> and <c>end</c>, or of <c>since</c>. Without a start it is as long as <paramref name="whenMissing"/>,
    /// without an end it ends now.
    /// </summary>
    public (long StartUnixNanos, long EndUnixNanos) Range(TimeSpan whenMissing)
    {
        var length = Duration("since") ?? (whenMissing.Ticks * TimeSpan.NanosecondsPerTick);
        var (start, end) = (Time("start"), Time("end"));

        // Clients that fill a protobuf message write 0 for what they leave out.
        if (start is 0 && end is 0) (start, end) = (null, null);
        var to = end ?? NowUnixNanos;
        var from = start ?? Math.Max(0, to - length);
        if (from >= to) Fail($"invalid range: end ({Written("end", to)}) must be after start ({Written("start", from)})");
        return (from, to);
    }

    /// <summary>The range of a look-up by id: all times where <c>start</c> and <c>end</c> do not bound it.</summary>
    public (long StartUnixNanos, long EndUnixNanos) LookupRange()
    {
        var from = Time("start") ?? 0;
        var to = Time("end") is { } end and > 0 ? end : long.MaxValue;
        if (from >= to) Fail($"invalid range: end ({Written("end", to)}) must be after start ({Written("start", from)})");
        return (from, to);
    }

    /// <summary>A time as Unix nanoseconds: Unix seconds, with a fraction or not, Unix nanoseconds, or RFC 3339.</summary>
    private long? Time(string name)
    {
        if (Text(name) is not { } text) return null;
        if (TryParseTime(text, out var nanos)) return nanos;
        Fail($"invalid {name}: \"{text}\" is not a time in Unix seconds, Unix nanoseconds or RFC 3339");
        return null;
    }

    private string Written(string name, long unixNanos) =>
        Text(name) ?? (unixNanos / NanosPerSecond).ToString(CultureInfo.InvariantCulture);

    private static bool TryParseTime(string text, out long nanos)
    {
        // Eleven digits of seconds reach beyond the year 5000, eighteen digits of nanoseconds begin in 1973; between them are milliseconds
        // and
        // microseconds, which no Tempo client sends and which must not be taken for something else.
        if (text.AsSpan().ContainsAnyExceptInRange('0', '9')) return TryParseSeconds(text, out nanos) || TryParseRfc3339(text, out nanos);
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out nanos)) return false;
        if (text.Length >= 18) return true;
        return text.Length <= 11 && TryParseSeconds(text, out nanos);
    }

    private static bool TryParseSeconds(string text, out long nanos)
    {
        nanos = 0;
        if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)) return false;
        if (seconds > long.MaxValue / NanosPerSecond) return false;
        nanos = (long)(seconds * NanosPerSecond);
        return true;
    }

    private static bool TryParseRfc3339(string text, out long nanos)
    {
        nanos = 0;
        if (!text.Contains('T', StringComparison.OrdinalIgnoreCase)
            || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            || time < DateTimeOffset.UnixEpoch
            || time.Year > 2261)
        {
            return false;
        }

        nanos = (time - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        return true;
    }
}
