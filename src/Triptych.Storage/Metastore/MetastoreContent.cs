using Triptych.Model;
using Triptych.Storage.Catalog;

namespace Triptych.Storage.Metastore;

/// <summary>The catalog as stored.</summary>
/// <param name="Blocks">All live blocks.</param>
/// <param name="Retired">One entry for each signal that ever flushed.</param>
public sealed record CatalogContent(IReadOnlyList<BlockMeta> Blocks, IReadOnlyList<WalRetirement> Retired);

/// <summary>A tenant with the number that stands for it in object keys.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Tenant">Whose it is.</param>
public readonly record struct NumberedTenant(int Number, TenantId Tenant);

/// <summary>A versioned value and whose it is.</summary>
/// <param name="Scope">Whose value.</param>
/// <param name="Value">Key, version, bytes.</param>
public sealed record ScopedValue(string Scope, VersionedValue Value);

/// <summary>Everything that a metastore holds, at one moment: what a backup keeps and a restore puts back.</summary>
/// <param name="Tenants">All tenants ever seen, by number.</param>
/// <param name="Catalog">Blocks and retired WAL.</param>
/// <param name="Values">All versioned values, by scope and key in ordinal order.</param>
public sealed record MetastoreContent(IReadOnlyList<NumberedTenant> Tenants, CatalogContent Catalog, IReadOnlyList<ScopedValue> Values)
{
    /// <summary>Whether there is nothing at all.</summary>
    public bool IsEmpty => Tenants.Count == 0 && Catalog.Blocks.Count == 0 && Catalog.Retired.Count == 0 && Values.Count == 0;
}
