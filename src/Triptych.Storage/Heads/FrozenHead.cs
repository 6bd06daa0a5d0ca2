using Triptych.Model;
using Triptych.Storage.Catalog;
using Triptych.Storage.ObjectStore;

namespace Triptych.Storage.Heads;

/// <summary>A head on its way to blocks. Valid during one <see cref="ISignalHeads{THead}.WriteBlocksAsync"/>.</summary>
public sealed class FrozenHead<THead>
    where THead : class, IHead
{
    private readonly BlockCatalog _catalog;
    private readonly Signal _signal;
    private readonly List<string> _keys = [];

    internal FrozenHead(HeadGeneration<THead> generation, BlockCatalog catalog, IObjectStore objects, Signal signal)
    {
        _catalog = catalog;
        _signal = signal;
        Objects = objects;
        Head = generation.Head;
        FirstSegment = Math.Min(generation.FirstSegment, generation.LastSegment);
        LastSegment = generation.LastSegment;
    }

    /// <summary>What to write; does not change any more.</summary>
    public THead Head { get; }

    /// <summary>First WAL segment that it holds, for the block's metadata.</summary>
    public long FirstSegment { get; }

    /// <summary>Last WAL segment that it holds.</summary>
    public long LastSegment { get; }

    /// <summary>Where the files go.</summary>
    public IObjectStore Objects { get; }

    /// <summary>Keys given out, so that what a failed try left behind can be removed.</summary>
    internal IReadOnlyList<string> Keys => _keys;

    /// <summary>A new id and key. One thread at a time.</summary>
    /// <param name="tenant">Whose data.</param>
    /// <param name="day">A time within the block; its UTC date is part of the key.</param>
    /// <param name="cancellationToken">Stops the look-up of the tenant's number.</param>
    public async ValueTask<BlockAddress> NewBlockAsync(TenantId tenant, DateTimeOffset day, CancellationToken cancellationToken)
    {
        var address = await _catalog.NewAddressAsync(tenant, _signal, day, cancellationToken);
        _keys.Add(address.ObjectKey);
        return address;
    }

    /// <summary>The catalog's entry for a level-0 block of this head.</summary>
    public BlockMeta Describe(
        BlockAddress address, long minTime, long maxTime, long rows, long sizeBytes, ReadOnlyMemory<byte> statistics) => new()
        {
            Id = address.Id,
            Tenant = address.Tenant,
            Signal = address.Signal,
            Level = 0,
            MinTime = minTime,
            MaxTime = maxTime,
            Rows = rows,
            SizeBytes = sizeBytes,
            ObjectKey = address.ObjectKey,
            FirstSegment = FirstSegment,
            LastSegment = LastSegment,
            Statistics = statistics,
        };
}

/// <summary>Blocks whose files are written and whose commit is still to come, or whose commit had an unknown outcome.</summary>
internal sealed record PendingFlush(IReadOnlyList<BlockMeta> Blocks);
