using System.Text;
using Triptych.Model;
using Triptych.Primitives.Checksums;
using Triptych.Storage.Blocks;
using Triptych.Storage.Catalog;
using Triptych.Storage.Deletion;
using Triptych.Storage.Retention;

namespace Triptych.Storage.Compaction;

/// <summary>
/// What to do next for a tenant and signal, the most urgent first: 1. the oldest deletion; 2. nothing more while there is one, so that no merge mixes
/// blocks that it shall touch with others; 3. rows that are past a rule's time or beyond its size; 4. compaction; 5. blocks that are old
/// enough to be sampled and were not with a merge. Every merge leaves out what retention has let go of.
/// </summary>
internal sealed class WorkFinder
{
    private readonly CompactionOptions _options;
    private readonly TimeProvider _time;
    private readonly MergeLimits _limits;
    private readonly BlockMarks _marks;
    private readonly BlockQuarantine _quarantine;
    private readonly DeletionLedger _deletions;
    private readonly SizeRetention _sizes;
    private readonly Dictionary<Signal, CompactionPlanner> _planners = [];
    private readonly Dictionary<Signal, RetentionTerms> _terms = [];
    private readonly IReadOnlyDictionary<Signal, SamplingTerm> _sampling;
    private readonly Dictionary<Signal, BlockPlacement> _placements = [];

    public WorkFinder(
        UpkeepOptions options, TimeProvider time, MergeLimits limits, BlockMarks marks, BlockQuarantine quarantine, DeletionLedger deletions,
        SizeRetention sizes)
    {
        _options = options.Compaction;
        _sampling = options.Sampling;
        _time = time;
        _limits = limits;
        _marks = marks;
        _quarantine = quarantine;
        _deletions = deletions;
        _sizes = sizes;
        foreach (var signal in SignalTime.Signals)
        {
            _planners[signal] = new CompactionPlanner(signal, options.Compaction);
            _terms[signal] = RetentionTerms.Of(options.Retention.For(signal));
            _placements[signal] = new BlockPlacement(signal, options.Compaction.Windows(signal));
        }
    }

    /// <summary>The next work beside deletions, or null.</summary>
    /// <param name="catalog">A version that was current before the ledger was asked about holds and deletions.</param>
    /// <param name="tenant">Whose blocks.</param>
    /// <param name="signal">Of which kind.</param>
    /// <param name="waiting">Blocks not to be touched now.</param>
    public MergeWork? Next(CatalogVersion catalog, TenantId tenant, Signal signal, IReadOnlySet<Guid> waiting)
    {
        var blocks = catalog.Blocks(tenant, signal);
        var barred = Barred(blocks, waiting);
        var now = _time.GetUtcNow();
        if (DueForRetention(blocks, signal, barred, now) is { } due)
            return Work(_planners[signal].Rewrite(due, MergeReason.Retention), now);
        if (_options.Enabled && PlannerOf(tenant, signal).Next(blocks, barred, now, _terms[signal].Longest) is { } plan)
            return Work(plan, now);
        return DueForSampling(blocks, signal, barred, now) is { } old ? Work(_planners[signal].Rewrite(old, MergeReason.Sampling), now) : null;
    }

    /// <summary>Merges that are due for a tenant and signal, a bounded number.</summary>
    public IReadOnlyList<PlannedMerge> Pending(CatalogVersion catalog, TenantId tenant, Signal signal, IReadOnlySet<Guid> waiting, int most)
    {
        if (!_options.Enabled)
            return [];
        var blocks = catalog.Blocks(tenant, signal);
        return PlannerOf(tenant, signal).Pending(blocks, Barred(blocks, waiting), _time.GetUtcNow(), _terms[signal].Longest, most);
    }

    /// <summary>Blocks that a deletion has yet to see; those that cannot be read are not among them.</summary>
    public List<BlockMeta> LeftOf(DeletionRequest request, CatalogVersion catalog)
    {
        var mark = MarkOf(request);
        return
        [
            .. Touched(request, catalog).Where(b => !_quarantine.Holds(b.Id) && !_marks.Has(b.Id, mark)),
        ];
    }

    /// <summary>Blocks that a deletion cannot see, because they cannot be read.</summary>
    public IReadOnlyList<string> UnreadableOf(DeletionRequest request, CatalogVersion catalog) =>
        [.. Touched(request, catalog).Where(b => _quarantine.Holds(b.Id)).Select(static b => b.ObjectKey)];

