using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Storage.Retention;
using Triptych.Testing;

namespace Triptych.Storage.Tests.Compaction;

/// <summary>
/// The power goes after every single operation of merges, a deletion and retention: each prefix of what they wrote, flushed, renamed and deleted is replayed,
/// with what was not flushed dropped, torn or scattered, or with the program killed alone. What was acknowledged and has neither been deleted nor passed
/// its time is there once, and nothing else lies in the store. With TRIPTYCH_TEST_LONG=1 every prefix is seen in all of these ways.
/// </summary>
public sealed class UpkeepPowerCutTests
{
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("TRIPTYCH_TEST_LONG") == "1";

    private static readonly Leftover[] PowerCuts = [Leftover.Nothing, Leftover.TornWrites, Leftover.Scattered];

    private static readonly RetentionOptions Retention = UpkeepFixture.Unlimited with
    {
        Metrics = new() { Time = TimeSpan.FromHours(48), Rules = [new RetentionRule(Row.Matchers("a3"), TimeSpan.FromHours(20))] },
    };

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task A_power_cut_after_any_operation_of_upkeep_loses_and_doubles_nothing_and_leaves_nothing_behind()
    {
        var journal = await LiveAsync();
        var disk = new FaultyDisk();
        var known = new Known();
        var cuts = 0;
        for (var i = 0; i <= journal.Count; i++)
        {
            if (known.IsUpkeep && (i == journal.Count || journal[i].Note is null or MemoryMetastore))
            {
                for (var way = 0; way <= PowerCuts.Length; way++)
                {
                    if (!IsLong && way != cuts % (PowerCuts.Length + 1))
                        continue;
                    var left = way == PowerCuts.Length ? disk.AfterKill() : disk.AfterPowerCut(PowerCuts[way], seed: i);
                    await CheckAsync(left, known, $"entry {i} of {journal.Count}, way {way}");
                }

                cuts++;
            }

            if (i == journal.Count)
                break;
            known.Learn(journal[i].Note);
            disk.Apply(journal[i]);
        }

        cuts.ShouldBeGreaterThan(100);
        known.Deletion.ShouldBe(2, "the deletion was acknowledged");
    }

    private static async Task<IReadOnlyList<DiskJournalEntry>> LiveAsync()
    {
        var disk = new FaultyDisk { KeepsJournal = true };
        var metastore = new MemoryMetastore { Changed = m => disk.Note(m.Copy()) };
        disk.Note(metastore.Copy());
        await using var store = await UpkeepFixture.OpenAsync(disk, metastore, retention: Retention);
        disk.Note(store.Clock.GetUtcNow());
        var nextKey = 0L;
        await FlushAsync(40, 41);
        for (var i = 0; i < 4; i++)
            await FlushAsync(7 + i, 8, 9.5);
        disk.Note(Known.UpkeepBegins);
        await store.RunAsync();
        disk.Note(Known.DeletionTried);
        var answer = await store.Upkeep.Deletions.RequestAsync(
            TenantId.Default, UpkeepFixture.Kind, UpkeepFixture.HoursAgo(1000), UpkeepFixture.HoursAgo(0), ["a1"], None);
        answer.Refusal.ShouldBeNull();
        disk.Note(Known.DeletionAcknowledged);
        await store.RunAsync();
        store.Clock.Advance(TimeSpan.FromHours(14));
        disk.Note(store.Clock.GetUtcNow());
        await store.RunAsync();
        await store.SweepAsync();
        var lines = store.Events.Lines;
        foreach (var kind in new[] { "merged Metrics Flushed", "merged Metrics Deletion", "expired Metrics Time", "deleted Metrics" })
            lines.ShouldContain(l => l.StartsWith(kind, StringComparison.Ordinal), kind);
        return disk.Journal;

        async Task FlushAsync(params double[] hoursAgo)
        {
            var rows = hoursAgo.SelectMany(h => Enumerable.Range(0, 4).Select(_ => new Row(UpkeepFixture.HoursAgo(h), nextKey++, 0))).ToArray();
            await store.FlushAsync(rows);
            disk.Note(rows);
        }
    }

    private static async Task CheckAsync(FaultyDisk disk, Known known, string when)
    {
        await using var store = await UpkeepFixture.OpenAsync(disk, known.Metastore!.Copy(), new ManualClock(known.Now), retention: Retention);
        await store.RunAsync();
        var rows = await store.StoredAsync();
        rows.Distinct().Count().ShouldBe(rows.Count, $"{when}: nothing twice");
        rows.Except(known.Rows).ShouldBeEmpty($"{when}: nothing that was not sent");
        var now = store.NowMs;
        var wanted = known.Rows.Where(r => r.Time > now - ((r.App == "a3" ? 20 : 48) * UpkeepFixture.Hour) && !(known.Deletion > 0 && r.App == "a1"));
        wanted.Except(rows).ShouldBeEmpty($"{when}: nothing lost");
        if (known.Deletion == 2)
            rows.ShouldAllBe(static r => r.App != "a1", $"{when}: deleted");
        await store.SweepAsync();
        (await store.KeysAsync()).SequenceEqual(store.Blocks.Select(static b => b.ObjectKey).Order(StringComparer.Ordinal)).ShouldBeTrue($"{when}: nothing else in the store");
        store.StorageEvents.Count("block_missing").ShouldBe(0, when);
        store.Upkeep.Status().Quarantined.ShouldBeEmpty(when);
    }

    /// <summary>What is true at a point of the journal.</summary>
    private sealed class Known
    {
        public const string UpkeepBegins = "upkeep";
        public const string DeletionTried = "deleting";
        public const string DeletionAcknowledged = "deleted";

        public bool IsUpkeep { get; private set; }

        /// <summary>1 from its request on, 2 once it was acknowledged.</summary>
        public int Deletion { get; private set; }

        public List<Row> Rows { get; } = [];

        public MemoryMetastore? Metastore { get; private set; }

        public DateTimeOffset Now { get; private set; }

        public void Learn(object? note)
        {
            switch (note)
            {
                case MemoryMetastore metastore:
                    Metastore = metastore;
                    break;
                case Row[] rows:
                    Rows.AddRange(rows);
                    break;
                case DateTimeOffset now:
                    Now = now;
                    break;
                case UpkeepBegins:
                    IsUpkeep = true;
                    break;
                case DeletionTried:
                    Deletion = 1;
                    break;
                case DeletionAcknowledged:
                    Deletion = 2;
                    break;
            }
        }
    }
}
