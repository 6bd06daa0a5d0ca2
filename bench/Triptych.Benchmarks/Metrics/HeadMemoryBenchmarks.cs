using BenchmarkDotNet.Attributes;
using Triptych.Metrics.Head;
using Triptych.Model.Labels;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Memory;

namespace Triptych.Benchmarks.Metrics;

/// <summary>
/// docs/adr/0004: filling a head with 20,000 series of 20 samples whose bits lie in slabs behind one number per series, and the same with an
/// object per series. Look at the allocated bytes and the collections beside the time.
/// </summary>
[MemoryDiagnoser]
public class HeadMemoryBenchmarks
{
    private const int Series = 20_000;
    private const int Samples = 20;
    private readonly byte[][] _labels = new byte[Series][];

    [GlobalSetup]
    public void Setup()
    {
        for (var i = 0; i < Series; i++)
        {
            _labels[i] = LabelSet.Encode([new("__name__", $"m{i % 100}"), new("instance", $"host-{i / 100}:9100"), new("job", "node")]);
        }
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Series * Samples)]
    public long SlabsAndNumbers()
    {
        var budget = MemoryBudget.Unlimited("bench");
        using var pool = new SlabPool(budget);
        using var head = new TenantSeries(pool, budget);
        for (var scrape = 0; scrape < Samples; scrape++)
        {
            foreach (var labels in _labels) head.Append(head.FindOrAdd(labels, XxHash64.Compute(labels)), scrape * 15_000L, scrape);
        }

        return head.SampleCount;
    }

    [Benchmark(OperationsPerInvoke = Series * Samples)]
    public long ObjectsPerSeries()
    {
        var head = new Dictionary<string, List<(long, double)>>(StringComparer.Ordinal);
        for (var scrape = 0; scrape < Samples; scrape++)
        {
            foreach (var labels in _labels)
            {
                var key = Convert.ToBase64String(labels);
                if (!head.TryGetValue(key, out var samples)) head[key] = samples = [];
                samples.Add((scrape * 15_000L, scrape));
            }
        }

        return head.Count;
    }
}
