using System.Globalization;

namespace Triptych.TraceQL.Planning;

/// <summary>Durations as answers show them: <c>1h2m3.5s</c>, below a second in one unit (<c>1.5ms</c>, <c>250µs</c>, <c>7ns</c>).</summary>
internal static class DurationText
{
    private const long NanosPerSecond = 1_000_000_000;

    public static string Format(long nanos)
    {
        if (nanos == 0)
        {
            return "0s";
        }

        var sign = nanos < 0 ? "-" : "";
        var magnitude = nanos < 0 ? (decimal)-(Int128)nanos : nanos;
        if (magnitude < NanosPerSecond)
        {
            var (unit, size) = magnitude < 1_000 ? ("ns", 1m) : magnitude < 1_000_000 ? ("µs", 1_000m) : ("ms", 1_000_000m);
            return string.Create(CultureInfo.InvariantCulture, $"{sign}{magnitude / size:0.######}{unit}");
        }

        var minutes = (long)(magnitude / NanosPerSecond / 60);
        var seconds = (magnitude / NanosPerSecond) - (minutes * 60m);
        var hours = minutes >= 60 ? $"{minutes / 60}h" : "";
        var rest = minutes > 0 ? $"{minutes % 60}m" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{sign}{hours}{rest}{seconds:0.#########}s");
    }
}
