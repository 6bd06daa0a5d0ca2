using Triptych.Model;

namespace Triptych.Storage.Catalog;

/// <summary>Times of blocks in the unit of their signal: Unix milliseconds for metrics, Unix nanoseconds for logs and traces.</summary>
public static class SignalTime
{
    private static readonly Signal[] EverySignal = [Signal.Metrics, Signal.Logs, Signal.Traces];

    /// <summary>All signals.</summary>
    public static IReadOnlyList<Signal> Signals => EverySignal;

    /// <summary>The name in keys, tags and answers.</summary>
    public static string NameOf(Signal signal) => signal switch
    {
        Signal.Metrics => "metrics",
        Signal.Logs => "logs",
        Signal.Traces => "traces",
        _ => throw new ArgumentOutOfRangeException(nameof(signal), signal, "No such signal."),
    };

    /// <summary>An instant in the signal's unit; the nearest one that the unit can say.</summary>
    public static long Of(Signal signal, DateTimeOffset instant) => Of(signal, instant - DateTimeOffset.UnixEpoch);

    /// <summary>A span of time in the signal's unit.</summary>
    public static long Of(Signal signal, TimeSpan span) => signal == Signal.Metrics
        ? span.Ticks / TimeSpan.TicksPerMillisecond
        : (long)Int128.Clamp((Int128)span.Ticks * TimeSpan.NanosecondsPerTick, long.MinValue, long.MaxValue);

    /// <summary>The instant of a time in the signal's unit, within what a <see cref="DateTimeOffset"/> can say.</summary>
    public static DateTimeOffset ToInstant(Signal signal, long time)
    {
        var ticks = signal == Signal.Metrics
            ? (Int128)time * TimeSpan.TicksPerMillisecond
            : time / TimeSpan.NanosecondsPerTick;
        var least = DateTimeOffset.MinValue.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks;
        var most = DateTimeOffset.MaxValue.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks;
        return DateTimeOffset.UnixEpoch.AddTicks((long)Int128.Clamp(ticks, least, most));
    }
}
