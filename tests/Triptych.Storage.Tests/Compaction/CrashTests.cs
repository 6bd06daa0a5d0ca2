using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Storage.Retention;
using Triptych.Testing;

namespace Triptych.Storage.Tests.Compaction;

/// <summary>
/// A day of a store's life, killed before and after every call to disk, object store and metastore. Whatever was acknowledged and has neither
/// been deleted nor passed its time is there once, after upkeep has had its turn, and nothing else lies in the store.
/// </summary>
public sealed class CrashTests
{
    private static readonly RetentionOptions Retention = UpkeepFixture.Unlimited with
    {
        Metrics = new() { Time = TimeSpan.FromHours(48), Rules = [new RetentionRule(Row.Matchers("a3"), TimeSpan.FromHours(20))] },
    };

    private static bool IsLong => Environment.GetEnvironmentVariable("TRIPTYCH_TEST_LONG") == "1";

    [Fact]
    public async Task The_story_does_all_that_it_shall()
    {
        using var crash = new CrashSwitch();
        var story = new Story();
        await using var store = await UpkeepFixture.OpenAsync(crash: crash, retention: Retention);
        await story.TellAsync(store);
        var lines = store.Events.Lines;
        lines.ShouldContain(static l => l.StartsWith("merged Metrics Flushed", StringComparison.Ordinal));
        lines.ShouldContain(static l => l.StartsWith("merged Metrics ClosedWindow", StringComparison.Ordinal));
        lines.ShouldContain(static l => l.StartsWith("merged Metrics Deletion", StringComparison.Ordinal));
        lines.ShouldContain(static l => l.StartsWith("merged Metrics Retention", StringComparison.Ordinal));
        lines.ShouldContain(static l => l.StartsWith("expired Metrics Time", StringComparison.Ordinal));
        lines.ShouldContain(static l => l.StartsWith("deleted Metrics", StringComparison.Ordinal));
        await story.CheckAsync(store);
        crash.Calls.ShouldBeGreaterThan(150);
    }

    [Theory]
    [InlineData(false, Leftover.Everything)]
    [InlineData(true, Leftover.Everything)]
    [InlineData(true, Leftover.Nothing)]
    [InlineData(false, Leftover.TornWrites)]
    public async Task Killed_at_any_call_no_row_is_lost_or_doubled_and_nothing_stays_behind(bool after, Leftover leftover)
    {
        var stride = IsLong ? 1 : 5;
        for (var at = IsLong ? 0 : (int)leftover; ; at += stride)
        {
            using var crash = new CrashSwitch(at, after);
            var disk = new FaultyDisk();
            var metastore = new MemoryMetastore();
            var clock = new ManualClock();
            var story = new Story();
            var when = $"killed {(after ? "after" : "before")} call {at}";
            await InTimeAsync(DieAsync(story, disk, metastore, clock, crash), when + ", dying");
            if (!crash.IsDead)
                return;
            var left = leftover == Leftover.Everything ? disk : disk.AfterPowerCut(leftover, seed: at);
            var store = await UpkeepFixture.OpenAsync(left, metastore, clock, retention: Retention);
            try
            {
                await InTimeAsync(story.CheckAsync(store), when + ", checked");
            }
            catch (ShouldAssertException e)
            {
                throw new ShouldAssertException($"{when}: {e.Message}\n{string.Join('\n', store.StorageEvents.Lines.Concat(store.Events.Lines))}", e);
            }

            await InTimeAsync(store.DisposeAsync().AsTask(), when + ", closing");
        }
    }

    private static async Task InTimeAsync(Task work, string when)
    {
        try
        {
            await work.WaitAsync(TimeSpan.FromMinutes(3));
        }
        catch (TimeoutException e)
        {
            throw new ShouldAssertException($"{when}: it hangs", e);
        }
    }

