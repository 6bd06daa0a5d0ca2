using System.Diagnostics;
using static Triptych.Metrics.Tests.TestLabels;

namespace Triptych.Metrics.Tests;

/// <summary>The store against a dictionary, and beside writers and flushes.</summary>
public class MetricStoreModelTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Random_batches_and_scans_agree_with_a_dictionary(int seed)
    {
        var random = new Random(seed);
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var model = new SortedDictionary<string, SortedDictionary<long, (ulong Bits, long StartMs)>>(StringComparer.Ordinal);
        var origin = fixture.NowMs - 3_600_000;
        for (var step = 0; step < 60; step++)
        {
            switch (random.Next(10))
            {
                case 0:
                    await fixture.FlushAsync();
                    break;
                case 1:
                    await fixture.RestartAsync();
                    break;
                case < 7:
                    await AppendAsync(fixture, model, random, origin);
                    break;
                default:
                    var min = origin + random.Next(-10, 3000) * 100L;
                    var max = random.Next(4) == 0 ? min : min + random.Next(300_000);
                    var group = random.Next(-1, 3);
                    var answer = await fixture.ScanAsync(group < 0 ? [] : [Match("group", "=", $"{group}")], min, max);
                    answer.Text().ShouldBe(Expected(model, group, min, max), $"seed {seed} step {step}");
                    var only = await fixture.ScanAsync(group < 0 ? [] : [Match("group", "=", $"{group}")], min, max, seriesOnly: true);
                    only.Names.ShouldBe(answer.Names, $"seed {seed} step {step}");
                    break;
            }
        }

        (await fixture.ScanAsync()).Text().ShouldBe(Expected(model, -1, long.MinValue, long.MaxValue));
        await fixture.FlushAsync();
        (await fixture.ScanAsync()).Text().ShouldBe(Expected(model, -1, long.MinValue, long.MaxValue));
    }

    [Fact]
    public async Task Scans_beside_appends_and_flushes_see_each_acknowledged_sample_once()
    {
        const int Writers = 3;
        const int Batches = 3_000;
        const int Blocks = 3;
        const int SeriesPerWriter = 40;
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var origin = fixture.NowMs - 3_600_000;
        var acknowledged = new int[Writers];
        using var done = new CancellationTokenSource();
        var writers = Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            var series = Enumerable.Range(0, SeriesPerWriter).Select(s => Of("m", "w", $"{writer}", "s", $"{s}")).ToArray();
            for (var n = 0; !done.IsCancellationRequested && n < Batches; n++)
            {
                // What is left to write always outlasts the blocks that are still wanted, however slow a flush or quick a writer is.
                while (fixture.Catalog.Current.BlockCount < n * Blocks / Batches && !done.IsCancellationRequested) await Task.Delay(5);
                await fixture.AppendAsync(batch =>
                {
                    foreach (var labels in series)
                    {
                        batch.AddSeries(labels);
                        batch.AddSample(origin + (n * 1000L), n);
                    }
                });
                Volatile.Write(ref acknowledged[writer], n + 1);
            }
        })).ToArray();
        var flusher = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                await fixture.FlushAsync();
                await Task.Delay(50);
            }
        });
        var ran = Stopwatch.StartNew();
        bool Enough() => ran.Elapsed > TimeSpan.FromSeconds(4) && (fixture.Catalog.Current.BlockCount >= Blocks || ran.Elapsed > Patience);
        while (!Enough())
        {
            var atLeast = Enumerable.Range(0, Writers).Select(w => Volatile.Read(ref acknowledged[w])).ToArray();
            var answer = await fixture.ScanAsync();
            for (var writer = 0; writer < Writers; writer++)
            {
                if (atLeast[writer] == 0) continue;
                for (var s = 0; s < SeriesPerWriter; s++)
                {
                    var samples = answer.Series[$"__name__=m,s={s},w={writer}"];
                    samples.Count.ShouldBeGreaterThanOrEqualTo(atLeast[writer]);
                    for (var i = 0; i < samples.Count; i++) samples[i].ShouldBe((origin + (i * 1000L), BitConverter.DoubleToUInt64Bits(i)));
                }
            }
        }

        await done.CancelAsync();
        await Task.WhenAll([.. writers, flusher]);
        fixture.Catalog.Current.BlockCount.ShouldBeGreaterThanOrEqualTo(Blocks);
        fixture.Events.Count("flush_failed").ShouldBe(0);
    }

    private static async Task AppendAsync(
        MetricStoreFixture fixture, SortedDictionary<string, SortedDictionary<long, (ulong Bits, long StartMs)>> model, Random random, long origin)
    {
        var saysStarts = random.Next(3) == 0;
        var result = await fixture.AppendAsync(batch =>
        {
            for (var n = random.Next(1, 12); n > 0; n--)
            {
                var (group, series) = (random.Next(3), random.Next(8));
                batch.AddSeries(Of("m", "group", $"{group}", "series", $"{series}"));
                var name = $"__name__=m,group={group},series={series}";
                if (!model.TryGetValue(name, out var samples)) model[name] = samples = [];
                for (var k = random.Next(1, 30); k > 0; k--)
                {
                    var time = origin + (random.Next(3000) * 100L);
                    var value = BitConverter.UInt64BitsToDouble((ulong)random.NextInt64());
                    var startMs = saysStarts && random.Next(4) > 0 ? origin - random.Next(3) : 0;
                    batch.AddSampleSince(startMs, time, value);
                    samples.TryAdd(time, (BitConverter.DoubleToUInt64Bits(value), startMs));
                }
            }
        });
        result.Refusals.ShouldAllBe(static r => r.Reason == "duplicate_sample");
    }

    private static string Expected(SortedDictionary<string, SortedDictionary<long, (ulong Bits, long StartMs)>> model, int group, long min, long max) =>
        string.Join('\n', model
            .Where(s => group < 0 || s.Key.Contains($"group={group},", StringComparison.Ordinal))
            .Select(s => (s.Key, Samples: s.Value.Where(v => v.Key >= min && v.Key <= max).ToList()))
            .Where(s => s.Samples.Count > 0)
            .Select(s => $"{s.Key}: {string.Join(' ', s.Samples.Select(v => ScanAnswer.Text(v.Key, v.Value.Bits, v.Value.StartMs)))}"));
}
