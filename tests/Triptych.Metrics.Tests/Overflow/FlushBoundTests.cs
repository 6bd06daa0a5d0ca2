using System.Diagnostics;
using Triptych.Metrics.Compaction;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Testing;
using static Triptych.Metrics.Tests.TestLabels;

namespace Triptych.Metrics.Tests.Overflow;

/// <summary>What is not in blocks is bounded by its write-ahead log, and blocks that wait for a merge are bounded by their number.</summary>
public sealed class FlushBoundTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TenantId Other = new("other");

    [Fact]
    public async Task Metrics_become_blocks_when_their_write_ahead_log_is_at_its_bound_and_merges_make_windows_of_them()
    {
        const int Bound = 20_000;
        await using var fixture = await MetricStoreFixture.OpenAsync(heads: static h => h with { FlushWalBytes = Bound });
        var random = new Random(1);
        var origin = fixture.NowMs - (12 * 3_600_000L);
        var most = 0L;
        for (var n = 0; n < 400; n++)
        {
            await fixture.AppendAsync(batch =>
            {
                for (var s = 0; s < 50; s++)
                {
                    batch.AddSeries(Of("m", "s", $"{s}"));
                    batch.AddSample(origin + (n * 90_000L), random.NextDouble());
                }
            });
            await SettleAsync();
            most = Math.Max(most, WalBytes());
        }

        // A record more than the bound, and the segment whose flush is under way.
        most.ShouldBeLessThan(3 * Bound);
        var flushed = fixture.Catalog.Current.Blocks(TenantId.Default, Signal.Metrics);
        flushed.Count.ShouldBeGreaterThan(5);
        flushed.ShouldAllBe(b => b.Level == 0);
        var before = (await fixture.ScanAsync()).Text();
        await MergeRun.CompactAsync(fixture.Services, fixture.Root, new MetricBlockMerger());
        var merged = fixture.Catalog.Current.Blocks(TenantId.Default, Signal.Metrics);
        merged.ShouldContain(b => b.Level > 0);
        merged.Count.ShouldBeLessThan(flushed.Count);
        (await fixture.ScanAsync()).Text().ShouldBe(before);

        async Task SettleAsync()
        {
            for (var waited = Stopwatch.StartNew(); ; await Task.Delay(1))
            {
                fixture.Tick();
                if (WalBytes() < 2 * Bound) return;
                waited.Elapsed.ShouldBeLessThan(Patience);
            }
        }

        long WalBytes() => Directory.EnumerateFiles(Path.Combine(fixture.Root, "wal", "metrics")).Sum(static f => LengthOf(f));

        // A flush may delete what was listed.
        static long LengthOf(string file)
        {
            try
            {
                return new FileInfo(file).Length;
            }
            catch (FileNotFoundException)
            {
                return 0;
            }
        }
    }

    [Fact]
    public async Task A_tenant_whose_flushed_blocks_are_too_many_waits_for_merges_and_others_do_not()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync(heads: static h => h with { MaxFlushedBlocks = 5 });
        for (var block = 0; block < 5; block++)
        {
            (await AppendAsync(TenantId.Default, block)).Status.ShouldBe(AppendStatus.Ok);
            await fixture.FlushAsync();
        }

        var refused = await AppendAsync(TenantId.Default, 5);
        refused.Status.ShouldBe(AppendStatus.Unavailable);
        refused.Detail!.ShouldContain("5 flushed blocks of tenant default wait to be merged");
        (await AppendAsync(Other, 5)).Status.ShouldBe(AppendStatus.Ok);

        await MergeRun.CompactAsync(fixture.Services, fixture.Root, new MetricBlockMerger());
        (await AppendAsync(TenantId.Default, 5)).Status.ShouldBe(AppendStatus.Ok);
        (await fixture.ScanAsync()).Series.ShouldHaveSingleItem().Value.Count.ShouldBe(6);

        Task<AppendResult> AppendAsync(TenantId tenant, int n) => fixture.AppendAsync(
            batch =>
            {
                batch.AddSeries(Of("m"));
                batch.AddSample(fixture.NowMs - 100 + n, n);
            },
            tenant);
    }

    [Fact]
    public async Task Blocks_that_are_set_aside_are_not_waited_for()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync(heads: static h => h with { MaxFlushedBlocks = 2 });
        for (var block = 0; block < 2; block++)
        {
            await fixture.AppendAsync(Of("m"), (fixture.NowMs - 100 + block, block));
            await fixture.FlushAsync();
        }

        (await fixture.AppendAsync(Of("m"), (fixture.NowMs, 2))).Status.ShouldBe(AppendStatus.Unavailable);
        var damaged = fixture.Catalog.Current.Blocks(TenantId.Default, Signal.Metrics)[0];
        await fixture.Services.Quarantine.AddAsync(damaged, 0, "test", CancellationToken.None);
        (await fixture.AppendAsync(Of("m"), (fixture.NowMs, 2))).Status.ShouldBe(AppendStatus.Ok);
    }
}
