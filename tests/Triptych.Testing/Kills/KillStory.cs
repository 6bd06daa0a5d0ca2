using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Primitives.Checksums;
using Triptych.Storage.Catalog;
using Triptych.Storage.Deletion;

namespace Triptych.Testing.Kills;

/// <summary>
/// A day of a store's life, told until a kill ends it, and what has to be true of every life after that. Knows what was asked for and what was
/// acknowledged. Each kind of step is in it: appends, flushes, the merges of open and of closed windows, a deletion, retention by time, by a rule's time and
/// by a rule's size, the removal of files. One thread at a time.
/// </summary>
public sealed class KillStory(IKillSignal signal)
{
    private const long HourMs = 3_600_000;
    private static readonly DateTimeOffset Noon = new ManualClock().GetUtcNow();
    private static readonly long NoonMs = Noon.ToUnixTimeMilliseconds();
    private readonly HashSet<KillRow> _tried = [];
    private readonly HashSet<KillRow> _acknowledged = [];
    private readonly HashSet<KillRow> _victims = [];
    private readonly List<(Hash128 Request, KillRow[] Rows)> _unanswered = [];
    private ulong _requests;
    private int _nextKey;
    private bool _deletionIsTried;
    private bool _deletionIsAcknowledged;
    private bool _deletionIsDone;

    /// <summary>The whole day.</summary>
    public async Task TellAsync(KillLife life)
    {
        // Rows that retention will drop as a whole, then four blocks over several windows that are merged soon.
        await FlushAsync(life, 40, 41);
        for (var i = 0; i < 4; i++)
            await FlushAsync(life, 7 + i, 8, 9.5);
        await life.RunAsync();
        await FlushAsync(life, 8, 8.5);
        await AppendSizedAsync(life, 8);
        await AppendAsync(life, 9);

        _deletionIsTried = true;
        _victims.UnionWith(_tried.Where(static r => r.App == "a1"));
        var answer = await life.Upkeep.Deletions.RequestAsync(
            TenantId.Default, signal.Signal, SignalTime.Of(signal.Signal, Noon.AddDays(-40)), SignalTime.Of(signal.Signal, Noon), ["a1"], life.Crash.Dead);
        Expect(answer.Refusal is null, $"the deletion was refused: {answer.Refusal}");
        _deletionIsAcknowledged = true;
        await AppendAsync(life, 8);
        await life.RunAsync();
        _deletionIsDone = life.Upkeep.Deletions.Find(TenantId.Default, answer.Request!.Id) is { Request.State: DeletionState.Done };

        life.World.Clock.Advance(TimeSpan.FromHours(14));
        await FlushAsync(life, -1);
        await life.RunAsync();
        await life.SweepAsync();
        await AppendAsync(life, -2);
    }

    /// <summary>What a start after a kill has to do sooner or later: clients send again what was not answered, all becomes blocks, upkeep works.</summary>
    public async Task SettleAsync(KillLife life)
    {
        foreach (var request in _unanswered.ToArray())
            await SendAsync(life, request.Request, request.Rows);
        await life.RunAsync();
        await life.Store.FlushAllAsync(life.Crash.Dead);
        await life.RunAsync();
    }

    /// <summary>What every query may see at any time: nothing acknowledged is missing, nothing is there twice, nothing comes from nowhere.</summary>
    public async Task<IReadOnlyList<KillRow>> CheckAnswerAsync(KillLife life)
    {
        var rows = await life.Store.ReadAsync(CancellationToken.None);
        var found = rows.ToHashSet();
        Expect(found.Count == rows.Count, $"{rows.Count - found.Count} rows are there twice");
        Expect(found.IsSubsetOf(_tried), "there are rows that nobody sent");
        var now = life.NowMs;
        var lost = _acknowledged.Where(r => !found.Contains(r) && !IsPast(r, now) && !(_deletionIsTried && _victims.Contains(r))).ToList();
        Expect(lost.Count == 0, $"acknowledged, neither deleted nor past their time, and not there: {string.Join(' ', lost)}");
        if (_deletionIsDone)
            Expect(!found.Overlaps(_victims), "deleted rows came back");
        return rows;
    }

