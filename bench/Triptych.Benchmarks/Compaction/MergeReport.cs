using System.Diagnostics;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Model;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Compression;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Storage.ObjectStore;
using Triptych.Testing;

namespace Triptych.Benchmarks.Compaction;

/// <summary>
/// How fast the blocks of twelve flushes are merged into one, beside two yardsticks in the same run that take turns with it: each block written again by
/// itself, and the bare work on the bytes: each column decoded, compressed with <c>zstd -1</c> and written to a file. The shortest of the rounds
/// counts. Rates are for decoded bytes. Memory is what the merge was charged at its peak, and by how much the managed heap grew meanwhile.
/// <code>dotnet run -c Release --project bench/Triptych.Benchmarks -- merge [ROUNDS]</code>
/// </summary>
internal static class MergeReport
{
    private static readonly TimeSpan SampleInterval = TimeSpan.FromMilliseconds(5);

    public static async Task RunAsync(int rounds)
    {
        Console.WriteLine(
            $"{"signal",-8} {"rows",8} {"decoded",9} {"in",9} {"out",9} | {"merge",12} {"",10} | {"each alone",10} {"decode+zstd",11} {"ratio",6} | {"charged",9} {"managed",9}");
        foreach (var signal in new[] { Signal.Metrics, Signal.Logs, Signal.Traces })
            await ReportAsync(signal, rounds);
    }

    private static async Task ReportAsync(Signal signal, int rounds)
    {
        await using var data = await MergeData.CreateAsync(signal);
        var (merge, alone, copy) = (TimeSpan.MaxValue, TimeSpan.MaxValue, TimeSpan.MaxValue);
        var (decoded, written, charged, managed) = (0L, 0L, 0L, 0L);
        for (var i = 0; i < rounds; i++)
        {
            var before = GC.GetTotalMemory(forceFullCollection: true);
            var memory = new MemoryBudget("merge", MergeJob.DefaultMemoryBytes);
            using var sampler = new HeapSampler();
            var start = Stopwatch.GetTimestamp();
            written = await MergeAsync(data, data.Blocks, memory);
            merge = Min(merge, start);
            managed = Math.Max(managed, sampler.Peak - before);
            charged = Math.Max(charged, memory.Peak);

            start = Stopwatch.GetTimestamp();
            foreach (var block in data.Blocks) await MergeAsync(data, [block], new MemoryBudget("merge", MergeJob.DefaultMemoryBytes));
            alone = Min(alone, start);
            start = Stopwatch.GetTimestamp();
            decoded = await CopyAsync(data);
            copy = Min(copy, start);
        }

        string Rate(TimeSpan time) => $"{decoded / time.TotalSeconds / 1e6:0} MB/s";
        Console.WriteLine(
            $"{signal,-8} {MergeData.Rows,8} {Size(decoded),9} {Size(data.Blocks.Sum(static b => b.SizeBytes)),9} {Size(written),9} | "
            + $"{MergeData.Rows / merge.TotalSeconds / 1e6:0.00} M rows/s {Rate(merge),10} | {Rate(alone),10} {Rate(copy),11} {copy / merge,6:0.00} | {Size(charged),9} {Size(managed),9}");
    }

    private static async Task<long> MergeAsync(MergeData data, IReadOnlyList<BlockMeta> blocks, MemoryBudget memory)
    {
        var outputs = await data.Merger.MergeAsync(MergeRun.Job(data.Catalog, data.Objects, blocks, memory: memory), CancellationToken.None);
        foreach (var output in outputs) await data.Objects.DeleteAsync(output.ObjectKey, CancellationToken.None);
        return outputs.Sum(static o => o.SizeBytes);
    }

    /// <summary>Decodes each column of each row group, compresses its values and writes them; returns the bytes of the values.</summary>
    private static async Task<long> CopyAsync(MergeData data)
    {
        var decoded = 0L;
        var path = Path.GetTempFileName();
        try
        {
            await using var file = File.Create(path);
            using var compressed = new PooledBufferWriter();
            foreach (var block in data.Blocks)
            {
                var source = await ParquetFile.OpenAsync(new ObjectInput(data.Objects, block.ObjectKey, block.SizeBytes));
                foreach (var group in source.RowGroups)
                {
                    foreach (var column in source.Schema.Columns)
                    {
                        using var values = await group.ReadColumnAsync(column);
                        compressed.Reset();
                        Zstd.Compress(values.Data, compressed, level: 1);
                        file.Write(compressed.WrittenSpan);
                        decoded += values.Data.Length;
                    }
                }
            }

            file.Flush(flushToDisk: true);
            return decoded;
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static TimeSpan Min(TimeSpan best, long start) => Stopwatch.GetElapsedTime(start) is var took && took < best ? took : best;

    private static string Size(long bytes) => $"{bytes / 1048576.0:0.0} MiB";

    /// <summary>Looks at the managed heap from time to time.</summary>
    private sealed class HeapSampler : IDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Thread _thread;
        private long _peak;

        public HeapSampler()
        {
            _thread = new Thread(Sample) { IsBackground = true };
            _thread.Start();
        }

        public long Peak => Volatile.Read(ref _peak);

        public void Dispose()
        {
            _stop.Cancel();
            _thread.Join();
            _stop.Dispose();
        }

        private void Sample()
        {
            while (!_stop.Token.WaitHandle.WaitOne(SampleInterval))
                Volatile.Write(ref _peak, Math.Max(_peak, GC.GetTotalMemory(forceFullCollection: false)));
        }
    }
}
