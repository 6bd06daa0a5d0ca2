using BenchmarkDotNet.Attributes;
using Triptych.Columnar.Samples;
using Triptych.Columnar.Symbols;

namespace Triptych.Benchmarks.Columnar;

/// <summary>
/// docs/adr/0001: what it costs to hand samples from a store to a query that sums them, as batches of arrays (the scan contract) and as an
/// iterator over series objects that give their samples one by one. 1,000 series of 240 samples with one time vector.
/// </summary>
[MemoryDiagnoser]
public class SampleHandoverBenchmarks
{
    private const int Series = 1000;
    private const int Samples = 240;
    private readonly SampleBatch _batch = new();
    private readonly long[] _times = new long[Samples];
    private readonly double[] _values = new double[Samples];
    private readonly LabelId[] _labels = [new(1, 2), new(3, 4), new(5, 6)];

    [GlobalSetup]
    public void Setup()
    {
        for (var i = 0; i < Samples; i++) (_times[i], _values[i]) = (i * 15_000L, i);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Series * Samples)]
    public double Batches()
    {
        _batch.Clear();
        var vector = _batch.AddTimeVector(_times);
        for (var i = 0; i < Series; i++) _values.CopyTo(_batch.AddSeries(_labels, vector));
        var sum = 0d;
        for (var series = 0; series < _batch.SeriesCount; series++)
        {
            foreach (var value in _batch.ValuesOf(series)) sum += value;
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Series * Samples)]
    public double Iterators()
    {
        var sum = 0d;
        foreach (var series in EachSeries())
        {
            foreach (var (_, value) in series.Samples) sum += value;
        }

        return sum;
    }

    private IEnumerable<(KeyValuePair<string, string>[] Labels, IEnumerable<(long, double)> Samples)> EachSeries()
    {
        for (var i = 0; i < Series; i++) yield return ([new("__name__", "m"), new("job", "a"), new("instance", "b")], EachSample());
    }

    private IEnumerable<(long, double)> EachSample()
    {
        for (var i = 0; i < Samples; i++) yield return (_times[i], _values[i]);
    }
}