    /// <summary>The above, and what is true when all is settled: what was deleted is gone, and the store holds nothing but what it has to.</summary>
    public async Task CheckSettledAsync(KillLife life)
    {
        var rows = await CheckAnswerAsync(life);
        var now = life.NowMs;
        Expect(rows.All(r => r.TimeMs > now - KillLife.Kept.TotalMilliseconds), "rows past their time are there");
        Expect(rows.All(static r => r.App != KillRow.SizedApp), "rows beyond their rule's size are there");
        var left = rows.Where(_victims.Contains).ToList();
        if (_deletionIsAcknowledged)
            Expect(left.Count == 0, $"deleted and there: {string.Join(' ', left)}");
        var keptVictims = _victims.Where(r => _acknowledged.Contains(r) && !IsPast(r, now)).ToList();
        Expect(left.Count == 0 || keptVictims.TrueForAll(left.Contains), $"a deletion that was not acknowledged was made in part: only {string.Join(' ', left)} are left");
        var stored = 0L;
        foreach (var block in life.Blocks)
            stored += await signal.CountAsync(life.Services.Objects, block, CancellationToken.None);
        Expect(stored == rows.Count, $"the blocks hold {stored} rows, of which a query sees {rows.Count}");

        await life.SweepAsync();
        var keys = await life.KeysAsync();
        var named = life.Blocks.Select(static b => b.ObjectKey).Order(StringComparer.Ordinal).ToList();
        Expect(keys.SequenceEqual(named, StringComparer.Ordinal), $"objects {string.Join(' ', keys)}, of which the catalog names {string.Join(' ', named)}");
        Expect(life.World.Disk.List("/d/objects/tmp").Count == 0, "unfinished objects stayed behind");
        Expect(life.Events.Lines.All(static l => !l.Contains("failed", StringComparison.Ordinal)), "upkeep failed");
        Expect(life.StorageEvents.Count("block_missing") + life.StorageEvents.Count("wal_quarantined") == 0, "storage is damaged");
        Expect(life.Upkeep.Status().Quarantined.Count == 0, "blocks were set aside");
        Expect(life.Upkeep.Deletions.List(TenantId.Default, null).All(static d => d.Request.State == DeletionState.Done), "a deletion was not completed");
    }

    // Rows of the rule with a size go with the first round of upkeep that finds them in a block.
    private static bool IsPast(KillRow row, long nowMs) =>
        row.App == KillRow.SizedApp || row.TimeMs <= nowMs - (row.App == "a3" ? KillLife.ShortKept : KillLife.Kept).TotalMilliseconds;

    private static void Expect(bool holds, string otherwise)
    {
        if (!holds)
            throw new KillFailedException(otherwise);
    }

    private async Task FlushAsync(KillLife life, params double[] hoursAgo)
    {
        await AppendAsync(life, hoursAgo);
        await life.Store.FlushAllAsync(life.Crash.Dead);
    }

    private Task AppendAsync(KillLife life, params double[] hoursAgo) => AppendAsync(
        life, [.. hoursAgo.SelectMany(h => Enumerable.Range(0, 4).Select(_ => new KillRow(NoonMs - (long)(h * HourMs) + _nextKey, _nextKey++)))]);

    private Task AppendSizedAsync(KillLife life, double hoursAgo) => AppendAsync(
        life, [.. Enumerable.Range(0, 2).Select(i => new KillRow(NoonMs - (long)(hoursAgo * HourMs) - 1 - i, KillRow.FirstSizedKey + i))]);

    private async Task AppendAsync(KillLife life, KillRow[] rows)
    {
        _tried.UnionWith(rows);
        _requests++;
        var request = new Hash128(_requests, _requests);
        _unanswered.Add((request, rows));
        await SendAsync(life, request, rows);
    }

    private async Task SendAsync(KillLife life, Hash128 request, KillRow[] rows)
    {
        var result = await life.Store.AppendAsync(new AppendContext(TenantId.Default, request), rows, life.Crash.Dead);
        if (result.Status is AppendStatus.Ok or AppendStatus.Duplicate)
        {
            Expect(result.Refusals.Count == 0, $"rows were refused: {string.Join(' ', result.Refusals)}");
            _acknowledged.UnionWith(rows);
            _unanswered.RemoveAll(u => u.Request == request);
            return;
        }

        life.Crash.Dead.ThrowIfCancellationRequested();
        throw new KillFailedException($"an append was answered with {result.Status}");
    }
}
