using Triptych.Model;
using Triptych.Model.Labels;
using Triptych.Primitives.Memory;
using Triptych.Storage.Compaction;
using Triptych.Testing;
using Triptych.Traces.Compaction;
using Triptych.Traces.Sampling;

namespace Triptych.Benchmarks.Compaction;

/// <summary>
/// CPU of merges of traces for each span that they read: without sampling, with policies that keep everything, and with shares. The least of the rounds
/// counts.
/// <code>dotnet run -c Release --project bench/Triptych.Benchmarks -- sampling [ROUNDS]</code>
/// </summary>
internal static class SamplingReport
{
    public static async Task RunAsync(int rounds)
    {
        await using var data = await MergeData.CreateAsync(Signal.Traces);
        Console.WriteLine($"{"sampling",-16} {"us/span",8} {"bytes",10}");
        await ReportAsync(data, "off", percentage: null, rounds);
        foreach (var percentage in new[] { 100.0, 10, 0 }) await ReportAsync(data, $"{percentage} %", percentage, rounds);
    }

    private static async Task ReportAsync(MergeData data, string name, double? percentage, int rounds)
    {
        var merger = percentage is { } share ? new TraceBlockMerger(SamplingOf(data, share)) : new TraceBlockMerger();
        var (best, bytes) = (TimeSpan.MaxValue, 0L);
        for (var i = 0; i < rounds; i++)
        {
            GC.Collect();
            var before = Environment.CpuUsage.TotalTime;
            var job = MergeRun.Job(
                data.Catalog, data.Objects, data.Blocks, memory: new MemoryBudget("merge", MergeJob.DefaultMemoryBytes),
                sampling: percentage is null ? null : new MergeSampling(long.MaxValue));
            var outputs = await merger.MergeAsync(job, CancellationToken.None);
            var took = Environment.CpuUsage.TotalTime - before;
            if (took < best) best = took;
            bytes = outputs.Sum(static o => o.SizeBytes);
            foreach (var output in outputs) await data.Objects.DeleteAsync(output.ObjectKey, CancellationToken.None);
        }

        Console.WriteLine($"{name,-16} {best.TotalMicroseconds / MergeData.Rows,8:0.00} {bytes,10}");
    }

    private static TraceSampling SamplingOf(MergeData data, double percentage)
    {
        var any = LabelMatcher.Create("any", MatchOp.Regex, ".*");
        var share = new SharePolicy("share", percentage, any, any, ExampleNanos: 600_000_000_000);
        return new TraceSampling(
            new TraceSamplingOptions { Policies = [new StatusCodePolicy("errors", [2]), new LatencyPolicy("slow", 60_000_000_000), share] }, data.Traces!, []);
    }
}
