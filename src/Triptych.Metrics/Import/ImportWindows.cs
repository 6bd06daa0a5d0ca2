using Triptych.Model;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;

namespace Triptych.Metrics.Import;

/// <summary>
/// The windows of time that imported blocks lie in: those of compaction, so that it takes them up as its own. As there, windows are small beside the time
/// that metrics are kept, for a block goes as a whole.
/// </summary>
public sealed class ImportWindows
{
    private readonly long[] _widthsMs;

    /// <summary>Windows for a retention.</summary>
    /// <param name="retention">How long metrics are kept; zero: for ever.</param>
    public ImportWindows(TimeSpan retention)
    {
        var all = CompactionOptions.DefaultWindows(Signal.Metrics).Select(static w => SignalTime.Of(Signal.Metrics, w)).ToArray();
        var kept = SignalTime.Of(Signal.Metrics, retention);
        _widthsMs = retention <= TimeSpan.Zero ? all : [all[0], .. all.Skip(1).TakeWhile(w => w <= kept / 4)];
    }

    /// <summary>Number of the widest window that a time lies in.</summary>
    public long Of(long timeMs) => Of(timeMs, _widthsMs[^1]);

    /// <summary>First and last time of a widest window, as far as times go.</summary>
    public (long MinTimeMs, long MaxTimeMs) Range(long window)
    {
        var width = _widthsMs[^1];
        return ((long)Int128.Max((Int128)window * width, long.MinValue), (long)Int128.Min(((Int128)window * width) + width - 1, long.MaxValue));
    }

    /// <summary>The lowest level of compaction whose windows hold a block of these times.</summary>
    internal int LevelOf(long minTimeMs, long maxTimeMs)
    {
        for (var level = 1; level < _widthsMs.Length; level++)
        {
            if (Of(minTimeMs, _widthsMs[level - 1]) == Of(maxTimeMs, _widthsMs[level - 1])) return level;
        }

        return _widthsMs.Length;
    }

    private static long Of(long timeMs, long widthMs) => (timeMs / widthMs) - (timeMs % widthMs < 0 ? 1 : 0);
}
