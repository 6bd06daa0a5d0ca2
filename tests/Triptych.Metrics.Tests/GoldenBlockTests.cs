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

    [Fact]
    public async Task A_block_with_start_times_is_read_and_still_written()
    {
        await using var written = await MetricStoreFixture.OpenAsync();
        const long At = 1_772_366_400_000;
        await written.AppendAsync(batch =>
        {
            for (var series = 0; series < 6; series++)
            {
                batch.AddSeries(TestLabels.Of("started_total", "instance", $"i{series}"));
                for (var i = 0; i < 10; i++) batch.AddSampleSince(StartOf(series, i), At + (i * 15_000L), i);
            }

            batch.AddSeries(TestLabels.Of("started_seconds"));
            batch.AddHistogram(At, new Model.Metrics.FloatHistogram { Schema = 0, Count = 1, Sum = 1, ZeroCount = 1 }, At - 7);
        });
        var expected = (await written.ScanAsync()).Text();
        await written.FlushAsync();
        (await written.ScanAsync()).Text().ShouldBe(expected);
        var meta = written.Catalog.Current.Blocks(TenantId.Default, Signal.Metrics).ShouldHaveSingleItem();
        await GoldenBlock.CheckAsync("metrics-1-starts", Path.Combine(written.ObjectRoot, meta.ObjectKey), Cancel);

        await using var reading = await MetricStoreFixture.OpenAsync();
        var golden = await File.ReadAllBytesAsync(GoldenBlock.PathOf("metrics-1-starts"), Cancel);
        var path = Path.Combine(reading.ObjectRoot, meta.ObjectKey);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllBytesAsync(path, golden, Cancel);
        await reading.Catalog.CommitAsync(new MetastoreChange { Add = [meta with { SizeBytes = golden.Length }] }, onPublish: null, Cancel);
        var answer = await reading.ScanAsync();
        answer.Text().ShouldBe(expected);
        answer.Warnings.ShouldBeEmpty();

        // One start for all, another from the middle on, none at first, none at all, one for each.
        static long StartOf(int series, int i) => series switch
        {
            0 or 1 => At - 1000,
            2 => i < 5 ? At - 1000 : At + 60_001,
            3 => i < 3 ? 0 : At - 1000,
            4 => 0,
            _ => At + ((i - 1) * 15_000L),
        };
    }

    private static double Value(int series, int i) => (series % 4) switch
    {
        0 => i * 5,
        1 => Math.Sqrt(i * series),
        2 => i % 9 == 0 ? double.NaN : -i / 8.0,
        _ => double.PositiveInfinity,
    };
}
