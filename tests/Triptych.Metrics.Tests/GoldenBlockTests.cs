using Triptych.Model;
using Triptych.Storage.Metastore;
using Triptych.Testing;

namespace Triptych.Metrics.Tests;

public sealed class GoldenBlockTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_metrics_block_of_version_1_is_read_and_still_written()
    {
        await using var written = await MetricStoreFixture.OpenAsync();
        for (var series = 0; series < 20; series++)
        {
            var labels = TestLabels.Of($"metric_{series % 4}", "instance", $"i{series}", "zone", $"z ü{series % 2}");
            var samples = Enumerable.Range(0, 30).Select(i => (1_772_366_400_000 + (i * 15_000L) + (series % 3), Value(series, i))).ToArray();
            await written.AppendAsync(labels, samples);
        }

        await written.FlushAsync();
        var meta = written.Catalog.Current.Blocks(TenantId.Default, Signal.Metrics).ShouldHaveSingleItem();
        await GoldenBlock.CheckAsync("metrics-1", Path.Combine(written.ObjectRoot, meta.ObjectKey), Cancel);

        await using var reading = await MetricStoreFixture.OpenAsync();
        var golden = await File.ReadAllBytesAsync(GoldenBlock.PathOf("metrics-1"), Cancel);
        var path = Path.Combine(reading.ObjectRoot, meta.ObjectKey);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllBytesAsync(path, golden, Cancel);
        await reading.Catalog.CommitAsync(new MetastoreChange { Add = [meta with { SizeBytes = golden.Length }] }, onPublish: null, Cancel);
        var expected = await written.ScanAsync();
        var answer = await reading.ScanAsync();
        answer.Warnings.ShouldBeEmpty();
        expected.Series.Count.ShouldBe(20);
        answer.Series.Keys.Order(StringComparer.Ordinal).ShouldBe(expected.Series.Keys.Order(StringComparer.Ordinal));
        foreach (var (labels, samples) in expected.Series)
            answer.Series[labels].ShouldBe(samples);
    }

    private static double Value(int series, int i) => (series % 4) switch
    {
        0 => i * 5,
        1 => Math.Sqrt(i * series),
        2 => i % 9 == 0 ? double.NaN : -i / 8.0,
        _ => double.PositiveInfinity,
    };
}
