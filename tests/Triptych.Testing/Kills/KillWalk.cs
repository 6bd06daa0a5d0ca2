using System.Diagnostics;

namespace Triptych.Testing.Kills;

/// <summary>
/// Tells a <see cref="KillStory"/> again and again, each time killed one call to disk, object store or metastore later, and checks what the next starts
/// find. Half of the second lives are killed as well, at a call by chance: in what they do to recover. With TRIPTYCH_TEST_LONG=1 the story is killed at
/// every call, otherwise at each <paramref name="stride"/>th that changes something.
/// </summary>
/// <param name="signal">Whose store.</param>
/// <param name="stride">How many changes lie between two kills in an ordinary run.</param>
public sealed class KillWalk(IKillSignal signal, int stride)
{
    // A recovery of this store makes about so many calls that change something.
    private const int RecoveryChanges = 30;

    // About so many of its calls are there for one that changes something.
    private const int ReadsPerChange = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static bool IsLong => Environment.GetEnvironmentVariable("TRIPTYCH_TEST_LONG") == "1";

    /// <summary>The story without a kill: fails when a kind of step is missing in it. Returns how many calls it makes.</summary>
    public async Task<int> TellAsync()
    {
        await using var world = KilledWorld.Create();
        using var crash = new CrashSwitch();
        var story = new KillStory(signal);
        await using var life = await KillLife.OpenAsync(signal, world, crash);
        await story.TellAsync(life);
        var calls = crash.Calls;
        var lines = life.Events.Lines;
        string[] steps =
        [
            $"merged {signal.Signal} Flushed", $"merged {signal.Signal} ClosedWindow", $"merged {signal.Signal} Deletion", $"merged {signal.Signal} Retention",
            $"rule_over_size {signal.Signal} 1", $"expired {signal.Signal} Time", $"deleted {signal.Signal}",
        ];
        foreach (var step in steps)
        {
            if (!lines.Any(l => l.StartsWith(step, StringComparison.Ordinal)))
                throw new KillFailedException($"the story does not have: {step}\n{string.Join('\n', lines)}");
        }

        await story.SettleAsync(life);
        await story.CheckSettledAsync(life);
        return calls;
    }

    /// <summary>
    /// The walk. Any answer but the right one is a <see cref="KillFailedException"/> that says where the kill was. Calls that change nothing are walked
    /// through when it is killed before them and nothing gets lost. As many stories as there are cores are told at a time; each has a world of its own.
    /// </summary>
    /// <param name="after">Whether the calls at which it is killed are still made.</param>
    /// <param name="leftover">What the next start finds of what was not flushed.</param>
    public async Task<KillCount> RunAsync(bool after, Leftover leftover)
    {
        var started = Stopwatch.GetTimestamp();
        var step = IsLong ? 1 : CountsReads(after, leftover) ? stride * ReadsPerChange : stride;
        var (kills, secondKills, isOver) = (0, 0, false);

        // Each way of dying, and each signal, begins elsewhere, so that an ordinary run as a whole comes by more places.
        var first = ((int)leftover * 7) + (after ? 3 : 0) + ((int)signal.Signal * 2);
        var next = (IsLong ? 0 : first % step) - step;
        await Task.WhenAll(Enumerable.Range(0, Environment.ProcessorCount).Select(_ => Task.Run(WalkAsync)));
        return new KillCount(kills, secondKills, Stopwatch.GetElapsedTime(started));

        async Task WalkAsync()
        {
            try
            {
                while (!Volatile.Read(ref isOver))
                {
                    var at = Interlocked.Add(ref next, step);
                    var when = $"killed {(after ? "after" : "before")} call {at}, left {leftover}";
                    if (await KillAsync(at, after, leftover, when) is not { } both)
                        return;
                    Interlocked.Increment(ref kills);
                    if (both)
                        Interlocked.Increment(ref secondKills);
                }
            }
            finally
            {
                // The story ended before its kill, or a walk failed.
                Volatile.Write(ref isOver, true);
            }
        }
    }

    /// <summary>Null when the story ends before the kill; otherwise whether there was a second one.</summary>
    private async Task<bool?> KillAsync(int at, bool after, Leftover leftover, string when)
    {
        var random = new Random((at * 16) + ((int)leftover * 2) + (after ? 1 : 0));
        var story = new KillStory(signal);
        var world = KilledWorld.Create();
        try
        {
            using (var crash = new CrashSwitch(at, after, CountsReads(after, leftover)))
            {
                await InTimeAsync(LiveAsync(world, crash, story.TellAsync), when + ", dying");
                if (!crash.IsDead)
                    return null;
            }

            world = await world.AfterKillAsync(leftover, seed: at);
            var second = random.Next(2) == 0;
            if (second)
            {
                var countsReads = CountsReads(after, leftover);
                var calls = countsReads ? RecoveryChanges * ReadsPerChange : RecoveryChanges;
                using var crash = new CrashSwitch(random.Next(calls), random.Next(2) == 0, countsReads);
                await InTimeAsync(LiveAsync(world, crash, story.SettleAsync), when + ", dying again");
                second = crash.IsDead;
                when += second ? $" and again at call {crash.Calls}" : "";
                if (second)
                    world = await world.AfterKillAsync(leftover, seed: at);
            }

            await InTimeAsync(CheckAsync(world, story, when), when + ", checked");
            return second;
        }
        finally
        {
            await world.DisposeAsync();
        }
    }

    // Once is enough for the calls that change nothing.
    private static bool CountsReads(bool after, Leftover leftover) => !after && leftover == Leftover.Everything;

    private async Task LiveAsync(KilledWorld world, CrashSwitch crash, Func<KillLife, Task> tell)
    {
        try
        {
            await using var life = await KillLife.OpenAsync(signal, world, crash);
            await tell(life);
        }
        catch (Exception e) when (crash.IsDead && e is IOException or OperationCanceledException)
        {
            // Killed, as it should be.
        }
    }

    private async Task CheckAsync(KilledWorld world, KillStory story, string when)
    {
        using var alive = new CrashSwitch();
        var life = await KillLife.OpenAsync(signal, world, alive);
        try
        {
            await story.CheckAnswerAsync(life);
            await story.SettleAsync(life);
            await story.CheckSettledAsync(life);

            // And nothing of that was so only because this program remembered it.
            await life.DisposeAsync();
            life = await KillLife.OpenAsync(signal, world, alive);
            await story.CheckSettledAsync(life);
        }
        catch (Exception e)
        {
            throw new KillFailedException($"{when}: {e.Message}\n{string.Join('\n', life.StorageEvents.Lines.Concat(life.Events.Lines))}", e);
        }
        finally
        {
            await life.DisposeAsync();
        }
    }

    private static async Task InTimeAsync(Task work, string when)
    {
        try
        {
            await work.WaitAsync(Patience);
        }
        catch (TimeoutException e)
        {
            throw new KillFailedException($"{when}: it hangs", e);
        }
    }
}

/// <summary>How far a <see cref="KillWalk"/> came.</summary>
/// <param name="Kills">Stories that were killed.</param>
/// <param name="SecondKills">Those of them whose recovery was killed as well.</param>
/// <param name="Duration">How long it took.</param>
public sealed record KillCount(int Kills, int SecondKills, TimeSpan Duration);
