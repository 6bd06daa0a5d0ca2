using Triptych.Model;

namespace Triptych.Storage.Catalog;

/// <summary>What the catalog knows about one block. Immutable.</summary>
public sealed record BlockMeta
{
    /// <summary>Guid version 7, so ids sort by time of creation.</summary>
    public required Guid Id { get; init; }

    /// <summary>Whose data; a block never holds two tenants.</summary>
    public required TenantId Tenant { get; init; }

    /// <summary>Which kind of telemetry.</summary>
    public required Signal Signal { get; init; }

    /// <summary>0 for a flushed head, then one more with each compaction.</summary>
    public int Level { get; init; }

    /// <summary>Smallest time of a row, in the signal's own unit (metrics: Unix milliseconds; logs, traces: Unix nanoseconds).</summary>
    public required long MinTime { get; init; }

    /// <summary>Largest time of a row, inclusive, in the same unit.</summary>
    public required long MaxTime { get; init; }

    /// <summary>Rows in the file.</summary>
    public required long Rows { get; init; }

    /// <summary>Length of the file in bytes.</summary>
    public required long SizeBytes { get; init; }

    /// <summary><c>blocks/&lt;tenant number&gt;/{metrics|logs|traces}/&lt;yyyy-mm-dd&gt;/&lt;id&gt;.parquet</c>.</summary>
    public required string ObjectKey { get; init; }

    /// <summary>First WAL segment whose records are in the block, also of those it was merged from; 0 when it was imported.</summary>
    public long FirstSegment { get; init; }

    /// <summary>Last WAL segment whose records are in the block, inclusive. Of equal records in two blocks, the one with the smaller number was first.</summary>
    public long LastSegment { get; init; }

    /// <summary>What the signal's store prunes by without opening the file; its own format, at most 64 KiB.</summary>
    public ReadOnlyMemory<byte> Statistics { get; init; }

    /// <summary>Whether the closed time range of the block meets [<paramref name="minTime"/>, <paramref name="maxTime"/>].</summary>
    public bool Overlaps(long minTime, long maxTime) => MinTime <= maxTime && minTime <= MaxTime;
}

/// <summary>Identity and place of a block that is about to be written.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Tenant">Whose data.</param>
/// <param name="Signal">Which kind.</param>
/// <param name="ObjectKey">Where to put the file.</param>
public sealed record BlockAddress(Guid Id, TenantId Tenant, Signal Signal, string ObjectKey);
