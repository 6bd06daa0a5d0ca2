using Triptych.Model;
using Triptych.Storage.Catalog;

namespace Triptych.Storage.Compaction;

/// <summary>
/// How many blocks a merge of a tenant and signal takes at most, where more did not fit into the merger's memory: half as many after each such
/// failure, two at least, for some time. Known only in memory; after a start it is found out again. Any thread may call.
/// </summary>
internal sealed class MergeLimits(TimeProvider time, CompactionOptions options)
{
    // With fewer there is nothing to merge.
    private const int Least = 2;
    private readonly Lock _gate = new();
    private readonly Dictionary<(TenantId Tenant, Signal Signal), Limit> _limits = [];

    /// <summary>The options, for merges that keep to the limit: a run that is long enough to be worth a merge is no longer than it may be.</summary>
    public CompactionOptions Of(TenantId tenant, Signal signal)
    {
        lock (_gate)
        {
            if (!_limits.TryGetValue((tenant, signal), out var limit))
                return options;
            if (limit.Until <= time.GetUtcNow())
            {
                _limits.Remove((tenant, signal));
                return options;
            }

            return options with
            {
                MaxInputs = Math.Min(options.MaxInputs, limit.Blocks),
                FlushedBlocksToMerge = Math.Min(options.FlushedBlocksToMerge, limit.Blocks),
                OpenWindowParts = Math.Min(options.OpenWindowParts, limit.Blocks),
            };
        }
    }

    /// <summary>Whether a merge that did not fit can be done with fewer blocks.</summary>
    public static bool CanLower(PlannedMerge failed) => failed.Inputs.Count > Least;

    /// <summary>A merge did not fit: the next ones take fewer blocks. Returns how many, or null when it had as few as a merge can have.</summary>
    public int? Lower(PlannedMerge failed)
    {
        if (!CanLower(failed))
            return null;
        var blocks = Math.Max(Least, failed.Inputs.Count / 2);
        lock (_gate)
            _limits[(failed.Tenant, failed.Signal)] = new Limit(blocks, time.GetUtcNow() + options.MaxRetryDelay);
        return blocks;
    }

    /// <summary>Of a merge that did not fit and cannot be smaller: the block that is to be left alone, so that the others go on.</summary>
    public static BlockMeta Heaviest(PlannedMerge failed) => failed.Inputs.MaxBy(static b => b.SizeBytes)!;

    private readonly record struct Limit(int Blocks, DateTimeOffset Until);
}