    /// <summary>A block of a deletion, to be written again without its rows.</summary>
    public MergeWork WorkOf(DeletionRequest request, IReadOnlyList<RowDeletion> rows, BlockMeta block)
    {
        var had = _marks.Of(block.Id);
        long[] marks = [.. had, MarkOf(request)];
        return new MergeWork(_planners[block.Signal].Rewrite(block, MergeReason.Deletion), rows, _ => marks, request.Id);
    }

    private CompactionPlanner PlannerOf(TenantId tenant, Signal signal)
    {
        var options = _limits.Of(tenant, signal);
        return options == _options ? _planners[signal] : new CompactionPlanner(signal, options);
    }

    private static IEnumerable<BlockMeta> Touched(DeletionRequest request, CatalogVersion catalog) =>
        catalog.BlocksIn(new TenantId(request.Tenant), request.Signal, request.MinTime, request.MaxTime)
            .Where(b => b.LastSegment <= request.ThroughSegment);

    private static long MarkOf(DeletionRequest request) => (long)XxHash64.Compute(Encoding.UTF8.GetBytes("deletion " + request.Id));

    private HashSet<Guid> Barred(IReadOnlyList<BlockMeta> blocks, IReadOnlySet<Guid> waiting) =>
        blocks.Where(b => waiting.Contains(b.Id) || _quarantine.Holds(b.Id)).Select(static b => b.Id).ToHashSet();

    private BlockMeta? DueForRetention(IReadOnlyList<BlockMeta> blocks, Signal signal, HashSet<Guid> barred, DateTimeOffset now)
    {
        foreach (var term in _terms[signal].All)
        {
            var cutoff = SignalTime.Of(signal, now - term.Age);
            foreach (var block in blocks)
            {
                if (block.MinTime > cutoff)
                    break;
                if (block.MaxTime <= cutoff && !barred.Contains(block.Id) && !_marks.Has(block.Id, term.Mark))
                    return block;
            }
        }

        foreach (var cut in _sizes.CutsOf(signal))
        {
            foreach (var block in blocks)
            {
                if (block.MinTime > cut.Cutoff)
                    break;
                if (!barred.Contains(block.Id) && _sizes.TakeDue(block, cut))
                    return block;
            }
        }

        return null;
    }

    /// <summary>A block whose window is closed, so that it has been merged if it is to be merged soon, and which was not sampled with that.</summary>
    private BlockMeta? DueForSampling(IReadOnlyList<BlockMeta> blocks, Signal signal, HashSet<Guid> barred, DateTimeOffset now)
    {
        if (!_sampling.TryGetValue(signal, out var term))
            return null;
        var through = SignalTime.Of(signal, now - term.Age);
        var closed = SignalTime.Of(signal, now - _options.LateAllowance);
        foreach (var block in blocks)
        {
            if (block.MinTime > through)
                break;
            var isOld = block.MaxTime <= through && _placements[signal].WindowEnd(block.MaxTime, block.Level) <= closed;
            if (isOld && !barred.Contains(block.Id) && !_marks.Has(block.Id, term.Mark))
                return block;
        }

        return null;
    }

    private (long Through, long Mark)? SamplingOf(PlannedMerge plan, long from, DateTimeOffset now)
    {
        if (plan.Reason == MergeReason.Retention || !_sampling.TryGetValue(plan.Signal, out var term))
            return null;
        var through = SignalTime.Of(plan.Signal, now - term.Age);
        return from <= through ? (through, term.Mark) : null;
    }

    private MergeWork Work(PlannedMerge plan, DateTimeOffset now)
    {
        var from = plan.Inputs.Min(static b => b.MinTime);
        var applied = new List<(long Mark, long Cutoff)>();
        var deletions = new List<RowDeletion>();
        foreach (var term in _terms[plan.Signal].All)
        {
            var cutoff = SignalTime.Of(plan.Signal, now - term.Age);
            if (from > cutoff)
                continue;
            applied.Add((term.Mark, cutoff));
            deletions.Add(new RowDeletion(long.MinValue, cutoff, term.Matchers, Predicate: null));
        }

        // What goes by size leaves no mark: the time up to which it goes moves with what comes in.
        deletions.AddRange(_sizes.CutsOf(plan.Signal).Where(c => from <= c.Cutoff).SelectMany(static c => c.Deletions));

        // What had been done to all inputs has been done to the output.
        var had = plan.Inputs.Select(b => _marks.Of(b.Id)).Aggregate(static (a, b) => [.. a.Intersect(b)]);
        return new MergeWork(
            plan,
            deletions,
            output => [.. had.Union(applied.Where(a => output.MaxTime <= a.Cutoff).Select(static a => a.Mark))],
            DeletionId: null,
            SamplingOf(plan, from, now));
    }
}
