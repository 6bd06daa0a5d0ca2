using System.Globalization;
using BenchmarkDotNet.Attributes;
using Google.Protobuf;
using Triptych.Ingest;
using Triptych.Ingest.RemoteWrite;
using Triptych.Ingest.Tests.Protos.Push;
using Triptych.Ingest.Tests.RemoteWrite;
using Triptych.Model;
using Triptych.Model.Metrics;
using Triptych.Primitives.Memory;

namespace Triptych.Benchmarks.Ingest;

/// <summary>
/// Decoding the same 2,000 series of 10 labels and one sample in either version of remote write. Where values are shared, as those of targets are, version 2
/// hashes each of them once; where each label of each series has a value of its own, it has as much to hash as version 1 and a table to fill besides.
/// Version 2 also says of each series what its metric is. Times are per sample.
/// </summary>
[MemoryDiagnoser]
[ShortRunJob]
public class RemoteWriteBenchmarks
{
    private const int Items = 2000;
    private const long At = 1_700_000_000_000;
    private readonly MemoryBudget _budget = MemoryBudget.Unlimited("benchmark");
    private readonly MetadataRepeats _repeats = new(TimeProvider.System);
    private byte[] _first = [];
    private byte[] _second = [];

    /// <summary>How many different values each label has.</summary>
    [Params(40, Items)]
    public int Values { get; set; }

    [GlobalSetup]
    public void Make()
    {
        var first = new WriteRequest();
        var second = new WriteRequest2();
        for (var i = 0; i < Items; i++)
        {
            string[] labels = ["__name__", $"http_requests_{i / 40}_total", .. Enumerable.Range(0, 9).SelectMany(l => new[] { $"label_{l}", ValueOf(i, l) })];
            var series = new TimeSeries { Samples = { new Sample { Value = i, Timestamp = At } } };
            for (var l = 0; l < labels.Length; l += 2) series.Labels.Add(new Label { Name = labels[l], Value = labels[l + 1] });
            first.Timeseries.Add(series);
            second.AddSample(i, At, labels).Metadata = new Triptych.Ingest.Tests.Protos.Write2.Metadata { Type = 1, HelpRef = second.Symbol("how many requests") };
        }

        (_first, _second) = (first.ToByteArray(), second.Request.ToByteArray());
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Items)]
    public int Version1()
    {
        using var batch = new MetricBatch(_budget);
        RemoteWriteV1Decoder.Decode(_first, batch, new DecodeOutcome());
        return batch.Samples.Length;
    }

    [Benchmark(OperationsPerInvoke = Items)]
    public int Version2()
    {
        using var batch = new MetricBatch(_budget);
        RemoteWriteV2Decoder.Decode(_second, TenantId.Default, _repeats, batch, new DecodeOutcome());
        return batch.Samples.Length;
    }

    private string ValueOf(int series, int label) =>
        string.Create(CultureInfo.InvariantCulture, $"value-{(series * (label + 7)) % Values}-{label}");
}
