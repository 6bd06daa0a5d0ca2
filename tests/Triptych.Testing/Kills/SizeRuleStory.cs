using Triptych.Model;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Storage.Retention;

namespace Triptych.Testing.Kills;

/// <summary>
/// Retention by a rule's size over a signal's real store: blocks of some hours in which four apps have rows, and a rule that lets one of them have half
/// of what it has. What its merger counts is compared with what a query sees. One thread.
/// </summary>
public sealed class SizeRuleStory(IKillSignal signal)
{
    private const string App = "a2";
    private const int Hours = 16;
    private const int RowsOfHour = 80;
    private const long HourMs = 3_600_000;

    /// <summary>The whole story; any step that comes out otherwise is a <see cref="KillFailedException"/>.</summary>
    public async Task TellAsync()
    {
        await using var world = KilledWorld.Create();
        using var alive = new CrashSwitch();
        var rows = await WriteAsync(world, alive);
        var bytes = await CheckCountsAsync(world, alive, rows);

        var rule = new RetentionRule(KillRow.Matchers(App), TimeSpan.Zero, (long)(bytes / 2));
        await using var life = await KillLife.OpenAsync(signal, world, alive, new SignalRetention { Rules = [rule] });
        await life.RunAsync();
        await CheckLeftAsync(life, rows);
        Expect(life.Events.Count($"rule_over_size {signal.Signal}") == 1, "it acts once");
        var rewritten = life.Events.Count($"merged {signal.Signal} Retention");
        Expect(rewritten > 0, "no block was written again");
        await life.RunAsync();
        Expect(life.Events.Count($"merged {signal.Signal} Retention") == rewritten, "blocks are written again although nothing came in");
        Expect(life.Events.Lines.All(static l => !l.Contains("failed", StringComparison.Ordinal)), string.Join('\n', life.Events.Lines));
        var left = 0.0;
        foreach (var block in life.Blocks)
            left += (await CountAsync(life, block, block.MinTime, block.MaxTime)).Bytes;
        Expect(left <= rule.SizeBytes, $"the rule has {left} bytes, and its size is {rule.SizeBytes}");
    }

    private static void Expect(bool holds, string otherwise)
    {
        if (!holds)
            throw new KillFailedException(otherwise);
    }

    private async Task<List<KillRow>> WriteAsync(KilledWorld world, CrashSwitch alive)
    {
        await using var life = await KillLife.OpenAsync(signal, world, alive, new SignalRetention());
        var (all, key) = (new List<KillRow>(), 0);
        for (var hour = 0; hour < Hours; hour++)
        {
            var start = life.NowMs - ((Hours - hour + 1) * HourMs);
            KillRow[] rows = [.. Enumerable.Range(0, RowsOfHour).Select(i => new KillRow(start + (i * HourMs / RowsOfHour) + 1, key++))];
            var result = await life.Store.AppendAsync(new(TenantId.Default, null), rows, CancellationToken.None);
            Expect(result.Refusals.Count == 0, string.Join(' ', result.Refusals));
            all.AddRange(rows);

            // Blocks of one, two, and three hours in turn.
            if (hour % 6 is 0 or 2 or 5)
                await life.Store.FlushAllAsync(CancellationToken.None);
        }

        await life.Store.FlushAllAsync(CancellationToken.None);
        return all;
    }

    /// <summary>The rule's bytes.</summary>
    private async Task<double> CheckCountsAsync(KilledWorld world, CrashSwitch alive, List<KillRow> rows)
    {
        await using var life = await KillLife.OpenAsync(signal, world, alive, new SignalRetention());
        var bytes = 0.0;
        foreach (var block in life.Blocks)
        {
            var inBlock = rows.Where(r => IsIn(r, block.MinTime, block.MaxTime)).ToList();
            var (tally, ofBlock) = await CountAsync(life, block, block.MinTime, block.MaxTime);
            Check(tally, inBlock);
            bytes += ofBlock;

            // And of a part of its time only.
            var third = (block.MaxTime - block.MinTime) / 3;
            (tally, _) = await CountAsync(life, block, block.MinTime + third, block.MaxTime - third);
            Check(tally, inBlock);
        }

        return bytes;
    }

    private void Check(RowTally tally, List<KillRow> inBlock)
    {
        Expect(tally.TotalRows == inBlock.Count, $"{tally.TotalRows} rows of {inBlock.Count}");
        var counted = inBlock.Where(r => r.App == App && IsIn(r, tally.MinTime, tally.MaxTime)).ToList();
        foreach (var (min, max, rows) in tally.SlotsOf(0))
            Expect(rows == counted.Count(r => IsIn(r, min, max)), $"{rows} rows from {min} to {max}");
        Expect(tally.SlotsOf(0).Sum(static s => s.Rows) == counted.Count, $"not all of {counted.Count} rows are counted");
        Expect(tally.OldestOf(0) == counted.Min(TimeOf), $"the oldest is at {tally.OldestOf(0)}");
    }

    private async Task CheckLeftAsync(KillLife life, List<KillRow> rows)
    {
        var left = (await life.Store.ReadAsync(CancellationToken.None)).ToHashSet();
        Expect(rows.Where(static r => r.App != App).All(left.Contains), "rows of others went");
        var kept = rows.Where(r => r.App == App && left.Contains(r)).OrderBy(static r => r.TimeMs).ToList();
        var had = rows.Where(static r => r.App == App).OrderBy(static r => r.TimeMs).ToList();
        Expect(kept.SequenceEqual(had.TakeLast(kept.Count)), "it is not the newest that stayed");
        Expect(kept.Count > had.Count * 0.3 && kept.Count <= had.Count * 0.5, $"{kept.Count} of {had.Count} rows stayed");
    }

    private async Task<(RowTally Tally, double Bytes)> CountAsync(KillLife life, BlockMeta block, long minTime, long maxTime)
    {
        var tally = new RowTally([new RetentionRule(KillRow.Matchers(App), TimeSpan.Zero, 1)], minTime, maxTime);
        var memory = new MemoryBudget("count", MergeJob.DefaultMemoryBytes);
        await signal.Merger.CountAsync(MergeRun.Job(life.Services.Catalog, life.Services.Objects, [block], memory: memory), tally, CancellationToken.None);
        Expect(memory.Used == 0, $"{memory.Used} bytes of memory are still charged");
        return (tally, block.SizeBytes * ((double)tally.SlotsOf(0).Sum(static s => s.Rows) / tally.TotalRows));
    }

    private long TimeOf(KillRow row) => SignalTime.Of(signal.Signal, DateTimeOffset.FromUnixTimeMilliseconds(row.TimeMs));

    private bool IsIn(KillRow row, long minTime, long maxTime) => TimeOf(row) is var time && time >= minTime && time <= maxTime;
}
