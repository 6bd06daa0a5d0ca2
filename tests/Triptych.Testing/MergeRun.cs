using Triptych.Model;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Storage.Deletion;
using Triptych.Storage.Heads;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore;
using Triptych.Storage.Retention;

namespace Triptych.Testing;

/// <summary>Merges blocks of a catalog and puts the result in their place, as compaction does.</summary>
public static class MergeRun
{
    /// <summary>How many seeds a property test has: few in the normal run, many with TRIPTYCH_TEST_LONG=1.</summary>
    public static int Seeds => Environment.GetEnvironmentVariable("TRIPTYCH_TEST_LONG") == "1" ? 150 : 6;

    /// <summary>A job over blocks, in the order of acknowledgement.</summary>
    public static MergeJob Job(
        BlockCatalog catalog, IObjectStore objects, IEnumerable<BlockMeta> inputs, long window = long.MaxValue / 4,
        long targetBlockBytes = long.MaxValue, IReadOnlyList<RowDeletion>? deletions = null, MemoryBudget? memory = null,
        MergeSampling? sampling = null)
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
            Sampling = sampling,
            Memory = memory ?? new MemoryBudget("merge", MergeJob.DefaultMemoryBytes),
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

    /// <summary>Compacts as the program does, until nothing is left to merge now. Returns what upkeep reported.</summary>
    public static async Task<RecordingUpkeepEvents> CompactAsync(
        StorageServices services, string directory, IBlockMerger merger, CompactionOptions? compaction = null, SamplingTerm? sampling = null)
    {
        var events = new RecordingUpkeepEvents();
        var options = new UpkeepOptions
        {
            Compaction = compaction ?? new CompactionOptions(),
            Retention = new RetentionOptions { Metrics = new(), Logs = new(), Traces = new() },
            Mergers = [merger],
            Sampling = sampling is null ? [] : new Dictionary<Signal, SamplingTerm> { [merger.Signal] = sampling },
            Selectors = new NoSelectors(),
            FlushAsync = static (_, _) => Task.CompletedTask,
            Usage = new DiskUsage(services.Disk, directory, Path.Combine(directory, "objects")),
            Events = events,
        };
        await using var upkeep = await StorageUpkeep.OpenAsync(services, options, CancellationToken.None);
        await upkeep.RunOnceAsync(CancellationToken.None);
        return events;
    }

    /// <summary>A tenant's blocks, in the order of acknowledgement.</summary>
    public static IReadOnlyList<BlockMeta> Blocks(BlockCatalog catalog, Signal signal, TenantId? tenant = null) =>
        [.. catalog.Current.Blocks(tenant ?? TenantId.Default, signal).OrderBy(b => b.LastSegment)];

    /// <summary>Cuts blocks at random into runs of neighbours; blocks of the same segments stay together, as they have no order among them.</summary>
    public static List<IReadOnlyList<BlockMeta>> Runs(IReadOnlyList<BlockMeta> blocks, Random random)
    {
        var units = blocks.GroupBy(b => b.LastSegment).OrderBy(g => g.Key).ToList();
        var runs = new List<IReadOnlyList<BlockMeta>>();
        for (var start = 0; start < units.Count;)
        {
            var count = Math.Min(units.Count - start, random.Next(1, 5));
            runs.Add([.. units.Skip(start).Take(count).SelectMany(g => g)]);
            start += count;
        }

        random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(runs));
        return runs;
    }

    /// <summary>
    /// Alters bytes of an input, one at a time, and merges: the merge either fails and names the input, leaving no memory and no file, or it did
    /// not need the byte, and what it writes is what it writes of the good input.
    /// </summary>
    /// <param name="path">The file of the input.</param>
    /// <param name="key">Its key.</param>
    /// <param name="read">Reads a file.</param>
    /// <param name="write">Writes a file.</param>
    /// <param name="merge">Merges, and returns the bytes of the outputs, which it removes.</param>
    /// <returns>How many bytes made the merge fail.</returns>
    public static async Task<int> AlterAsync(
        string path, string key, Func<string, byte[]> read, Action<string, byte[]> write, Func<Task<IReadOnlyList<byte[]>>> merge)
    {
        var good = read(path);
        var expected = await merge();
        var failed = 0;
        for (var at = 0; at < good.Length; at += Math.Max(1, good.Length / 60))
        {
            var bad = good.ToArray();
            bad[at] ^= 0x55;
            write(path, bad);
            try
            {
                var outputs = await merge();
                if (outputs.Count != expected.Count || !outputs.Zip(expected).All(p => p.First.AsSpan().SequenceEqual(p.Second)))
                    throw new InvalidOperationException($"byte {at} was altered, which changed the output");
            }
            catch (Columnar.Parquet.CorruptFileException e) when (e.FileName == key)
            {
                failed++;
            }
        }

        write(path, good);
        return failed;
    }

    private sealed class NoSelectors : IDeletionSelectors
    {
        public RowSelection? Read(Signal signal, string selector, out string? error)
        {
            error = "there is no language here";
            return null;
        }
    }
}
