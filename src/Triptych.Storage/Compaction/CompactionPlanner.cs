using Triptych.Model;
using Triptych.Storage.Catalog;

namespace Triptych.Storage.Compaction;

/// <summary>
/// Which blocks of a tenant and signal to merge next. A pure function of block metadata and time:
/// 1. flushed blocks (level 0), which may overlap several windows, are gathered into windows of level 1: many in a row soon, few of them when
///    their windows are closed;
/// 2. parts of one window become one, from the lowest level up: when the window is closed, or on level 1 when they are many.
/// What is chosen is a run without a gap in the order of acknowledgement among the blocks that meet it in time. A merge at least halves the number
/// of blocks, and no part is rewritten unless the others have a good share of its size, so that planning comes to an end.
/// </summary>
public sealed class CompactionPlanner
{
    private const int MaxUnitsLookedAt = 256;
    private readonly CompactionOptions _options;
    private readonly Signal _signal;
    private readonly BlockPlacement _placement;

    /// <param name="signal">Whose blocks.</param>
    /// <param name="options">Windows and sizes.</param>
    public CompactionPlanner(Signal signal, CompactionOptions options)
    {
        _signal = signal;
        _options = options;
        _placement = new BlockPlacement(signal, options.Windows(signal));
    }

    internal BlockPlacement Placement => _placement;

    /// <summary>The next merge, or null when there is nothing to gain.</summary>
    /// <param name="blocks">All blocks of one tenant and this signal.</param>
    /// <param name="barred">Blocks that may not be merged now. The others are not merged across them either.</param>
    /// <param name="now">The time.</param>
    /// <param name="retention">How long data is kept; zero: for ever. Windows that would hold data back for long beyond it are not made.</param>
    public PlannedMerge? Next(IReadOnlyList<BlockMeta> blocks, IReadOnlySet<Guid> barred, DateTimeOffset now, TimeSpan retention)
    {
        var open = blocks.Where(b => !barred.Contains(b.Id)).ToList();
        if (open.Count == 0)
            return null;
        var closedUntil = SignalTime.Of(_signal, now - _options.LateAllowance);
        var levels = LevelsWithin(retention);
        if (GatherFlushed(open, blocks, closedUntil, levels) is { } gathered)
            return gathered;
        for (var level = 1; level <= levels; level++)
        {
            if (MergeWindow(open, blocks, closedUntil, level, levels) is { } merge)
                return merge;
        }

        return null;
    }

    /// <summary>What would be done if nothing else happened, as far as it can be told from here: no block is named twice.</summary>
    public IReadOnlyList<PlannedMerge> Pending(
        IReadOnlyList<BlockMeta> blocks, IReadOnlySet<Guid> barred, DateTimeOffset now, TimeSpan retention, int most)
    {
        var pending = new List<PlannedMerge>();
        var taken = barred.ToHashSet();
        while (pending.Count < most && Next(blocks, taken, now, retention) is { } next)
        {
            pending.Add(next);
            taken.UnionWith(next.Inputs.Select(static b => b.Id));
        }

        return pending;
    }

    /// <summary>A block written again by itself.</summary>
    internal PlannedMerge Rewrite(BlockMeta block, MergeReason reason)
    {
        var level = Math.Max(1, block.Level);
        return new PlannedMerge(block.Tenant, _signal, [block], level, _placement.Window(level), reason);
    }

    /// <summary>Levels whose windows are small beside the time that data is kept: a block goes as a whole, when its newest row is past it.</summary>
    private int LevelsWithin(TimeSpan retention)
    {
        if (retention <= TimeSpan.Zero)
            return _placement.Levels;
        var kept = SignalTime.Of(_signal, retention);
        var levels = 1;
        while (levels < _placement.Levels && _placement.Window(levels + 1) <= kept / 4)
            levels++;
        return levels;
    }

