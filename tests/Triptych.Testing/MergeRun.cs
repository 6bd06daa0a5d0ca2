using Triptych.Model;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore;

namespace Triptych.Testing;

/// <summary>Merges blocks of a catalog and puts the result in their place, as compaction does.</summary>
public static class MergeRun
{
    /// <summary>How many seeds a property test has: few in the normal run, many with TRIPTYCH_TEST_LONG=1.</summary>
    public static int Seeds => Environment.GetEnvironmentVariable("TRIPTYCH_TEST_LONG") == "1" ? 150 : 6;

    /// <summary>A job over blocks, in the order of acknowledgement.</summary>
    public static MergeJob Job(
        BlockCatalog catalog, IObjectStore objects, IEnumerable<BlockMeta> inputs, long window = long.MaxValue / 4,
        long targetBlockBytes = long.MaxValue, IReadOnlyList<RowDeletion>? deletions = null)
    {
        var ordered = inputs.OrderBy(b => b.LastSegment).ToList();
        return new MergeJob(catalog, objects)
        {
            Tenant = ordered[0].Tenant,
            Signal = ordered[0].Signal,
            Inputs = ordered,
            Level = ordered.Max(b => b.Level) + 1,
            Window = window,
            TargetBlockBytes = targetBlockBytes,
            Deletions = deletions ?? [],
        };
    }

    /// <summary>Runs a job and commits its outputs.</summary>
    public static async Task<IReadOnlyList<BlockMeta>> RunAsync(IBlockMerger merger, BlockCatalog catalog, MergeJob job)
    {
        var outputs = await merger.MergeAsync(job, CancellationToken.None);
        var change = new MetastoreChange { Add = outputs, Remove = [.. job.Inputs.Select(b => b.Id)] };
        await catalog.CommitAsync(change, onPublish: null, CancellationToken.None);
        return outputs;
    }

    /// <summary>A tenant's blocks, in the order of acknowledgement.</summary>
    public static IReadOnlyList<BlockMeta> Blocks(BlockCatalog catalog, Signal signal, TenantId? tenant = null) =>
        [.. catalog.Current.Blocks(tenant ?? TenantId.Default, signal).OrderBy(b => b.LastSegment)];

    /// <summary>Cuts blocks at random into runs of neighbours.</summary>
    public static IEnumerable<IReadOnlyList<BlockMeta>> Runs(IReadOnlyList<BlockMeta> blocks, Random random)
    {
        for (var start = 0; start < blocks.Count;)
        {
            var count = Math.Min(blocks.Count - start, random.Next(1, 5));
            yield return [.. blocks.Skip(start).Take(count)];
            start += count;
        }
    }
}
