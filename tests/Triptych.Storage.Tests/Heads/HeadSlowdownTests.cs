using Triptych.Model.Append;
using Triptych.Storage.Heads;
using Triptych.Testing;

namespace Triptych.Storage.Tests.Heads;

/// <summary>What comes while a head is flushed is slowed to what can be flushed.</summary>
public sealed class HeadSlowdownTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task An_append_is_answered_when_the_flush_is_over_that_keeps_a_full_head_in_memory()
    {
        await using var fixture = await KeeperFixture.OpenAsync(configure: Small);
        var hold = await BeginFlushAsync(fixture);
        (await fixture.AppendAsync(5).AsTask().WaitAsync(Patience)).Status.ShouldBe(AppendStatus.Ok, "part of a head beside the one that is flushed is no reason to wait");
        var slowed = fixture.AppendAsync(6, 7, 8).AsTask();
        (await Task.WhenAny(slowed, Task.Delay(100))).ShouldNotBe(slowed);
        (await fixture.ReadAsync()).ShouldBe([1, 2, 3, 4, 5, 6, 7, 8]);

        hold.SetResult();

        (await slowed.WaitAsync(Patience)).Status.ShouldBe(AppendStatus.Ok);
        (await fixture.ReadAsync()).ShouldBe([1, 2, 3, 4, 5, 6, 7, 8]);
    }

    [Fact]
    public async Task A_flush_that_takes_long_holds_an_answer_back_only_so_long()
    {
        await using var fixture = await KeeperFixture.OpenAsync(configure: o => Small(o) with { MaxSlowdown = TimeSpan.FromMilliseconds(1) });
        var hold = await BeginFlushAsync(fixture);

        (await fixture.AppendAsync(5, 6, 7, 8).AsTask().WaitAsync(Patience)).Status.ShouldBe(AppendStatus.Ok);

        hold.Task.IsCompleted.ShouldBeFalse();
        hold.SetResult();
    }

    [Fact]
    public async Task A_flush_that_failed_holds_nothing_back()
    {
        var never = TimeSpan.FromHours(1);
        await using var fixture = await KeeperFixture.OpenAsync(configure: o => Small(o) with { MinRetryDelay = never, MaxRetryDelay = never });
        fixture.Signal.AfterWrite = () => throw new IOException("no room");
        await fixture.AppendAsync(1, 2, 3, 4);
        await WhenAsync(() => fixture.Events.Count("flush_failed") > 0);

        (await fixture.AppendAsync(5, 6, 7, 8).AsTask().WaitAsync(Patience)).Status.ShouldBe(AppendStatus.Ok);
    }

    /// <summary>Fills a head; its flush goes on when the result is set.</summary>
    private static async Task<TaskCompletionSource> BeginFlushAsync(KeeperFixture fixture)
    {
        var writing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        fixture.Signal.AfterWrite = async () =>
        {
            writing.TrySetResult();
            await hold.Task.WaitAsync(Patience);
        };
        await fixture.AppendAsync(1, 2, 3, 4);
        await writing.Task.WaitAsync(Patience);
        return hold;
    }

    private static async Task WhenAsync(Func<bool> condition)
    {
        var start = Environment.TickCount64;
        while (!condition())
        {
            (Environment.TickCount64 - start).ShouldBeLessThan((long)Patience.TotalMilliseconds);
            await Task.Delay(5);
        }
    }

    private static HeadOptions Small(HeadOptions options) => options with { FlushHeadBytes = 4 * 8, MaxSlowdown = TimeSpan.FromMinutes(10) };
}
