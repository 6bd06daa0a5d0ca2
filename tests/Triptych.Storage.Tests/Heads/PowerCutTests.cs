using Triptych.Model.Append;
using Triptych.Storage.Heads;
using Triptych.Testing;

namespace Triptych.Storage.Tests.Heads;

/// <summary>
/// The power goes after every single operation of a recorded life: appends side by side, full segments, flushes, resends, failing disks,
/// restarts. From what the disk then has left the store must come up with each acknowledged item once and no other one twice.
/// Disk and object store (the local one) are recorded operation by operation, with what is not flushed dropped, torn or scattered; or only
/// the program is killed, and the power goes after it has come up and acknowledged again.
/// The metastore is taken at its word: a commit of SQLite (synchronous=FULL) is one durable step, before or after which the power goes.
/// With TRIPTYCH_TEST_LONG=1 there are more and longer lives, and more draws of what is left.
/// </summary>
public class PowerCutTests
{
    private const int Clients = 3;
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("TRIPTYCH_TEST_LONG") == "1";
    private static readonly int Batches = IsLong ? 12 : 4;
    private static readonly int Draws = IsLong ? 4 : 1;

    public static TheoryData<int> Lives => [.. Enumerable.Range(1, IsLong ? 12 : 1)];

    [Theory]
    [MemberData(nameof(Lives))]
    public async Task A_power_cut_after_any_operation_loses_and_doubles_nothing(int seed)
    {
        var journal = await LiveAsync(seed);
        var disk = new FaultyDisk();
        var known = new Known();
        var cuts = 0;
        for (var i = 0; i <= journal.Count; i++)
        {
            // Between two notes of a client nothing changed that a cut could show.
            if (i == journal.Count || journal[i].Note is null or MemoryMetastore)
            {
                for (var draw = 0; draw < (known.Metastore is null ? 0 : 2 + (2 * Draws)); draw++)
                {
                    var leftover = draw == 0 ? Leftover.Nothing : draw % 2 == 0 ? Leftover.TornWrites : Leftover.Scattered;
                    var left = draw == 1 ? disk.AfterKill() : disk.AfterPowerCut(leftover, seed: (i * 16) + draw);
                    var how = draw == 1 ? "kill" : leftover.ToString();
                    await CheckAsync(left, known, $"life {seed}, {how} before entry {i} of {journal.Count}", flushFirst: (i + draw) % 2 == 0);
                    cuts++;
                }
            }

            if (i == journal.Count) break;
            known.Learn(journal[i].Note);
            disk.Apply(journal[i]);
        }

        known.Acknowledged.Count.ShouldBe(known.Sent.Count, "in the end everything is acknowledged");
        cuts.ShouldBeGreaterThan(200);
        foreach (var call in Enum.GetValues<DiskCall>().Where(static c => c != DiskCall.Link))
            journal.ShouldContain(e => e.Note == null && e.Operation.Call == call, $"the life has no {call}");
    }

    /// <summary>Three runs of a store over one disk, each ended by a kill, with what happened in between.</summary>
    private static async Task<IReadOnlyList<DiskJournalEntry>> LiveAsync(int seed)
    {
        var random = new Random(seed);
        var disk = new FaultyDisk { KeepsJournal = true };
        var metastore = new MemoryMetastore { Changed = m => disk.Note(m.Copy()) };
        disk.Note(metastore.Copy());
        for (var run = 0; run < 3; run++)
        {
            // The last run finds more in the WAL than its memory may hold.
            var memory = run == 2 ? 64 : 4096;
            var fixture = await KeeperFixture.OpenAsync(disk, metastore, o => o with
            {
                FlushHeadBytes = memory,
                CheckInterval = TimeSpan.FromHours(1),
                Wal = o.Wal with { SegmentBytes = 300 },
            });
            disk.Fault = FailNow(random.Next(5, 12), (DiskCall)random.Next(1, 4));
            var first = 1000L * (run + 1);
            var clients = Enumerable.Range(0, Clients).Select(c => SendAllAsync(fixture, first + (100 * c), new Random(seed + c))).ToList();
            if (run < 2) clients.Add(fixture.Keeper.FlushAllAsync(CancellationToken.None));
            await Task.WhenAll(clients);
            disk.Fault = null;
            if (run == 0) await fixture.Keeper.FlushAllAsync(CancellationToken.None);
            await fixture.DisposeAsync();
        }

        return disk.Journal;
    }

    /// <summary>One operation fails: so many of its kind come before it.</summary>
    private static Func<DiskOperation, Exception?> FailNow(int after, DiskCall call)
    {
        var left = after;
        return operation => operation.Call == call && --left == 0 ? new IOException("a bad sector") : null;
    }

    private static async Task SendAllAsync(KeeperFixture fixture, long first, Random random)
    {
        for (var batch = 0; batch < Batches; batch++)
        {
            long[] items = [.. Enumerable.Range(0, random.Next(1, 6)).Select(i => first + (batch * 6) + i)];
            fixture.Disk.Note(new Sent(items));
            AppendResult result;
            do
            {
                result = await fixture.AppendAsync(request: (ulong)items[0], items);
            }
            while (result.Status == AppendStatus.Unavailable);
            fixture.Disk.Note(new Acknowledged(items));
        }
    }

    private static async Task CheckAsync(FaultyDisk disk, Known known, string when, bool flushFirst)
    {
        var metastore = known.Metastore!.Copy();
        var sent = known.Sent.SelectMany(static s => s).Order().ToList();
        await using (var restarted = await KeeperFixture.OpenAsync(disk, metastore, Quiet))
        {
            var found = await restarted.ReadAsync();
            found.ShouldBe(found.Distinct(), $"{when}: nothing twice");
            known.Acknowledged.SelectMany(static a => a).Except(found).ShouldBeEmpty($"{when}: nothing lost");
            found.Except(sent).ShouldBeEmpty($"{when}: nothing that was not sent");
            restarted.Events.Count("block_missing").ShouldBe(0, when);

            // The clients come again with all that they have: nothing gets in twice, whether what is known is in the head or in blocks.
            if (flushFirst)
                await restarted.Keeper.FlushAllAsync(CancellationToken.None);
            var results = await Task.WhenAll(known.Sent.Select(items => restarted.AppendAsync(request: (ulong)items[0], items).AsTask()));
            results.ShouldAllBe(r => r.Status == AppendStatus.Ok || r.Status == AppendStatus.Duplicate, when);
            (await restarted.ReadAsync()).ShouldBe(sent, $"{when}: after everything was sent again");
            disk = disk.AfterPowerCut(Leftover.Nothing);
        }

        await using var again = await KeeperFixture.OpenAsync(disk, metastore, Quiet);
        (await again.ReadAsync()).ShouldBe(sent, $"{when}: after a second cut");
    }

    private static HeadOptions Quiet(HeadOptions options) => options with { CheckInterval = TimeSpan.FromHours(1) };

    private sealed record Sent(long[] Items);

    private sealed record Acknowledged(long[] Items);

    /// <summary>What the clients and the metastore know at a point of the journal.</summary>
    private sealed class Known
    {
        public MemoryMetastore? Metastore { get; private set; }

        public List<long[]> Sent { get; } = [];

        public List<long[]> Acknowledged { get; } = [];

        public void Learn(object? note)
        {
            switch (note)
            {
                case MemoryMetastore metastore:
                    Metastore = metastore;
                    break;
                case Sent sent:
                    Sent.Add(sent.Items);
                    break;
                case Acknowledged acknowledged:
                    Acknowledged.Add(acknowledged.Items);
                    break;
            }
        }
    }
}
