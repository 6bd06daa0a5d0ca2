using Triptych.Primitives.Threading;

namespace Triptych.Primitives.Tests.Threading;

public sealed class WorkerPoolTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Work_runs_on_the_named_threads_and_its_result_comes_back()
    {
        await using var pool = new WorkerPool("scan", threadCount: 2, queueLength: 4);
        var names = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => pool.RunAsync(() => Thread.CurrentThread.Name, Stop).AsTask()));
        names.ShouldAllBe(name => name == "scan-0" || name == "scan-1");
    }

    [Fact]
    public async Task Exceptions_reach_the_caller_and_the_worker_lives_on()
    {
        await using var pool = new WorkerPool("scan", 1, 1);
        await Should.ThrowAsync<InvalidDataException>(async () => await pool.RunAsync(() => throw new InvalidDataException("x"), Stop));
        (await pool.RunAsync(() => 5, Stop)).ShouldBe(5);
    }

    [Fact]
    public async Task Callers_wait_while_the_queue_is_full_and_can_give_up()
    {
        await using var pool = new WorkerPool("scan", 1, 1);
        using var started = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        var running = pool.RunAsync(
            () =>
            {
                started.Set();
                release.Wait(Stop);
            },
            Stop).AsTask();
        started.Wait(Stop);
        using var cancel = new CancellationTokenSource();
        var ran = 0;
        var queued = pool.RunAsync(() => { ran++; }, cancel.Token).AsTask();
        var waiting = pool.RunAsync(() => { ran++; }, cancel.Token).AsTask();
        pool.QueuedCount.ShouldBe(1);
        waiting.IsCompleted.ShouldBeFalse();
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(waiting);
        release.Set();
        await running;
        await Should.ThrowAsync<OperationCanceledException>(queued);
        ran.ShouldBe(0);
    }

    [Fact]
    public async Task Disposal_drains_the_queue_and_refuses_what_comes_later()
    {
        var pool = new WorkerPool("scan", 2, 100);
        var done = 0;
        var tasks = Enumerable.Range(0, 50).Select(_ => pool.RunAsync(
            () =>
            {
                Thread.Sleep(1);
                Interlocked.Increment(ref done);
            },
            Stop).AsTask()).ToList();
        await pool.DisposeAsync();
        done.ShouldBe(50);
        await Task.WhenAll(tasks);
        await pool.DisposeAsync();
        await Should.ThrowAsync<ObjectDisposedException>(async () => await pool.RunAsync(() => { }, Stop));
    }
}
