using Triptych.Model;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;
using Triptych.Storage.ObjectStore;

namespace Triptych.Storage.Compaction;

/// <summary>One merge: its inputs and what becomes of them. One thread at a time.</summary>
public sealed class MergeJob
{
    /// <summary>Memory of a merge unless said otherwise.</summary>
    public const long DefaultMemoryBytes = 64L * 1024 * 1024;

    private readonly BlockCatalog _catalog;
    private readonly List<string> _keys = [];

    /// <param name="catalog">Gives out keys.</param>
    /// <param name="objects">Where blocks lie.</param>
    public MergeJob(BlockCatalog catalog, IObjectStore objects)
    {
        _catalog = catalog;
        Objects = objects;
    }

    /// <summary>Where inputs are read and outputs go.</summary>
    public IObjectStore Objects { get; }

    /// <summary>Whose data.</summary>
    public required TenantId Tenant { get; init; }

    /// <summary>Which kind.</summary>
    public required Signal Signal { get; init; }

    /// <summary>
    /// Blocks of this tenant and signal, at least one, in the order in which their records were acknowledged (by
    /// <see cref="BlockMeta.LastSegment"/>): of two equal records the one in the earlier block stays.
    /// </summary>
    public required IReadOnlyList<BlockMeta> Inputs { get; init; }

    /// <summary>Level of the outputs.</summary>
    public required int Level { get; init; }

    /// <summary>Width of a window in the signal's time unit. Windows are aligned to the epoch.</summary>
    public required long Window { get; init; }

    /// <summary>A window's output is split into several when it would grow much beyond this many bytes.</summary>
    public required long TargetBlockBytes { get; init; }

    /// <summary>Rows to leave out.</summary>
    public IReadOnlyList<RowDeletion> Deletions { get; init; } = [];

    /// <summary>What the signal's merger leaves out by itself; null for nothing.</summary>
    public MergeSampling? Sampling { get; init; }

    /// <summary>Memory of the merge, all of which it gives back at its end.</summary>
    public MemoryBudget Memory { get; init; } = new(MergeMemory.BudgetName, DefaultMemoryBytes);

    /// <summary>Rows that a deletion took out, for its progress. Set by the merger.</summary>
    public long RowsDeleted { get; set; }

    /// <summary>Keys given out, so that what a failed try left behind can be removed.</summary>
    internal IReadOnlyList<string> Keys => _keys;

    /// <summary>Number of the window that a time lies in. A trace lies where its first span starts.</summary>
    public long WindowOf(long time) => (time / Window) - (time % Window < 0 ? 1 : 0);

    /// <summary>A new id and key.</summary>
    /// <param name="day">A time within the block; its UTC date is part of the key.</param>
    /// <param name="cancellationToken">Stops the look-up of the tenant's number.</param>
    public async ValueTask<BlockAddress> NewBlockAsync(DateTimeOffset day, CancellationToken cancellationToken)
    {
        var address = await _catalog.NewAddressAsync(Tenant, Signal, day, cancellationToken);
        _keys.Add(address.ObjectKey);
        return address;
    }

    /// <summary>The catalog's entry for an output: it stands for the segments of all inputs, so that order among blocks stays known.</summary>
    public BlockMeta Describe(
        BlockAddress address, long minTime, long maxTime, long rows, long sizeBytes, ReadOnlyMemory<byte> statistics) => new()
        {
            Id = address.Id,
            Tenant = address.Tenant,
            Signal = address.Signal,
            Level = Level,
            MinTime = minTime,
            MaxTime = maxTime,
            Rows = rows,
            SizeBytes = sizeBytes,
            ObjectKey = address.ObjectKey,
            FirstSegment = Inputs.Min(static b => b.FirstSegment),
            LastSegment = Inputs.Max(static b => b.LastSegment),
            Statistics = statistics,
        };
}
