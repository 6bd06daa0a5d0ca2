using System.Globalization;
using Triptych.Model;
using Triptych.Storage.Catalog;

namespace Triptych.Storage.Metastore;

/// <summary>A row of <c>blocks</c>, joined with its tenant's name.</summary>
internal sealed class BlockRow
{
    public string Id { get; init; } = "";

    public string Tenant { get; init; } = "";

    public long Signal { get; init; }

    public long Level { get; init; }

    public long MinTime { get; init; }

    public long MaxTime { get; init; }

    public long Rows { get; init; }

    public long SizeBytes { get; init; }

    public string ObjectKey { get; init; } = "";

    public long FirstSegment { get; init; }

    public long LastSegment { get; init; }

    public byte[] Statistics { get; init; } = [];

    public BlockMeta ToMeta() => new()
    {
        Id = Guid.Parse(Id, CultureInfo.InvariantCulture),
        Tenant = new TenantId(Tenant),
        Signal = (Signal)Signal,
        Level = (int)Level,
        MinTime = MinTime,
        MaxTime = MaxTime,
        Rows = Rows,
        SizeBytes = SizeBytes,
        ObjectKey = ObjectKey,
        FirstSegment = FirstSegment,
        LastSegment = LastSegment,
        Statistics = Statistics,
    };
}

/// <summary>A row of <c>wal_retired</c>.</summary>
internal sealed class RetiredRow
{
    public long Signal { get; init; }

    public long Segment { get; init; }

    public long Sequence { get; init; }

    public WalRetirement ToRetirement() => new((Signal)Signal, Segment, Sequence);
}

/// <summary>A row of <c>key_values</c>.</summary>
internal sealed class ValueRow
{
    public string Scope { get; init; } = "";

    public string Key { get; init; } = "";

    public long Version { get; init; }

    public byte[] Value { get; init; } = [];

    public VersionedValue ToValue() => new(Key, Version, Value);
}

/// <summary>A row of <c>tenants</c>.</summary>
internal sealed class TenantRow
{
    public long Number { get; init; }

    public string Name { get; init; } = "";

    public NumberedTenant ToTenant() => new((int)Number, new TenantId(Name));
}
