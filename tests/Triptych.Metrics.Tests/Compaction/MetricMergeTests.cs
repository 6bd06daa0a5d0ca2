using System.Text;
using Triptych.Columnar;
using Triptych.Columnar.Samples;
using Triptych.Metrics.Block;
using Triptych.Metrics.Compaction;
using Triptych.Model;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Testing;

namespace Triptych.Metrics.Tests.Compaction;

public class MetricMergeTests
{
    private static readonly double Stale = BitConverter.UInt64BitsToDouble(0x7ff0000000000002);

    private static readonly TenantId Other = new("other");

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, MergeRun.Seeds)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Scans_answer_the_same_after_merges_of_any_runs_in_any_order(int seed)
    {
        var random = new Random(seed);
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var origin = fixture.NowMs - 3_600_000;
        await FillAsync(fixture, random, origin, blocks: random.Next(2, 9));
        var questions = Enumerable.Range(0, 10).Select(_ => Question(random, origin)).ToList();
        var before = await AnswersAsync(fixture, questions);
        for (var round = 0; round < 3; round++)
        {
            foreach (var tenant in new[] { TenantId.Default, Other })
            {
                foreach (var run in MergeRun.Runs(MergeRun.Blocks(fixture.Catalog, Signal.Metrics, tenant), random))
                {
                    // Narrow windows, or a block for each series: both at once would be thousands of files.
                    var (window, target) = random.Next(3) switch
                    {
                        0 => (60_000L, long.MaxValue),
                        1 => (1_200_000L, 1L),
                        _ => (7_200_000L, long.MaxValue),
                    };
                    await MergeAsync(fixture, run, window, target);
                }
            }

            (await AnswersAsync(fixture, questions)).ShouldBe(before, $"seed {seed} round {round}");
        }
    }

    [Fact]
    public async Task The_store_answers_the_same_after_compaction_and_a_restart()
    {
        var random = new Random(11);
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var origin = fixture.NowMs - 3_600_000;
        await FillAsync(fixture, random, origin, blocks: 12);
        var flushed = MergeRun.Blocks(fixture.Catalog, Signal.Metrics).Count;
        var questions = Enumerable.Range(0, 20).Select(_ => Question(random, origin)).ToList();
        var before = await AnswersAsync(fixture, questions);
        var events = await MergeRun.CompactAsync(fixture.Services, fixture.Root, new MetricBlockMerger());
        events.Lines.ShouldAllBe(l => l.StartsWith("merged Metrics ", StringComparison.Ordinal));
        MergeRun.Blocks(fixture.Catalog, Signal.Metrics).Count.ShouldBeLessThan(flushed / 2);
        (await AnswersAsync(fixture, questions)).ShouldBe(before);
        await fixture.RestartAsync();
        (await AnswersAsync(fixture, questions)).ShouldBe(before);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Deletions_take_out_what_they_name_and_count_it(int seed)
    {
        var random = new Random(1000 + seed);
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var origin = fixture.NowMs - 3_600_000;
        await FillAsync(fixture, random, origin, blocks: 4);
        var before = await fixture.ScanAsync();
        var (min, max) = (origin + random.Next(600_000), origin + random.Next(600_000, 1_800_000));
        RowDeletion[] deletions =
        [
            new(min, max, [TestLabels.Match("host", "=", "h1")], null),
            new(long.MinValue, long.MaxValue, [TestLabels.Match("__name__", "=", "m2"), TestLabels.Match("host", "=~", "h[02]")], null),
        ];
        var expected = new ScanAnswer();
        var deleted = 0;
        foreach (var (name, samples) in before.Series)
        {
            var kept = samples.Where(s => !(
                (name.Contains("host=h1", StringComparison.Ordinal) && s.TimestampMs >= min && s.TimestampMs <= max)
                || (name.Contains("__name__=m2", StringComparison.Ordinal) && !name.Contains("host=h1", StringComparison.Ordinal)))).ToList();
            deleted += samples.Count - kept.Count;
            if (kept.Count == 0) continue;
            expected.Series[name] = kept;
            expected.StartTimes[name] = [.. samples.Zip(before.StartTimes[name]).Where(pair => kept.Contains(pair.First)).Select(pair => pair.Second)];
        }

        var job = MergeRun.Job(fixture.Catalog, fixture.Objects, MergeRun.Blocks(fixture.Catalog, Signal.Metrics), 600_000, deletions: deletions);
        await MergeRun.RunAsync(new MetricBlockMerger(), fixture.Catalog, job);
        (await fixture.ScanAsync()).Text().ShouldBe(expected.Text(), $"seed {seed}");
        job.RowsDeleted.ShouldBe(deleted);
        deleted.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Series_of_several_blocks_become_one_row_and_share_time_vectors_again()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var origin = fixture.NowMs - 3_600_000;
        for (var block = 0; block < 5; block++)
        {
            for (var series = 0; series < 50; series++)
            {
                await fixture.AppendAsync(
                    TestLabels.Of("up", "instance", $"i{series}"), [.. Enumerable.Range(block * 20, 20).Select(i => (origin + (i * 15_000L), (double)series))]);
            }

            await fixture.FlushAsync();
        }

        var output = (await MergeRun.RunAsync(new MetricBlockMerger(), fixture.Catalog, Job(fixture))).ShouldHaveSingleItem();
        output.Rows.ShouldBe(50);
        (output.MinTime, output.MaxTime).ShouldBe((origin, origin + (99 * 15_000L)));
        var block0 = await MetricBlock.OpenAsync(fixture.Objects, output, CancellationToken.None);
        for (var series = 0; series < 50; series++) block0.TimesOf(series).Length.ShouldBe(100);
        (await fixture.ScanAsync()).TimeVectors.ShouldBe(1);
    }

    [Fact]
    public async Task Metadata_outlives_the_last_sample()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        await fixture.AppendAsync(batch =>
        {
            batch.AddMetadata(new MetadataEntry("a", "gauge", "", "help"));
            batch.AddSeries(TestLabels.Of("a"));
            batch.AddSample(fixture.NowMs, 1);
        });
        await fixture.FlushAsync();
        var job = Job(fixture, [new(long.MinValue, long.MaxValue, [], null)]);
        (await MergeRun.RunAsync(new MetricBlockMerger(), fixture.Catalog, job)).ShouldHaveSingleItem().Rows.ShouldBe(0);
        (await fixture.ScanAsync()).Series.ShouldBeEmpty();
        (await fixture.Store.MetadataAsync(TenantId.Default, null, new ScanStatistics(), CancellationToken.None)).ShouldHaveSingleItem().Help.ShouldBe("help");
    }

    [Fact]
    public async Task A_merge_stays_within_its_memory_and_its_row_groups_read_as_one()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var random = new Random(5);
        var origin = fixture.NowMs - 3_600_000;
        for (var block = 0; block < 4; block++)
        {
            await fixture.AppendAsync(batch =>
            {
                for (var series = 0; series < 4000; series++)
                {
                    batch.AddSeries(TestLabels.Of($"metric_{series % 10}", "instance", $"host-{series}"));
                    for (var i = 0; i < 60; i++) batch.AddSample(origin + (block * 900_000L) + (i * 15_000L) + (series % 7), random.NextDouble());
                }
            });
            await fixture.FlushAsync();
        }

        var before = (await fixture.ScanAsync()).Text();
        var budget = new MemoryBudget("test", 8 * 1024 * 1024);
        var job = Job(fixture, memory: budget);
        var outputs = await new MetricBlockMerger().MergeAsync(job, CancellationToken.None);
        budget.Peak.ShouldBeInRange(budget.Limit / 8, budget.Limit);
        budget.Used.ShouldBe(0);
        var output = outputs.ShouldHaveSingleItem();
        output.SizeBytes.ShouldBeGreaterThan(budget.Limit / 2);
        (await MetricBlock.OpenFileAsync(fixture.Objects, output, new(), CancellationToken.None)).RowGroups.Length.ShouldBeGreaterThan(3);
        await fixture.Catalog.CommitAsync(new() { Add = outputs, Remove = [.. job.Inputs.Select(b => b.Id)] }, null, CancellationToken.None);
        (await fixture.ScanAsync()).Text().ShouldBe(before);
        (await fixture.ScanAsync([TestLabels.Match("instance", "=~", "host-(17|3999|2048)")])).Series.Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_damaged_input_is_named_and_leaves_nothing_behind()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        await FillAsync(fixture, new Random(3), fixture.NowMs - 3_600_000, blocks: 2);
        var inputs = MergeRun.Blocks(fixture.Catalog, Signal.Metrics);
        var files = Directory.GetFiles(fixture.ObjectRoot, "*", SearchOption.AllDirectories);
        var failed = await MergeRun.AlterAsync(
            Path.Combine(fixture.ObjectRoot, inputs[1].ObjectKey), inputs[1].ObjectKey, File.ReadAllBytes, File.WriteAllBytes, async () =>
            {
                var budget = new MemoryBudget("test", MergeJob.DefaultMemoryBytes);
                try
                {
                    var outputs = await new MetricBlockMerger().MergeAsync(Job(fixture, memory: budget), CancellationToken.None);
                    var bytes = outputs.Select(o => File.ReadAllBytes(Path.Combine(fixture.ObjectRoot, o.ObjectKey))).ToList();
                    foreach (var output in outputs) await fixture.Objects.DeleteAsync(output.ObjectKey, CancellationToken.None);
                    return bytes;
                }
                finally
                {
                    budget.Used.ShouldBe(0);
                    Directory.GetFiles(fixture.ObjectRoot, "*", SearchOption.AllDirectories).ShouldBe(files, ignoreOrder: true);
                }
            });
        failed.ShouldBeGreaterThan(30);
    }

    [Fact]
    public async Task A_condition_on_rows_is_refused()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        await fixture.AppendAsync(TestLabels.Of("a"), (fixture.NowMs, 1));
        await fixture.FlushAsync();
        var job = Job(fixture, [new(0, 1, [], new Columnar.Predicates.RowPredicate.And([]))]);
        await Should.ThrowAsync<ArgumentException>(async () => await new MetricBlockMerger().MergeAsync(job, CancellationToken.None));
    }

    private static MergeJob Job(MetricStoreFixture fixture, IReadOnlyList<RowDeletion>? deletions = null, MemoryBudget? memory = null) =>
        MergeRun.Job(fixture.Catalog, fixture.Objects, MergeRun.Blocks(fixture.Catalog, Signal.Metrics), deletions: deletions, memory: memory);

    private static async Task MergeAsync(MetricStoreFixture fixture, IReadOnlyList<BlockMeta> run, long window, long target)
    {
        var job = MergeRun.Job(fixture.Catalog, fixture.Objects, run, window, target);
        foreach (var output in await MergeRun.RunAsync(new MetricBlockMerger(), fixture.Catalog, job))
        {
            job.WindowOf(output.MinTime).ShouldBe(job.WindowOf(output.MaxTime));
            output.SizeBytes.ShouldBe(new FileInfo(Path.Combine(fixture.ObjectRoot, output.ObjectKey)).Length);
        }
    }

    /// <summary>Flushes that overlap, are out of order, repeat times with other values, and hold all kinds of samples.</summary>
    private static async Task FillAsync(MetricStoreFixture fixture, Random random, long origin, int blocks)
    {
        for (var block = 0; block < blocks; block++)
        {
            for (var n = random.Next(1, 4); n > 0; n--)
            {
                await fixture.AppendAsync(batch => Fill(batch, random, origin), random.Next(4) == 0 ? Other : TenantId.Default);
            }

            await fixture.FlushAsync();
        }
    }

    // Of most samples none is known, so that runs, gaps and series without any meet.
    private static long SomeStart(Random random, long origin) => random.Next(3) == 0 ? origin - random.Next(2) : 0;

    private static void Fill(MetricBatch batch, Random random, long origin)
    {
        var start = origin + (random.Next(20) * 60_000L);
        batch.AddMetadata(new MetadataEntry($"m{random.Next(3)}", "counter", "", $"help {random.Next(3)}"));
        for (var series = random.Next(3, 12); series > 0; series--)
        {
            var metric = $"m{random.Next(3)}";
            var host = $"h{random.Next(3)}";
            batch.AddSeries(random.Next(4) == 0 ? TestLabels.Of(metric, "host", host, "A", "upper") : TestLabels.Of(metric, "host", host));
            for (var i = random.Next(1, 40); i > 0; i--)
            {
                var time = start + (random.Next(80) * 15_000L);
                switch (random.Next(12))
                {
                    case 0:
                        batch.AddSampleSince(SomeStart(random, origin), time, Stale);
                        break;
                    case 1:
                        batch.AddHistogram(
                            time, new FloatHistogram { Schema = 1, Sum = random.Next(100), Count = 3, PositiveSpans = [new(1, 1)], PositiveBuckets = [3] });
                        break;
                    case 2:
                        batch.AddExemplar(time, random.Next(3), LabelSet.Encode([new("trace_id", $"t{random.Next(4)}")]));
                        batch.AddSampleSince(SomeStart(random, origin), time, -0.0);
                        break;
                    default:
                        batch.AddSampleSince(SomeStart(random, origin), time, random.Next(1000));
                        break;
                }
            }
        }
    }

    private static Func<MetricStoreFixture, Task<string>> Question(Random random, long origin)
    {
        var (min, max) = (origin + random.Next(-600_000, 1_800_000), origin + random.Next(2_400_000));
        LabelMatcher[] matchers = random.Next(3) switch
        {
            0 => [],
            1 => [TestLabels.Match("__name__", "=", $"m{random.Next(3)}")],
            _ => [TestLabels.Match("host", "!=", $"h{random.Next(3)}"), TestLabels.Match("__name__", "=~", "m[01]")],
        };
        var tenant = random.Next(4) == 0 ? Other : TenantId.Default;
        return async fixture =>
        {
            var answer = await fixture.ScanAsync(matchers, min, max, tenant);
            answer.Warnings.ShouldBeEmpty();
            var histograms = answer.Histograms.OrderBy(h => h.Key, StringComparer.Ordinal)
                .Select(h => $"{h.Key}: {string.Join(' ', h.Value.Select(v => v?.Sum))}");
            return answer.Text() + "\n" + string.Join('\n', histograms);
        };
    }

    private static async Task<string> AnswersAsync(MetricStoreFixture fixture, IEnumerable<Func<MetricStoreFixture, Task<string>>> questions)
    {
        var text = new StringBuilder();
        foreach (var question in questions) text.Append(await question(fixture)).Append("\n--\n");
        foreach (var tenant in new[] { TenantId.Default, Other })
        {
            var metadata = await fixture.Store.MetadataAsync(tenant, null, new ScanStatistics(), CancellationToken.None);
            foreach (var entry in metadata.Select(m => m.ToString()).Order(StringComparer.Ordinal)) text.Append(entry).Append('\n');
            var lookup = new LabelLookup(tenant, [], long.MinValue, long.MaxValue);
            foreach (var series in await fixture.Store.ExemplarsAsync(lookup, new ScanStatistics(), CancellationToken.None))
            {
                foreach (var exemplar in series.Exemplars)
                {
                    text.Append(string.Join(',', series.SeriesLabels)).Append(' ').Append(string.Join(',', exemplar.Labels)).Append(' ')
                        .Append(exemplar.TimestampMs).Append('=').Append(exemplar.Value).Append('\n');
                }
            }
        }

        return text.ToString();
    }
}
