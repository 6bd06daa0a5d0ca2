using Triptych.Model;
using Triptych.Storage.Blocks;
using Triptych.Storage.Catalog;
using Triptych.Storage.Instruments;

namespace Triptych.Storage.Heads;

/// <summary>
/// How many flushed blocks of each tenant wait to be merged. Counted anew when the catalog has changed; damaged ones, which are never merged, do
/// not count. Used under the decision lock.
/// </summary>
internal sealed class FlushedBlocks(BlockCatalog catalog, BlockQuarantine quarantine, Signal signal, int most)
{
    private readonly KeyValuePair<string, object?> _tag = StorageInstruments.Tag(signal);
    private readonly Dictionary<TenantId, int> _crowded = [];
    private long _seen = -1;

    /// <summary>Why nothing of a tenant is taken until merges have caught up; null where it is.</summary>
    public string? WhyFull(TenantId tenant)
    {
        Refresh();
        if (!_crowded.ContainsKey(tenant))
            return null;

        // Looked at once more: blocks that turn out to be damaged meanwhile change nothing in the catalog.
        _seen = -1;
        Refresh();
        if (!_crowded.TryGetValue(tenant, out var count))
            return null;
        StorageInstruments.CrowdedRefusals.Add(1, _tag);
        return $"{count} flushed blocks of tenant {tenant.Name} wait to be merged, as many as may: storage.compaction.max_flushed_blocks";
    }

    /// <summary>Looks at the catalog again if it has changed.</summary>
    public void Refresh()
    {
        var current = catalog.Current;
        if (current.Number == _seen)
            return;
        _seen = current.Number;
        _crowded.Clear();
        var largest = 0;
        foreach (var tenant in current.Tenants)
        {
            var count = 0;
            foreach (var block in current.Blocks(tenant, signal))
            {
                if (block.Level == 0 && !quarantine.Holds(block.Id))
                    count++;
            }

            largest = Math.Max(largest, count);
            if (count >= most)
                _crowded[tenant] = count;
        }

        StorageInstruments.FlushedBlocks.Record(largest, _tag);
    }
}
