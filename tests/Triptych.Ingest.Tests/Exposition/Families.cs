using Google.Protobuf;
using Triptych.Ingest.Tests.Protos.Exposition;

namespace Triptych.Ingest.Tests.Exposition;

/// <summary>Families as a target exposes them in protobuf.</summary>
public static class Families
{
    /// <summary>One of each kind.</summary>
    public static MetricFamily[] All =>
    [
        new()
        {
            Name = "up", Help = "is it", Type = 1, Unit = "u",
            Metric =
            {
                new Metric
                {
                    Label = { new LabelPair { Name = "a", Value = "é" }, new LabelPair { Name = "empty" } }, Gauge = new Gauge { Value = 1.5 }, TimestampMs = 1700,
                },
            },
        },
        new()
        {
            Name = "c_total", Type = 0,
            Metric =
            {
                new Metric
                {
                    Counter = new Counter
                    {
                        Value = 5, CreatedTimestamp = new Timestamp { Seconds = 1 },
                        Exemplar = new Exemplar
                        {
                            Value = 2, Label = { new LabelPair { Name = "t", Value = "x" } }, Timestamp = new Timestamp { Seconds = 3, Nanos = 500_000_000 },
                        },
                    },
                },
            },
        },
        new() { Name = "u", Type = 3, Metric = { new Metric { Untyped = new Untyped { Value = double.NaN } } } },
        new()
        {
            Name = "s", Type = 2,
            Metric =
            {
                new Metric
                {
                    Summary = new Summary
                    {
                        SampleCount = 3, SampleSum = 9, Quantile = { new Quantile { Quantile_ = 1, Value = 4 }, new Quantile { Quantile_ = 0.5, Value = 2 } },
                    },
                },
            },
        },
        new()
        {
            Name = "h", Type = 4,
            Metric =
            {
                new Metric
                {
                    Histogram = new Histogram
                    {
                        SampleCount = 6, SampleSum = 4, Bucket = { Bucket(1, 1), Bucket(2.5, 4) }, Schema = 3, ZeroThreshold = 0.001, ZeroCount = 1,
                        PositiveSpan = { new BucketSpan { Offset = 1, Length = 2 } }, PositiveDelta = { 2, 1 },
                        Exemplars = { new Exemplar { Value = 7, Label = { new LabelPair { Name = "t", Value = "n" } } } },
                    },
                },
            },
        },
        new()
        {
            Name = "g", Type = 5,
            Metric =
            {
                new Metric
                {
                    Histogram = new Histogram
                    {
                        SampleCountFloat = 1.5, SampleSum = 4, PositiveSpan = { new BucketSpan { Length = 1 } }, PositiveCount = { 1.5 },
                    },
                },
            },
        },
    ];

    /// <summary>Families one after another, each behind its length.</summary>
    public static byte[] Write(params MetricFamily[] families)
    {
        using var stream = new MemoryStream();
        foreach (var family in families) family.WriteDelimitedTo(stream);
        return stream.ToArray();
    }

    private static Bucket Bucket(double bound, ulong count) => new()
    {
        UpperBound = bound,
        CumulativeCount = count,
        Exemplar = new Exemplar { Value = bound, Label = { new LabelPair { Name = "t", Value = "b" } } },
    };
}
