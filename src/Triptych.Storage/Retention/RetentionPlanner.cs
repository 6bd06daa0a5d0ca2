using Triptych.Model;
using Triptych.Storage.Catalog;

namespace Triptych.Storage.Retention;

/// <summary>Why a block goes.</summary>
public enum ExpiryReason
{
    /// <summary>Its newest row is past the signal's time.</summary>
    Time,

    /// <summary>The signal's blocks are over their size.</summary>
    Size,

    /// <summary>The data directory is over its budget.</summary>
    DiskBudget,
}

/// <summary>A block that goes as a whole.</summary>
/// <param name="Block">Which.</param>
/// <param name="Reason">Why.</param>
public readonly record struct ExpiredBlock(BlockMeta Block, ExpiryReason Reason);

/// <summary>
/// Which blocks go as a whole: 1. those past the longest time that any of their rows may have; 2. of a signal over its size the oldest; 3. while the
/// data directory is over its budget, the least valuable over all signals. The older a block is beside the time that its signal is kept, the less
/// it is worth: a trace of yesterday (of 48 h) goes before a metric of last week (of 15 d). What is kept for ever goes last, the oldest first.
/// A pure function of block metadata and time.
/// </summary>
public static class RetentionPlanner
{
    /// <summary>Blocks to drop.</summary>
    /// <param name="blocks">All blocks.</param>
    /// <param name="options">What is kept.</param>
    /// <param name="now">The time.</param>
    /// <param name="otherBytes">Bytes of the data directory beside blocks, which count against its budget and do not go.</param>
    public static IReadOnlyList<ExpiredBlock> Expired(
        IEnumerable<BlockMeta> blocks, RetentionOptions options, DateTimeOffset now, long otherBytes)
    {
        var expired = new List<ExpiredBlock>();
        var kept = new List<BlockMeta>();
        foreach (var ofSignal in blocks.GroupBy(static b => b.Signal))
            kept.AddRange(AfterTimeAndSize(ofSignal.Key, ofSignal, options.For(ofSignal.Key), now, expired));
        if (options.DiskBudgetBytes <= 0)
            return expired;
        var total = otherBytes + kept.Sum(static b => b.SizeBytes);
        foreach (var block in kept.OrderByDescending(b => Worthlessness(b, options, now)).ThenBy(b => SignalTime.ToInstant(b.Signal, b.MaxTime)))
        {
            if (total <= options.DiskBudgetBytes)
                break;
            expired.Add(new ExpiredBlock(block, ExpiryReason.DiskBudget));
            total -= block.SizeBytes;
        }

        return expired;
    }

    /// <summary>By signal, when its oldest block goes as a whole by its age; absent where a signal has no block, or rows that are kept for ever.</summary>
    public static IReadOnlyDictionary<Signal, DateTimeOffset> NextByAge(IEnumerable<BlockMeta> blocks, RetentionOptions options)
    {
        var next = new Dictionary<Signal, DateTimeOffset>();
        foreach (var ofSignal in blocks.GroupBy(static b => b.Signal))
        {
            var longest = RetentionTerms.Of(options.For(ofSignal.Key)).Longest;
            var oldest = SignalTime.ToInstant(ofSignal.Key, ofSignal.Min(static b => b.MaxTime));
            if (longest > TimeSpan.Zero && oldest < DateTimeOffset.MaxValue - longest)
                next[ofSignal.Key] = oldest + longest;
        }

        return next;
    }

    private static List<BlockMeta> AfterTimeAndSize(
        Signal signal, IEnumerable<BlockMeta> blocks, SignalRetention retention, DateTimeOffset now, List<ExpiredBlock> expired)
    {
        var longest = RetentionTerms.Of(retention).Longest;
        var cutoff = longest > TimeSpan.Zero ? SignalTime.Of(signal, now - longest) : long.MinValue;
        var kept = new List<BlockMeta>();
        foreach (var block in blocks.OrderBy(static b => b.MaxTime).ThenBy(static b => b.MinTime).ThenBy(static b => b.Id))
        {
            if (longest > TimeSpan.Zero && block.MaxTime <= cutoff)
                expired.Add(new ExpiredBlock(block, ExpiryReason.Time));
            else
                kept.Add(block);
        }

        if (retention.SizeBytes <= 0)
            return kept;
        var total = kept.Sum(static b => b.SizeBytes);
        var gone = 0;
        while (gone < kept.Count && total > retention.SizeBytes)
        {
            expired.Add(new ExpiredBlock(kept[gone], ExpiryReason.Size));
            total -= kept[gone++].SizeBytes;
        }

        return kept[gone..];
    }

    private static double Worthlessness(BlockMeta block, RetentionOptions options, DateTimeOffset now)
    {
        var time = options.For(block.Signal).Time;
        var age = now - SignalTime.ToInstant(block.Signal, block.MaxTime);
        return time > TimeSpan.Zero ? age / time : double.NegativeInfinity;
    }
}
