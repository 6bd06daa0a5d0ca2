using Triptych.Model;
using Triptych.Storage.Catalog;

namespace Triptych.Storage.Compaction;

/// <summary>The windows of one signal, in its unit, and where blocks lie in them.</summary>
internal sealed class BlockPlacement
{
    private readonly Signal _signal;
    private readonly long[] _windows;

    public BlockPlacement(Signal signal, IReadOnlyList<TimeSpan> windows)
    {
        _signal = signal;
        _windows = [.. windows.Select(w => SignalTime.Of(signal, w))];
        if (_windows.Length == 0 || _windows[0] <= 0)
            throw new ArgumentException("There has to be a first level with a window.", nameof(windows));
        for (var i = 1; i < _windows.Length; i++)
        {
            if (_windows[i] % _windows[i - 1] != 0 || _windows[i] == _windows[i - 1])
                throw new ArgumentException("The windows of a level have to hold whole ones of the level before.", nameof(windows));
        }
    }

    public int Levels => _windows.Length;

    /// <summary>Width at a level from 1 on; that of the last level for blocks of a higher one.</summary>
    public long Window(int level) => _windows[Math.Clamp(level, 1, _windows.Length) - 1];

    /// <summary>Number of the window that a time lies in.</summary>
    public long WindowOf(long time, int level)
    {
        var window = Window(level);
        return (time / window) - (time % window < 0 ? 1 : 0);
    }

    /// <summary>End of the window that a time lies in, exclusive; no more than the largest time.</summary>
    public long WindowEnd(long time, int level) =>
        (long)Int128.Min(((Int128)WindowOf(time, level) + 1) * Window(level), long.MaxValue);

    /// <summary>
    /// Last time that decides where a block lies. Of a merged block of traces that is the end of its window: a trace lies where it starts, and
    /// its later spans may reach beyond.
    /// </summary>
    public long LastPlace(BlockMeta block) => _signal == Signal.Traces && block.Level > 0
        ? Math.Min(block.MaxTime, WindowEnd(block.MinTime, block.Level) - 1)
        : block.MaxTime;

    /// <summary>Whether all of a block lies in one window of a level.</summary>
    public bool IsConfined(BlockMeta block, int level) => WindowOf(block.MinTime, level) == WindowOf(LastPlace(block), level);

    /// <summary>Order of acknowledgement.</summary>
    public static IEnumerable<BlockMeta> InOrder(IEnumerable<BlockMeta> blocks) =>
        blocks.OrderBy(static b => b.LastSegment).ThenBy(static b => b.FirstSegment).ThenBy(static b => b.MinTime).ThenBy(static b => b.Id);

    /// <summary>
    /// Whether the blocks may become one without losing the order to others. The result stands for all segments from the first to the last; so
    /// no other block that meets it in time may hold one of them, else it could not be said any more which of two equal records was first.
    /// </summary>
    public bool KeepsOrder(IReadOnlyList<BlockMeta> inputs, IEnumerable<BlockMeta> all)
    {
        if (inputs.Count < 2)
            return true;
        var first = inputs.Min(static b => b.FirstSegment);
        var last = inputs.Max(static b => b.LastSegment);
        var from = inputs.Min(static b => b.MinTime);
        var to = inputs.Max(LastPlace);
        foreach (var other in all)
        {
            var meets = other.MinTime <= to && from <= LastPlace(other) && other.LastSegment >= first && other.FirstSegment <= last;
            if (meets && !inputs.Any(i => i.Id == other.Id))
                return false;
        }

        return true;
    }
}
