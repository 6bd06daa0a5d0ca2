using System.Collections.Frozen;
using Triptych.Model;

namespace Triptych.Storage.Catalog;

/// <summary>
/// Which blocks exist, at one moment. Immutable; any thread may read. To keep the files of its blocks readable hold a
/// <see cref="CatalogPin"/> (or a <c>StoreView</c>, which has one).
/// </summary>
public sealed class CatalogVersion
{
    private readonly FrozenDictionary<(TenantId Tenant, Signal Signal), BlockMeta[]> _lists;

    internal CatalogVersion(long number, IEnumerable<BlockMeta> blocks)
    {
        Number = number;
        _lists = blocks
            .GroupBy(static b => (b.Tenant, b.Signal))
            .ToFrozenDictionary(
                static g => g.Key,
                static g => g.OrderBy(static b => b.MinTime).ThenBy(static b => b.MaxTime).ThenBy(static b => b.Id).ToArray());
        BlockCount = _lists.Values.Sum(static l => l.Length);
    }

    private CatalogVersion(long number, FrozenDictionary<(TenantId Tenant, Signal Signal), BlockMeta[]> lists)
    {
        Number = number;
        _lists = lists;
        BlockCount = lists.Values.Sum(static l => l.Length);
    }

    /// <summary>Grows by one with each change; starts at 1 when the program does.</summary>
    public long Number { get; }

    /// <summary>Blocks in all.</summary>
    public int BlockCount { get; }

    /// <summary>All blocks, in no particular order between tenants and signals.</summary>
    public IEnumerable<BlockMeta> All => _lists.Values.SelectMany(static l => l);

    /// <summary>Tenants that have a block.</summary>
    public IEnumerable<TenantId> Tenants => _lists.Keys.Select(static k => k.Tenant).Distinct();

    /// <summary>The blocks of a tenant and signal, sorted by (MinTime, MaxTime, Id).</summary>
    public IReadOnlyList<BlockMeta> Blocks(TenantId tenant, Signal signal) => _lists.GetValueOrDefault((tenant, signal)) ?? [];

    /// <summary>Of these, the ones that meet the closed range, in the same order.</summary>
    public IEnumerable<BlockMeta> BlocksIn(TenantId tenant, Signal signal, long minTime, long maxTime)
    {
        foreach (var block in Blocks(tenant, signal))
        {
            if (block.MinTime > maxTime)
                yield break;
            if (block.MaxTime >= minTime)
                yield return block;
        }
    }

    internal CatalogVersion With(IReadOnlyList<BlockMeta> add, IReadOnlyCollection<Guid> remove, out List<BlockMeta> removed)
    {
        removed = [];
        var lists = _lists.ToDictionary();
        var adds = add.ToLookup(static b => (b.Tenant, b.Signal));
        var gone = removed;
        foreach (var (key, list) in _lists)
        {
            if (remove.Count > 0)
                gone.AddRange(list.Where(b => remove.Contains(b.Id)));
        }

        foreach (var key in adds.Select(static g => g.Key).Concat(gone.Select(static b => (b.Tenant, b.Signal))).Distinct())
        {
            var kept = lists.GetValueOrDefault(key, []).Where(b => !remove.Contains(b.Id));
            var merged = kept.Concat(adds[key]).OrderBy(static b => b.MinTime).ThenBy(static b => b.MaxTime).ThenBy(static b => b.Id).ToArray();
            if (merged.Length == 0)
                lists.Remove(key);
            else
                lists[key] = merged;
        }

        return new CatalogVersion(Number + 1, lists.ToFrozenDictionary());
    }
}

/// <summary>Keeps a version's files readable until it is disposed. One owner; disposing twice is safe.</summary>
public sealed class CatalogPin : IDisposable
{
    private BlockCatalog? _catalog;

    internal CatalogPin(BlockCatalog catalog, CatalogVersion version)
    {
        _catalog = catalog;
        Version = version;
    }

    /// <summary>What exists for the holder of the pin.</summary>
    public CatalogVersion Version { get; }

    /// <summary>Lets go of the version.</summary>
    public void Dispose() => Interlocked.Exchange(ref _catalog, null)?.Unpin(Version.Number);
}
