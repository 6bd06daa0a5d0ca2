using Triptych.Columnar.Parquet;
using Triptych.Model;
using Triptych.Primitives.Memory;
using Triptych.Storage.Blocks;
using Triptych.Storage.Catalog;
using Triptych.Storage.Heads;
using Triptych.Storage.Instruments;
using Triptych.Storage.ObjectStore;
using Triptych.Storage.Retention;

namespace Triptych.Storage.Compaction;

/// <summary>Rows of a rule up to a time go, for the rule has more bytes than its size.</summary>
/// <param name="Rule">Its number among the signal's rules.</param>
/// <param name="Cutoff">The last time that goes, inclusive, in the signal's unit.</param>
/// <param name="Deletions">The same rows as deletions.</param>
internal sealed record SizeCut(int Rule, long Cutoff, IReadOnlyList<RowDeletion> Deletions);

/// <summary>
/// Retention by size for selectors (<see cref="RetentionRule.SizeBytes"/>). A rule has of each block as many bytes as it has of its rows; summed from
/// the newest to the oldest over all tenants, that says at which time it is full. A rule acts when it is over its size, and then goes down to 7/8 of it:
/// so blocks are written again once for each eighth that comes in, not for every few bytes. Blocks never change, so each is counted once while the
/// program runs, a bounded number of them in each round, the newest first; what is not counted yet has no bytes. Not for use by several threads, except
/// that merges may read what a round has found. docs/adr/0005-compaction-retention-deletion.md.
/// </summary>
internal sealed class SizeRetention(
    StorageServices services,
    IReadOnlyDictionary<Signal, IBlockMerger> mergers,
    RetentionOptions retention,
    CompactionOptions options,
    MergeMemory memory,
    BlockQuarantine quarantine,
    IUpkeepEvents events)
{
    /// <summary>Blocks of a signal that a round counts at most, so that others do not wait long.</summary>
    public const int MostCountedInRound = 64;

    // Of a rule's size: it goes down to 7/8, and a part of the time with more than 1/64 is looked at more closely before it goes as a whole.
    private const int Slack = 8;
    private const int Coarse = 64;
    private readonly Dictionary<Guid, RowTally> _tallies = [];
    private readonly HashSet<Guid> _failed = [];
    private readonly Dictionary<Signal, List<SizeCut>> _cuts = [];
    private readonly Lock _gate = new();
    private readonly HashSet<Guid> _seen = [];

    /// <summary>Counts blocks and decides which rows go. Call at the begin of a round.</summary>
    public async Task RefreshAsync(CatalogVersion catalog, CancellationToken cancellationToken)
    {
        _cuts.Clear();
        lock (_gate)
            _seen.Clear();
        foreach (var signal in SignalTime.Signals)
        {
            if (!mergers.ContainsKey(signal) || retention.For(signal).Rules.All(static r => r.SizeBytes <= 0))
                continue;
            var blocks = catalog.All.Where(b => b.Signal == signal && b.Rows > 0 && !quarantine.Holds(b.Id))
                .OrderByDescending(static b => b.MaxTime).ToList();
            Forget(signal, blocks);
            foreach (var block in blocks.Where(b => !_tallies.ContainsKey(b.Id)).Take(MostCountedInRound))
            {
                if (await CountAsync(block, block.MinTime, block.MaxTime, cancellationToken) is { } tally)
                    _tallies[block.Id] = tally;
            }

            _cuts[signal] = await CutAsync(signal, blocks, cancellationToken);
        }
    }

    /// <summary>What goes of a signal in this round.</summary>
    public IReadOnlyList<SizeCut> CutsOf(Signal signal) => _cuts.TryGetValue(signal, out var cuts) ? cuts : [];

    /// <summary>Whether a block has rows of a cut. Says so once in a round: what is not done then is left to the next one.</summary>
    public bool TakeDue(BlockMeta block, SizeCut cut)
    {
        if (!_tallies.TryGetValue(block.Id, out var tally) || !(tally.OldestOf(cut.Rule) <= cut.Cutoff))
            return false;
        lock (_gate)
            return _seen.Add(block.Id);
    }

    private void Forget(Signal signal, List<BlockMeta> blocks)
    {
        var live = blocks.Select(static b => b.Id).ToHashSet();
        var others = services.Catalog.Current.All.Where(b => b.Signal != signal).Select(static b => b.Id).ToHashSet();
        foreach (var gone in _tallies.Keys.Concat(_failed).Where(b => !live.Contains(b) && !others.Contains(b)).ToList())
        {
            _tallies.Remove(gone);
            _failed.Remove(gone);
        }
    }

    private async Task<List<SizeCut>> CutAsync(Signal signal, List<BlockMeta> blocks, CancellationToken cancellationToken)
    {
        var cuts = new List<SizeCut>();
        foreach (var (rule, sizeBytes, conditions) in RetentionTerms.Of(retention.For(signal)).Sizes)
        {
            var parts = new List<Part>();
            foreach (var block in blocks)
            {
                if (_tallies.TryGetValue(block.Id, out var tally))
                    parts.AddRange(PartsOf(block, tally, rule));
            }

            var bytes = parts.Sum(static p => p.Bytes);
            UpkeepInstruments.RuleBytes.Record((long)bytes, StorageInstruments.Tag(signal), new KeyValuePair<string, object?>("rule", rule));
            if (bytes <= sizeBytes || await CutoffAsync(parts, rule, sizeBytes, cancellationToken) is not { } cutoff)
                continue;
            cuts.Add(new SizeCut(rule, cutoff, [.. conditions.Select(c => new RowDeletion(long.MinValue, cutoff, c, Predicate: null))]));
            events.RuleOverSize(signal, rule, (long)bytes, sizeBytes, SignalTime.ToInstant(signal, cutoff));
        }

        return cuts;
    }

    /// <summary>The time up to which a rule's rows have to go; null when it cannot be known now.</summary>
    private async Task<long?> CutoffAsync(List<Part> parts, int rule, long sizeBytes, CancellationToken cancellationToken)
    {
        // The newest first.
        var left = new PriorityQueue<Part, Int128>(parts.Select(static p => (p, -(Int128)p.MaxTime)));
        var room = sizeBytes - (sizeBytes / (double)Slack);
        while (left.TryDequeue(out var part, out _))
        {
            if (part.Bytes <= room)
            {
                room -= part.Bytes;
                continue;
            }

            if (part.MinTime == part.MaxTime || part.Bytes <= sizeBytes / (double)Coarse)
                return part.MaxTime;
            if (await CountAsync(part.Block, part.MinTime, part.MaxTime, cancellationToken) is not { } closer)
                return null;
            left.EnqueueRange(PartsOf(part.Block, closer, rule).Select(static p => (p, -(Int128)p.MaxTime)));
        }

        return null;
    }

    private static IEnumerable<Part> PartsOf(BlockMeta block, RowTally tally, int rule) =>
        tally.SlotsOf(rule).Select(s => new Part(block, s.MinTime, s.MaxTime, block.SizeBytes * ((double)s.Rows / Math.Max(1, tally.TotalRows))));

    /// <summary>Counts a block's rows; null when that is not possible now.</summary>
    private async Task<RowTally?> CountAsync(BlockMeta block, long minTime, long maxTime, CancellationToken cancellationToken)
    {
        try
        {
            for (var bytes = memory.FirstBytes; ;)
            {
                try
                {
                    using var reservation = await memory.ReserveAsync(bytes, cancellationToken);
                    var tally = new RowTally(retention.For(block.Signal).Rules, minTime, maxTime);
                    await mergers[block.Signal].CountAsync(JobOf(block, reservation.Budget), tally, cancellationToken);
                    return tally;
                }
                catch (MemoryBudgetExceededException e) when (memory.More(bytes, e) is { } more)
                {
                    bytes = more;
                }
            }
        }
        catch (CorruptFileException e) when (e is not UnsupportedFileException { IsTooMuch: true })
        {
            await quarantine.AddAsync(block, e.Offset, e.Problem, cancellationToken);
        }
        catch (ObjectNotFoundException)
        {
            // Somebody else may have been first to merge it away.
            if (services.Catalog.Current.Blocks(block.Tenant, block.Signal).Any(b => b.Id == block.Id))
                await quarantine.AddAsync(block, 0, ObjectInput.Missing, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            if (_failed.Add(block.Id))
                events.BlockNotCounted(block, e);
        }

        return null;
    }

    private MergeJob JobOf(BlockMeta block, MemoryBudget budget) => new(services.Catalog, services.Objects)
    {
        Tenant = block.Tenant,
        Signal = block.Signal,
        Inputs = [block],
        Level = block.Level,
        Window = long.MaxValue,
        TargetBlockBytes = options.TargetBlockBytes,
        Memory = budget,
    };

    /// <summary>What a rule has of a block between two times.</summary>
    private readonly record struct Part(BlockMeta Block, long MinTime, long MaxTime, double Bytes);
}
