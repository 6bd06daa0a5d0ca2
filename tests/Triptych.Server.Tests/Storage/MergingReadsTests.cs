using System.Diagnostics;

namespace Triptych.Server.Tests.Storage;

/// <summary>
/// Reads of all three signals while blocks are made, merged and rewritten all the time: heads of a few records, writers, and deletions in between of what
/// the writers wrote beside it. What a query asks for is complete by then, so each answer has one right value. Writers are never far ahead of deletions
/// and merges, which look at every block.
/// </summary>
public sealed class MergingReadsTests : IAsyncLifetime
{
    // Far beyond what it takes: only a test that would never end fails by it.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);
    private readonly ServerProcess _server = new();
    private readonly CancellationTokenSource _end = new();

    /// <summary>How often lots are written, deleted and merged at least.</summary>
    private static int Cycles => Environment.GetEnvironmentVariable("TRIPTYCH_TEST_LONG") == "1" ? 25 : 4;

    public async ValueTask InitializeAsync()
    {
        _server.Set("TRIPTYCH_STORAGE_FLUSH_SIZE", "1KiB").Set("TRIPTYCH_STORAGE_COMPACTION_WORKERS", "2").Set("TRIPTYCH_WEB_ENABLE_ADMIN_API", "true");

        // Metrics are in both parts of their head, the one for what is within the tenant's limit and the one for what is beyond.
        _server.Set("TRIPTYCH_INGEST_MAX_ACTIVE_SERIES", "1");
        await _server.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _end.Dispose();
    }

    [Fact]
    public async Task Every_answer_is_exactly_right_while_blocks_are_made_merged_and_rewritten()
    {
        var start = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / 60 * 60) - TimeSpan.FromMinutes(Lots.Minutes + 10);
        LotSignal[] signals = [new MetricLots(_server), new LogLots(_server), new TraceLots(_server)];
        var ran = Stopwatch.StartNew();
        var runs = signals.Select(s => new Run(s, new Lots(start), _server)).ToList();
        var tasks = runs.SelectMany(r => new[] { WhileNeededAsync(r.WriteAsync), WhileNeededAsync(r.ReadAsync), WhileNeededAsync(r.RewriteAsync) }).ToList();
        tasks.Add(EndWhenEnoughAsync(runs, ran));

        await Task.WhenAll(tasks);
        foreach (var run in runs)
        {
            await run.CheckAllAsync();
            TestContext.Current.TestOutputHelper!.WriteLine($"{run} in {ran.Elapsed.TotalSeconds:0} s");
        }

