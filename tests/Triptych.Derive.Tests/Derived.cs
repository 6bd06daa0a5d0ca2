using System.Text;
using Triptych.Derive.Output;
using Triptych.Derive.Series;
using Triptych.Model;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Memory;

namespace Triptych.Derive.Tests;

/// <summary>What a test looks at: counts as the samples that they become.</summary>
internal static class Derived
{
    public const long StartMs = 1_772_366_400_000;

    public static SpanDerivation Make(DerivationOptions? options = null) => new(options ?? new DerivationOptions(), seed: 7);

    public static void Apply(this SpanDerivation derivation, long atMs, params IEnumerable<TestSpan> spans)
    {
        using var batch = TestSpan.Batch(spans);
        var all = Enumerable.Range(0, batch.Spans.Length).ToArray();
        derivation.Apply(TenantId.Default, batch, all, atMs);
    }

    /// <summary>The newest value of each series, as <c>name{label="value",…}</c>.</summary>
    public static SortedDictionary<string, double> Newest(this SpanDerivation derivation, long atMs, DerivationOptions? options = null)
    {
        var newest = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var (series, _, value) in derivation.Samples(atMs, long.MaxValue, options)) newest[series] = value;
        return newest;
    }

    public static List<(string Series, long AtMs, double Value)> Samples(
        this SpanDerivation derivation, long atMs, long zerosFromMs, DerivationOptions? options = null)
    {
        var samples = new List<(string, long, double)>();
        derivation.Write(atMs, zerosFromMs, options, batch =>
        {
            foreach (var sample in batch.Samples) samples.Add((Text(batch.Read(batch.Series[sample.Series].Labels)), sample.TimestampMs, sample.Value));
        });
        return samples;
    }

    public static void Write(this SpanDerivation derivation, long atMs, long zerosFromMs, DerivationOptions? options, Action<MetricBatch> take)
    {
        using var batch = new MetricBatch(MemoryBudget.Unlimited("test"));
        foreach (var tenant in derivation.Collect(atMs).Tenants)
        {
            var writer = new DerivedBatchWriter(options ?? new DerivationOptions(), batch, () =>
            {
                take(batch);
                return ValueTask.CompletedTask;
            });
            var written = writer.WriteAsync(tenant, atMs, zerosFromMs);
            written.IsCompletedSuccessfully.ShouldBeTrue();
        }
    }

    public static string Text(ReadOnlySpan<byte> labels)
    {
        var text = new StringBuilder();
        var name = "";
        var reader = new LabelSetReader(labels);
        while (reader.TryRead(out var label, out var value))
        {
            if (label.SequenceEqual("__name__"u8)) name = Encoding.UTF8.GetString(value);
            else text.Append(text.Length == 0 ? "" : ",").Append(Encoding.UTF8.GetString(label)).Append("=\"")
                .Append(Encoding.UTF8.GetString(value)).Append('"');
        }

        return $"{name}{{{text}}}";
    }

    public static HistogramForm AnyForm(Random random) => (HistogramForm)random.Next(3);
}

internal static class Tapping
{
    public static T Tap<T>(this T it, Action<T> act)
    {
        act(it);
        return it;
    }
}