    private PlannedMerge? GatherFlushed(List<BlockMeta> open, IReadOnlyList<BlockMeta> all, long closedUntil, int levels)
    {
        var flushed = BlockPlacement.InOrder(open.Where(static b => b.Level == 0)).ToList();
        var closingLevel = Math.Min(2, levels);
        for (var from = 0; from < flushed.Count; from++)
        {
            PlannedMerge? best = null;
            var bytes = 0L;
            var areClosed = true;
            var spansWindows = false;
            for (var to = from; to < flushed.Count && to - from < _options.MaxInputs; to++)
            {
                var block = flushed[to];
                bytes += block.SizeBytes;
                if (bytes > _options.MaxJobBytes && to > from)
                    break;
                areClosed &= _placement.WindowEnd(block.MaxTime, closingLevel) <= closedUntil;
                spansWindows |= !_placement.IsConfined(block, level: 1);
                var count = to - from + 1;
                if (count < _options.FlushedBlocksToMerge && !(areClosed && (count > 1 || spansWindows)))
                    continue;
                var run = flushed[from..(to + 1)];
                if (_placement.KeepsOrder(run, all))
                    best = Plan(run, level: 1, MergeReason.Flushed);
            }

            if (best is not null)
                return best;
        }

        return null;
    }

    private PlannedMerge? MergeWindow(List<BlockMeta> open, IReadOnlyList<BlockMeta> all, long closedUntil, int level, int levels)
    {
        var windows = open
            .Where(b => b.Level <= level && _placement.IsConfined(b, level))
            .GroupBy(b => _placement.WindowOf(b.MinTime, level))
            .OrderBy(static g => g.Key);
        foreach (var window in windows)
        {
            var isClosed = ((Int128)window.Key + 1) * _placement.Window(level) <= closedUntil;
            if (!isClosed && level > 1)
                continue;

            // The lowest level is soon taken up into the next one: there, few parts are not worth a merge of their own.
            var least = isClosed && (level > 1 || levels == 1) ? 2 : _options.OpenWindowParts;
            var units = UnitsOf(window);
            if (units.Count < least)
                continue;
            if (BestRun(units, all, least) is { } run)
                return Plan(run, level, isClosed ? MergeReason.ClosedWindow : MergeReason.ManyParts);
        }

        return null;
    }

    /// <summary>
    /// Parts of a window, in the order of acknowledgement. What one merge wrote into one window counts as one part, however many files it is:
    /// it is not worth writing again for its own sake.
    /// </summary>
    private List<List<BlockMeta>> UnitsOf(IEnumerable<BlockMeta> window) =>
    [
        .. BlockPlacement.InOrder(window)
            .GroupBy(b => (b.FirstSegment, b.LastSegment, b.Level, Place: b.Level == 0 ? 0 : _placement.WindowOf(b.MinTime, b.Level)))
            .Select(static g => g.ToList())
            .Take(MaxUnitsLookedAt),
    ];

    private List<BlockMeta>? BestRun(List<List<BlockMeta>> units, IReadOnlyList<BlockMeta> all, int least)
    {
        var candidates = new List<(int From, int To, int Blocks)>();
        for (var from = 0; from < units.Count; from++)
        {
            long bytes = 0, largest = 0;
            var blocks = 0;
            for (var to = from; to < units.Count; to++)
            {
                var size = units[to].Sum(static b => b.SizeBytes);
                bytes += size;
                largest = Math.Max(largest, size);
                blocks += units[to].Count;
                if (blocks > _options.MaxInputs || bytes > _options.MaxJobBytes)
                    break;
                var outputs = Math.Max(1, (bytes + _options.TargetBlockBytes - 1) / _options.TargetBlockBytes);
                if (to - from + 1 >= least && blocks >= 2 * outputs && largest <= _options.MostUneven * (bytes - largest))
                    candidates.Add((from, to, blocks));
            }
        }

        foreach (var (from, to, _) in candidates.OrderByDescending(static c => c.Blocks).ThenBy(static c => c.From))
        {
            var run = units[from..(to + 1)].SelectMany(static u => u).ToList();
            if (_placement.KeepsOrder(run, all))
                return run;
        }

        return null;
    }

    private PlannedMerge Plan(List<BlockMeta> run, int level, MergeReason reason) =>
        new(run[0].Tenant, _signal, [.. BlockPlacement.InOrder(run)], level, _placement.Window(level), reason);
}