        _server.Error.ShouldNotContain(" failed");
    }

    private async Task WhileNeededAsync(Func<Task> step)
    {
        try
        {
            while (!_end.IsCancellationRequested) await step();
        }
        finally
        {
            // One that fails ends all.
            await _end.CancelAsync();
        }
    }

    private async Task EndWhenEnoughAsync(IReadOnlyList<Run> runs, Stopwatch ran)
    {
        while (!runs.All(static r => r.HasEnough))
        {
            if (_end.IsCancellationRequested) return;
            if (ran.Elapsed > Patience)
            {
                await _end.CancelAsync();
                throw new ShouldAssertException($"{string.Join("; ", runs)}: {_server.Error}");
            }

            await Task.Delay(20);
        }

        await _end.CancelAsync();
    }

    /// <summary>What was written of one signal and is to be found, or not any more.</summary>
    private sealed class Run(LotSignal signal, Lots lots, ServerProcess server)
    {
        // Blocks of two lots or so are what a merge takes in; and so far are writers ahead.
        private const int LotsPerCycle = 2;
        private readonly Random _random = new(7);
        private int _written;
        private int _deleted;
        private int _cycles;
        private int _reads;
        private int _readsWhileMerged;

        public bool HasEnough => Volatile.Read(ref _cycles) >= Cycles && Volatile.Read(ref _readsWhileMerged) >= Cycles && MergesNow >= Cycles;

        /// <summary>Merges that made fewer of several blocks, by the server's own diagnostics.</summary>
        private int MergesNow => server.Error.Split('\n').Count(
            l => l.Contains($"{signal.Name}: merged", StringComparison.Ordinal) && !l.Contains("(Deletion)", StringComparison.Ordinal));

        private int RewritesNow => server.Error.Split('\n').Count(l => l.Contains($"{signal.Name}: merged", StringComparison.Ordinal));

        /// <summary>Writes the next lot, in requests whose rows lie all over the hours that the test is about.</summary>
        public async Task WriteAsync()
        {
            if (_written >= (Volatile.Read(ref _cycles) + 2) * LotsPerCycle)
            {
                await Task.Delay(10);
                return;
            }

            var lot = _written;
            foreach (var rows in lots.RowsOf(lot).Chunk(Lots.RowsPerRequest)) await signal.WriteAsync(Lots.Kept, lot, rows);
            await signal.WriteAsync(Lots.Doomed, lot, [.. lots.DoomedOf(lot)]);
            Volatile.Write(ref _written, lot + 1);
        }

        /// <summary>Deletes the doomed rows of a lot, and waits until what is to be merged is merged: no merge begins while a deletion is pending.</summary>
        public async Task RewriteAsync()
        {
            if (Volatile.Read(ref _written) < (_cycles + 1) * LotsPerCycle)
            {
                await Task.Delay(10);
                return;
            }

            var lot = _cycles * LotsPerCycle;
            var merges = MergesNow;
            await signal.DeleteAsync(lot, lots.HourOf(lot), lots.HourOf(lot).AddHours(1));
            (await signal.CountAsync(Lots.Doomed, lot, lots.Start, lots.End)).ShouldBe(0, $"{signal.Name}: lot {lot} was deleted");
            Volatile.Write(ref _deleted, lot + 1);
            for (var waited = Stopwatch.StartNew(); MergesNow == merges && await signal.PendingMergesAsync() > 0; await Task.Delay(20))
                waited.Elapsed.ShouldBeLessThan(Patience, $"{signal.Name}: merges are due and do not come: {server.Error}");
            Volatile.Write(ref _cycles, _cycles + 1);
        }

        public async Task ReadAsync()
        {
            var written = Volatile.Read(ref _written);
            if (written == 0)
            {
                await Task.Delay(10);
                return;
            }

            // The newest ones are what is being flushed and merged.
            var rewrites = RewritesNow;
            await CheckAsync(_random.Next(2) == 0 ? written - 1 : _random.Next(written));
            if (Volatile.Read(ref _deleted) is var deleted and > 0)
            {
                var lot = _random.Next((deleted + LotsPerCycle - 1) / LotsPerCycle) * LotsPerCycle;
                (await signal.CountAsync(Lots.Doomed, lot, lots.Start, lots.End)).ShouldBe(0, $"{signal.Name}: deleted rows of lot {lot} came back");
            }

            _reads++;
            if (RewritesNow > rewrites) Volatile.Write(ref _readsWhileMerged, _readsWhileMerged + 1);
        }

        /// <summary>Every lot once more, when nothing is written any more.</summary>
        public async Task CheckAllAsync()
        {
            for (var lot = 0; lot < _written; lot++)
                (await signal.CountAsync(Lots.Kept, lot, lots.Start, lots.End)).ShouldBe(Lots.RowsPerLot, $"{signal.Name}: lot {lot}");
        }

        public override string ToString() =>
            $"{signal.Name}: {_written} lots written, the doomed of {_cycles} deleted, {_reads} reads, {_readsWhileMerged} of them while blocks changed, {MergesNow} merges";

        private async Task CheckAsync(int lot)
        {
            var from = lots.Start.AddMinutes(_random.Next(Lots.Minutes - 1));
            var to = _random.Next(2) == 0 ? lots.End : from.AddMinutes(_random.Next(1, Lots.Minutes));
            if (_random.Next(3) == 0) from = lots.Start;
            var expected = lots.RowsOf(lot).Count(r => r > from && r < to);
            (await signal.CountAsync(Lots.Kept, lot, from, to)).ShouldBe(expected, $"{signal.Name}: lot {lot} from {from:u} to {to:u}");
        }
    }
}
