using System.Diagnostics;
using Triptych.Columnar.Samples;
using Triptych.Columnar.Symbols;
using Triptych.Metrics.Compaction;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Testing;
using static Triptych.Metrics.Tests.TestLabels;

namespace Triptych.Metrics.Tests.Overflow;

/// <summary>Series beyond a tenant's limit: only where they are kept is different.</summary>
public sealed class OverflowTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TenantId Quiet = new("quiet");

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Answers_are_the_same_with_and_without_a_limit(int seed)
    {
        await using var unlimited = await MetricStoreFixture.OpenAsync();
        await using var limited = await OpenAsync(limit: 7);
        MetricStoreFixture[] both = [unlimited, limited];
        var random = new Random(seed);
        var origin = limited.NowMs - 3_600_000;
        var flushes = 0;
        for (var step = 0; step < 40; step++)
        {
            var batch = RandomBatch(random, origin);
            foreach (var fixture in both) (await fixture.AppendAsync(batch)).Refusals.ShouldAllBe(static r => r.Reason == "duplicate_sample");
            switch (random.Next(12))
            {
                case < 4:
                    flushes += await FlushSideAsync(limited) ? 1 : 0;
                    break;
                case 4:
                    foreach (var fixture in both) await fixture.FlushAsync();
                    break;
                case 5:
                    // As after a kill: nothing was flushed, and records of sides that are in blocks are replayed once more.
                    foreach (var fixture in both) await fixture.RestartAsync();
                    break;
                case 6:
                    await MergeRun.CompactAsync(limited.Services, limited.Root, new MetricBlockMerger());
                    break;
            }

            await ShouldAnswerTheSameAsync(limited, unlimited, origin, $"seed {seed} step {step}");
        }

        flushes.ShouldBeGreaterThan(3);
        foreach (var fixture in both) await fixture.FlushAsync();
        await ShouldAnswerTheSameAsync(limited, unlimited, origin, "flushed");
        await MergeRun.CompactAsync(limited.Services, limited.Root, new MetricBlockMerger());
        await ShouldAnswerTheSameAsync(limited, unlimited, origin, "merged");
    }

    [Fact]
    public async Task A_scan_that_was_opened_before_a_flush_of_the_side_reads_what_it_held()
    {
        await using var fixture = await OpenAsync(limit: 1);
        for (var s = 0; s < 2000; s++) await fixture.AppendAsync(Of("m", "s", $"{s:D4}"), (fixture.NowMs, s));
        var symbols = new SymbolTable();
        var request = new SampleScanRequest
        {
            Tenant = TenantId.Default,
            Matchers = [],
            MinTimeMs = long.MinValue,
            MaxTimeMs = long.MaxValue,
            Symbols = symbols,
        };
        await using var scan = await fixture.Store.OpenAsync(request, CancellationToken.None);
        var answer = new ScanAnswer();
        Add(await scan.NextAsync(CancellationToken.None));
        (await FlushSideAsync(fixture)).ShouldBeTrue();
        await fixture.AppendAsync(Of("m", "s", "new"), (fixture.NowMs, 1));
        while (await scan.NextAsync(CancellationToken.None) is { } batch) Add(batch);
        answer.Series.Count.ShouldBe(2000);
        (await fixture.ScanAsync()).Series.Count.ShouldBe(2001);

        void Add(SampleBatch? batch)
        {
            for (var series = 0; series < batch!.SeriesCount; series++) answer.Add(batch, series, symbols);
        }
    }

    [Fact]
    public async Task An_answer_with_series_beyond_the_limit_says_so_and_others_do_not()
    {
        await using var fixture = await OpenAsync(limit: 2);
        foreach (var name in new[] { "a", "b", "c" }) await fixture.AppendAsync(Of(name), (fixture.NowMs, 1));
        (await fixture.ScanAsync([Match("__name__", "=", "c")])).Infos.ShouldHaveSingleItem().ShouldContain("ingest.max_active_series");
        (await fixture.ScanAsync()).Infos.ShouldHaveSingleItem().ShouldContain("tenant default sends more series than the 2");
        (await fixture.ScanAsync([Match("__name__", "=", "b")])).Infos.ShouldBeEmpty();
        (await FlushSideAsync(fixture)).ShouldBeTrue();
        (await fixture.ScanAsync([Match("__name__", "=", "c")])).Infos.ShouldBeEmpty();
    }

    [Fact]
    public async Task Passing_the_limit_is_told_once_and_counted()
    {
        await using var fixture = await OpenAsync(limit: 2);
        for (var s = 0; s < 5; s++) await fixture.AppendAsync(Of("m", "s", $"{s}"), (fixture.NowMs - 1, s), (fixture.NowMs, s));
        fixture.Events.Count("series_limit_passed").ShouldBe(1);
        var over = fixture.Store.OverLimit.ShouldHaveSingleItem();
        over.ShouldBe(new SeriesOverLimit(TenantId.Default, 2, 2, 3, 6));
    }

    [Fact]
    public async Task Exemplars_and_histograms_of_series_beyond_the_limit_are_kept_over_a_restart()
    {
        await using var fixture = await OpenAsync(limit: 1);
        await fixture.AppendAsync(Of("a"), (fixture.NowMs, 1));
        await fixture.AppendAsync(batch =>
        {
            batch.AddSeries(Of("h"));
            var histogram = new FloatHistogram { Schema = 1, Count = 3, Sum = 5, PositiveSpans = [new BucketSpan(0, 1)], PositiveBuckets = [3] };
            batch.AddHistogram(fixture.NowMs, histogram);
            batch.AddExemplar(fixture.NowMs, 4, Of("x", "trace_id", "t"));
        });
        await CheckAsync();
        await fixture.RestartAsync();
        await CheckAsync();
        (await FlushSideAsync(fixture)).ShouldBeTrue();
        await CheckAsync();
        await fixture.FlushAsync();
        await CheckAsync();

        async Task CheckAsync()
        {
            (await fixture.ScanAsync()).Histograms.ShouldHaveSingleItem().Value.ShouldHaveSingleItem()!.Sum.ShouldBe(5);
            var lookup = new LabelLookup(TenantId.Default, [[Match("__name__", "=", "h")]], long.MinValue, long.MaxValue);
            var exemplars = await fixture.Store.ExemplarsAsync(lookup, new(), CancellationToken.None);
            exemplars.ShouldHaveSingleItem().Exemplars.ShouldHaveSingleItem().Value.ShouldBe(4);
        }
    }

    [Fact]
    public async Task Sums_of_changes_go_on_over_flushes_of_the_side_and_kills_beyond_the_limit_too()
    {
        await using var fixture = await OpenAsync(limit: 1);
        await fixture.AppendAsync(Of("a"), (fixture.NowMs, 1));
        var origin = fixture.NowMs - 1000;
        for (var n = 0; n < 12; n++)
        {
            await fixture.AppendAsync(batch =>
            {
                batch.AddSeries(Of("queue"));
                batch.AddChange(origin + n, n % 3 == 2 ? -1 : 2);
            });
            await fixture.AppendAsync(Of("b", "n", $"{n}"), (fixture.NowMs, n));
            if (n % 2 == 1) (await FlushSideAsync(fixture)).ShouldBeTrue();
            if (n % 4 == 2) await fixture.RestartAsync();
            if (n == 8) await fixture.FlushAsync();
        }

        var sums = (await fixture.ScanAsync([Match("__name__", "=", "queue")])).Series.ShouldHaveSingleItem().Value;
        sums.Select(static s => BitConverter.UInt64BitsToDouble(s.Bits)).ShouldBe([2, 4, 3, 5, 7, 6, 8, 10, 9, 11, 13, 12]);
    }

    [Fact]
    public async Task Series_that_come_and_go_end_in_flat_memory_and_none_is_lost()
    {
        const int Minutes = 250;
        const int PerMinute = 4_000;
        const long MostBytes = 12_000_000;
        var options = new MetricStoreOptions { MaxActiveSeries = 10_000, MaxOverflowBytes = 4_000_000 };
        await using var fixture = await MetricStoreFixture.OpenAsync(options, static h => h with { FlushSideBytes = 1_500_000 });
        var most = 0L;
        for (var minute = 0; minute < Minutes; minute++)
        {
            var now = fixture.NowMs;
            await AppendPatientlyAsync(fixture, batch =>
            {
                for (var pod = 0; pod < PerMinute; pod++)
                {
                    batch.AddSeries(Of("container_cpu_usage_seconds_total", "namespace", "batch", "pod", $"job-{minute}-{pod}"));
                    batch.AddSample(now, pod);
                }
            });
            most = Math.Max(most, fixture.Store.HeadBytes);
            fixture.Tick();
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{most} bytes at the most");
        most.ShouldBeLessThan(MostBytes);
        var only = await fixture.ScanAsync([Match("pod", "=~", "job-(0|17|249)-(5|3999)")]);
        only.Series.Count.ShouldBe(6);
        await fixture.FlushAsync();
        (await fixture.ScanAsync(seriesOnly: true)).Series.Count.ShouldBe(Minutes * PerMinute);
    }

    [Fact]
    public async Task Beyond_the_bound_only_further_series_of_that_tenant_have_to_wait()
    {
        var options = new MetricStoreOptions { MaxActiveSeries = 3, MaxOverflowBytes = 600_000 };
        await using var fixture = await MetricStoreFixture.OpenAsync(options, static h => h with { FlushSideBytes = 1 });
        for (var s = 0; s < 3; s++) await fixture.AppendAsync(Of("m", "s", $"{s}"), (fixture.NowMs, s));
        AppendResult result;
        var taken = 3;
        while ((result = await fixture.AppendAsync(Of("m", "s", $"{taken}"), (fixture.NowMs, taken))).Status == AppendStatus.Ok) taken++;
        result.Status.ShouldBe(AppendStatus.Unavailable);
        result.Detail!.ShouldContain("ingest.max_active_series");
        result.RetryAfter.ShouldBeGreaterThan(TimeSpan.Zero);

        // What is within the limit goes on, and so do other tenants, beyond theirs too.
        (await fixture.AppendAsync(Of("m", "s", "1"), (fixture.NowMs + 1, 1))).Status.ShouldBe(AppendStatus.Ok);
        for (var s = 0; s < 5; s++)
        {
            var labels = Of("m", "s", $"{s}");
            (await fixture.AppendAsync(
                batch =>
                {
                    batch.AddSeries(labels);
                    batch.AddSample(fixture.NowMs, 1);
                },
                Quiet)).Status.ShouldBe(AppendStatus.Ok);
        }

        (await FlushSideAsync(fixture)).ShouldBeTrue();
        (await fixture.AppendAsync(Of("m", "s", $"{taken}"), (fixture.NowMs, taken))).Status.ShouldBe(AppendStatus.Ok);
        (await fixture.ScanAsync()).Series.Count.ShouldBe(taken + 1);
        (await fixture.ScanAsync(tenant: Quiet)).Series.Count.ShouldBe(5);
    }

    [Fact]
    public async Task A_tenant_within_its_limit_gets_no_blocks_because_of_another()
    {
        await using var fixture = await OpenAsync(limit: 3);
        await fixture.AppendAsync(
            batch =>
            {
                batch.AddSeries(Of("m"));
                batch.AddSample(fixture.NowMs, 1);
            },
            Quiet);
        for (var s = 0; s < 50; s++)
        {
            await fixture.AppendAsync(Of("m", "s", $"{s}"), (fixture.NowMs, s));
            if (s % 10 == 9) (await FlushSideAsync(fixture)).ShouldBeTrue();
        }

        fixture.Catalog.Current.Blocks(TenantId.Default, Signal.Metrics).Count.ShouldBe(5);
        fixture.Catalog.Current.Blocks(Quiet, Signal.Metrics).ShouldBeEmpty();
        (await fixture.ScanAsync(tenant: Quiet)).Infos.ShouldBeEmpty();
    }

    [Fact]
    public async Task Blocks_of_sides_can_be_merged_with_those_of_the_head_also_after_a_kill()
    {
        await using var fixture = await OpenAsync(limit: 2);
        var origin = fixture.NowMs - (20 * 3_600_000L);
        for (var round = 0; round < 12; round++)
        {
            for (var s = 0; s < 6; s++) await fixture.AppendAsync(Of("m", "s", $"{s}"), (origin + round, s), (origin + 7_200_000 + round, s));
            if (round % 4 != 3) (await FlushSideAsync(fixture)).ShouldBeTrue();
            if (round == 5) await fixture.RestartAsync();
            if (round % 4 == 3) await fixture.FlushAsync();
        }

        var before = (await fixture.ScanAsync()).Text();
        await MergeRun.CompactAsync(fixture.Services, fixture.Root, new MetricBlockMerger());
        (await fixture.ScanAsync()).Text().ShouldBe(before);
        fixture.Catalog.Current.Blocks(TenantId.Default, Signal.Metrics).Count.ShouldBeLessThanOrEqualTo(2);
    }

    private static Task<MetricStoreFixture> OpenAsync(int limit) =>
        MetricStoreFixture.OpenAsync(new MetricStoreOptions { MaxActiveSeries = limit }, static h => h with { FlushSideBytes = 1 });

    /// <summary>Lets the store flush its side and waits for it; false where there is nothing to flush.</summary>
    private static async Task<bool> FlushSideAsync(MetricStoreFixture fixture)
    {
        var flushes = fixture.Events.Count("flushed");
        if (!fixture.Store.HasOverflow) return false;
        for (var waited = Stopwatch.StartNew(); fixture.Events.Count("flushed") == flushes; await Task.Delay(1))
        {
            fixture.Tick();
            waited.Elapsed.ShouldBeLessThan(Patience);
        }

        return true;
    }

    private static async Task AppendPatientlyAsync(MetricStoreFixture fixture, Action<MetricBatch> fill)
    {
        for (var waited = Stopwatch.StartNew(); (await fixture.AppendAsync(fill)).Status != AppendStatus.Ok; await Task.Delay(1))
        {
            fixture.Tick();
            waited.Elapsed.ShouldBeLessThan(Patience);
        }
    }

    private static Action<MetricBatch> RandomBatch(Random random, long origin)
    {
        var entries = new List<(byte[] Labels, long TimeMs, double Value)>();
        for (var n = random.Next(1, 30); n > 0; n--)
        {
            var labels = Of($"m{random.Next(3)}", "group", $"{random.Next(3)}", "s", $"{random.Next(12)}");
            entries.Add((labels, origin + (random.Next(1000) * 1000L), random.Next(100)));
        }

        return batch =>
        {
            foreach (var (labels, timeMs, value) in entries)
            {
                batch.AddSeries(labels);
                batch.AddSample(timeMs, value);
            }
        };
    }

    private static async Task ShouldAnswerTheSameAsync(MetricStoreFixture limited, MetricStoreFixture unlimited, long origin, string when)
    {
        LabelMatcher[][] selectors =
            [[], [Match("__name__", "=", "m1")], [Match("group", "=~", "0|2"), Match("s", "!=", "3")], [Match("s", "!~", "1.*")]];
        foreach (var matchers in selectors)
        {
            foreach (var (min, max) in new[] { (long.MinValue, long.MaxValue), (origin + 200_000, origin + 500_000) })
            {
                var expected = await unlimited.ScanAsync(matchers, min, max);
                (await limited.ScanAsync(matchers, min, max)).Text().ShouldBe(expected.Text(), when);
                (await limited.ScanAsync(matchers, min, max, seriesOnly: true)).Names.ShouldBe(expected.Names, when);
            }
        }
    }
}
