using Triptych.Columnar.Parquet;
using Triptych.Columnar.Samples;
using Triptych.Columnar.Symbols;
using Triptych.Metrics.Chunks;
using Triptych.Metrics.Compaction;
using Triptych.Model;
using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;
using Triptych.Storage.Blocks;
using Triptych.Testing;
using static Triptych.Metrics.Tests.TestLabels;

namespace Triptych.Metrics.Tests;

/// <summary>When samples began to count; beside these, the model, merge and kill tests have samples with start times among theirs.</summary>
public sealed class StartTimeTests
{
    private const long Step = 10_000;

    [Fact]
    public async Task Starts_of_floats_and_histograms_outlive_flush_restart_and_merge()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs - (20 * Step);
        for (var round = 0; round < 3; round++)
        {
            await fixture.AppendAsync(batch =>
            {
                batch.AddSeries(Of("m"));
                batch.AddSampleSince(t - 5, t + (2 * round * Step), round);
                batch.AddHistogram(t + (((2 * round) + 1) * Step), new FloatHistogram { Schema = 0, Count = 1, ZeroCount = 1 }, t + round);
            });
            (await StartsAsync(fixture)).ShouldBe([.. Expected(t).Take(2 * (round + 1))]);
            if (round < 2) await fixture.FlushAsync();
            await fixture.RestartAsync();
            (await StartsAsync(fixture)).ShouldBe([.. Expected(t).Take(2 * (round + 1))]);
        }

        await fixture.FlushAsync();
        var job = MergeRun.Job(fixture.Catalog, fixture.Objects, MergeRun.Blocks(fixture.Catalog, Signal.Metrics), 7_200_000);
        await MergeRun.RunAsync(new MetricBlockMerger(), fixture.Catalog, job);
        (await StartsAsync(fixture)).ShouldBe(Expected(t));

        static List<long> Expected(long t) => [t - 5, t, t - 5, t + 1, t - 5, t + 2];
    }

    [Fact]
    public async Task The_first_of_equal_samples_stands_with_its_start()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs - (20 * Step);
        await AppendAsync(fixture, (t, 1), (t + Step, 2));
        await AppendAsync(fixture, (t + Step, 9), (t + (2 * Step), 0), (t + (3 * Step), 0));
        (await StartsAsync(fixture)).ShouldBe([1, 2, 0, 0]);
        await fixture.FlushAsync();
        await AppendAsync(fixture, (t, 8), (t + (2 * Step), 7), (t + (4 * Step), 6), (t - Step, 5));
        (await StartsAsync(fixture)).ShouldBe([5, 1, 2, 0, 0, 6]);
        await fixture.FlushAsync();
        (await StartsAsync(fixture)).ShouldBe([5, 1, 2, 0, 0, 6]);
    }

    [Fact]
    public async Task Samples_without_a_start_do_not_take_over_that_of_others()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs - (20 * Step);
        await AppendAsync(fixture, (t, 1));
        await fixture.AppendAsync(Of("m"), (t + Step, 1), (t - Step, 1));
        await fixture.AppendAsync(batch =>
        {
            batch.AddSeries(Of("m"));
            batch.AddDelta(0, t + (2 * Step), 1);
        });
        (await StartsAsync(fixture)).ShouldBe([0, 1, 0, 0]);
        await fixture.RestartAsync();
        (await StartsAsync(fixture)).ShouldBe([0, 1, 0, 0]);
    }

    [Fact]
    public async Task Nobody_who_does_not_ask_is_told_and_the_newest_is_told_to_who_asks_for_it()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs - (20 * Step);
        await AppendAsync(fixture, (t, 1), (t + Step, 2));
        (await StartsAsync(fixture, newestOnly: true)).ShouldBe([2]);
        (await StartsAsync(fixture, withStarts: false)).ShouldBeEmpty();
        await fixture.FlushAsync();
        (await StartsAsync(fixture, newestOnly: true))[^1].ShouldBe(2);
        (await StartsAsync(fixture, withStarts: false)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_block_has_the_column_only_where_a_series_has_starts()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        await fixture.AppendAsync(Of("m"), (fixture.NowMs - Step, 1));
        await fixture.FlushAsync();
        await AppendAsync(fixture, (fixture.NowMs, 1));
        await fixture.FlushAsync();
        var columns = new List<int>();
        foreach (var meta in MergeRun.Blocks(fixture.Catalog, Signal.Metrics).OrderBy(b => b.LastSegment))
        {
            using var input = new FileInput(Path.Combine(fixture.ObjectRoot, meta.ObjectKey));
            var file = await Columnar.Parquet.Reading.ParquetFile.OpenAsync(input, cancellationToken: TestContext.Current.CancellationToken);
            columns.Add(file.Schema.Fields.Length);
        }

        columns.ShouldBe([8, 9]);
    }

    [Theory]
    [InlineData(new long[] { 7 })]
    [InlineData(new long[] { 0, 0, 0 })]
    [InlineData(new long[] { 7, 7, 7, 9, 0, 0, 7, long.MinValue, long.MaxValue })]
    public void The_codec_gives_back_what_it_was_given(long[] starts)
    {
        using var writer = new PooledBufferWriter();
        StartCodec.Write(writer, starts);
        var reader = new StartCodec.Reader(writer.WrittenSpan);
        foreach (var start in starts) reader.Next().ShouldBe(start);
        for (var length = 0; length < writer.Length; length++)
        {
            var cut = new StartCodec.Reader(writer.WrittenSpan[..length]);
            for (var i = 0; i < 100; i++) cut.Next();
        }
    }

    [Fact]
    public void Series_that_began_together_have_the_same_bytes_whatever_their_length()
    {
        using var one = new PooledBufferWriter();
        using var two = new PooledBufferWriter();
        StartCodec.Write(one, [1_700_000_000_000, 1_700_000_000_000]);
        StartCodec.Write(two, [1_700_000_000_000, 1_700_000_000_000, 1_700_000_000_000]);
        one.WrittenSpan.ToArray().ShouldBe(two.WrittenSpan.ToArray());
        one.Length.ShouldBeLessThan(8);
    }

    private static Task AppendAsync(MetricStoreFixture fixture, params (long TimestampMs, long StartMs)[] samples) => fixture.AppendAsync(batch =>
    {
        batch.AddSeries(Of("m"));
        foreach (var (timestampMs, startMs) in samples) batch.AddSampleSince(startMs, timestampMs, 1);
    });

    private static async Task<List<long>> StartsAsync(MetricStoreFixture fixture, bool withStarts = true, bool newestOnly = false)
    {
        await using var scan = await fixture.Store.OpenAsync(
            new SampleScanRequest
            {
                Tenant = TenantId.Default,
                Matchers = [],
                MinTimeMs = long.MinValue,
                MaxTimeMs = long.MaxValue,
                Symbols = new SymbolTable(),
                WithStartTimes = withStarts,
                NewestOnly = newestOnly,
            },
            CancellationToken.None);
        var starts = new List<long>();
        while (await scan.NextAsync(CancellationToken.None) is { } batch)
        {
            for (var series = 0; series < batch.SeriesCount; series++) starts.AddRange(batch.StartTimesMsOf(series));
        }

        return starts;
    }
}