    private static async Task DieAsync(Story story, FaultyDisk disk, MemoryMetastore metastore, ManualClock clock, CrashSwitch crash)
    {
        try
        {
            await using var store = await UpkeepFixture.OpenAsync(disk, metastore, clock, crash, Retention);
            await story.TellAsync(store);
        }
        catch (Exception e) when (crash.IsDead && e is IOException or OperationCanceledException)
        {
            // Killed, as it should be.
        }
    }

    /// <summary>What was done and acknowledged until the kill.</summary>
    private sealed class Story
    {
        private readonly List<Row> _tried = [];
        private readonly List<Row> _acknowledged = [];
        private readonly HashSet<Row> _victims = [];
        private bool _deletionIsTried;
        private bool _deletionIsAcknowledged;
        private long _nextKey;

        public async Task TellAsync(UpkeepFixture store)
        {
            // Rows that retention will drop as a whole, then four blocks over several windows that are merged soon.
            await FlushAsync(store, 40, 41);
            for (var i = 0; i < 4; i++)
                await FlushAsync(store, 7 + i, 8, 9.5);
            await store.RunAsync();
            await FlushAsync(store, 8, 8.5);
            await AppendAsync(store, 9);

            _deletionIsTried = true;
            _victims.UnionWith(_tried.Where(static r => r.App == "a1"));
            var answer = await store.Upkeep.Deletions.RequestAsync(
                TenantId.Default, UpkeepFixture.Kind, UpkeepFixture.HoursAgo(1000), UpkeepFixture.HoursAgo(0), ["a1"], store.Crash.Dead);
            answer.Refusal.ShouldBeNull();
            _deletionIsAcknowledged = true;
            await AppendAsync(store, 8);
            await store.RunAsync();

            store.Clock.Advance(TimeSpan.FromHours(14));
            await FlushAsync(store, -1);
            await store.RunAsync();
            await store.SweepAsync();
            await AppendAsync(store, -2);
        }

        public async Task CheckAsync(UpkeepFixture store)
        {
            await store.RunAsync();
            await store.Keeper.FlushAllAsync(CancellationToken.None);
            await store.RunAsync();
            var rows = await store.StoredAsync();
            rows.ShouldBeUnique();
            rows.ShouldBeSubsetOf(_tried);
            var found = rows.ToHashSet();
            var now = store.NowMs;
            foreach (var row in _acknowledged.Where(r => !IsPast(r, now) && !(_deletionIsTried && _victims.Contains(r))))
                found.ShouldContain(row, "acknowledged and neither deleted nor past its time");
            if (_deletionIsAcknowledged)
                found.Intersect(_victims).ShouldBeEmpty("deleted");
            rows.ShouldAllBe(r => r.Time > now - (48 * UpkeepFixture.Hour));

            await store.SweepAsync();
            (await store.KeysAsync()).ShouldBe(store.Blocks.Select(static b => b.ObjectKey).Order(StringComparer.Ordinal));
            store.Disk.List("/d/objects/tmp").ShouldBeEmpty();
            store.Events.Lines.ShouldNotContain(static l => l.Contains("failed", StringComparison.Ordinal));
            store.Upkeep.Status().Quarantined.ShouldBeEmpty();
            store.Upkeep.Deletions.List(TenantId.Default, null).ShouldAllBe(static d => d.Request.State == Storage.Deletion.DeletionState.Done);
        }

        private static bool IsPast(Row row, long nowMs) => row.Time <= nowMs - ((row.App == "a3" ? 20 : 48) * UpkeepFixture.Hour);

        private async Task FlushAsync(UpkeepFixture store, params double[] hoursAgo)
        {
            await AppendAsync(store, hoursAgo);
            await store.Keeper.FlushAllAsync(store.Crash.Dead);
        }

        private async Task AppendAsync(UpkeepFixture store, params double[] hoursAgo)
        {
            var rows = hoursAgo.SelectMany(h => Enumerable.Range(0, 4).Select(_ => new Row(UpkeepFixture.HoursAgo(h), _nextKey++, 0))).ToArray();
            _tried.AddRange(rows);
            if ((await store.AppendAsync(rows)).Status == AppendStatus.Ok)
                _acknowledged.AddRange(rows);
        }
    }
}
