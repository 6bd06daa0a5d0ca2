using Triptych.Api.Http;
using Triptych.Columnar;
using Triptych.Model;
using Triptych.Query;
using Triptych.Query.Budgets;
using Triptych.Testing;

namespace Triptych.Api.Tests.Http;

/// <summary>Queries over what a store does not have yet, over one slot.</summary>
public class QueryReplayTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task A_query_that_waits_for_replay_gives_its_slot_to_others_and_begins_anew()
    {
        using var runner = new QueryRunner(new QueryLimits { Timeout = TimeSpan.FromHours(1) }, 1, TimeProvider.System, TimeSpan.FromHours(1));
        var ready = new TaskCompletionSource();
        var contexts = new List<QueryContext>();
        var waiting = Run(runner, context =>
        {
            contexts.Add(context);
            context.Warn($"run {contexts.Count}");
            return ready.Task.IsCompleted ? "all of it" : throw NotReady(ready.Task);
        });
        (await Run(runner, _ => "blocks").WaitAsync(Patience)).Result.Value.ShouldBe("blocks");
        waiting.IsCompleted.ShouldBeFalse();
        ready.SetResult();
        var ended = await waiting.WaitAsync(Patience);
        ended.Result.Value.ShouldBe("all of it");
        contexts.Count.ShouldBe(2);
        ended.Context.ShouldBe(contexts[1]);
        ended.Context.Warnings.ShouldBe(["run 2"], "nothing of the first run is left");
    }

    [Fact]
    public async Task A_query_waits_for_so_long_and_is_then_told_when_to_come_again()
    {
        var clock = new ManualClock();
        using var runner = new QueryRunner(new QueryLimits { Timeout = TimeSpan.FromMinutes(2) }, 1, clock, TimeSpan.FromSeconds(10));
        var never = new TaskCompletionSource();
        var waiting = Run(runner, _ => throw NotReady(never.Task));
        clock.Advance(TimeSpan.FromSeconds(9.9));
        waiting.IsCompleted.ShouldBeFalse();
        clock.Advance(TimeSpan.FromSeconds(0.2));
        var error = (await waiting.WaitAsync(Patience)).Result.Error!;
        error.Kind.ShouldBe(QueryErrorKind.NotReady);
        error.Message.ShouldBe("logs: half is there; try again in 5 s");
        error.RetryAfter.ShouldBe(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_query_that_may_not_run_as_long_as_replay_takes_is_told_of_the_replay()
    {
        var clock = new ManualClock();
        using var runner = new QueryRunner(new QueryLimits { Timeout = TimeSpan.FromSeconds(1) }, 1, clock, TimeSpan.FromSeconds(10));
        var waiting = Run(runner, _ => throw NotReady(new TaskCompletionSource().Task));
        clock.Advance(TimeSpan.FromSeconds(1.1));
        (await waiting.WaitAsync(Patience)).Result.Error!.Kind.ShouldBe(QueryErrorKind.NotReady);
    }

    [Fact]
    public async Task The_wait_of_all_runs_of_a_query_together_is_bounded()
    {
        var clock = new ManualClock();
        using var runner = new QueryRunner(new QueryLimits { Timeout = TimeSpan.FromMinutes(2) }, 1, clock, TimeSpan.FromSeconds(10));
        var runs = 0;
        var ended = await Run(runner, _ =>
        {
            runs++;
            clock.Advance(TimeSpan.FromSeconds(3));
            throw NotReady(Task.CompletedTask);
        }).WaitAsync(Patience);
        ended.Result.Error!.Kind.ShouldBe(QueryErrorKind.NotReady);
        runs.ShouldBe(4);
    }

    [Fact]
    public async Task A_client_that_goes_away_while_its_query_waits_for_replay_ends_it()
    {
        using var runner = new QueryRunner(new QueryLimits(), 1, TimeProvider.System, TimeSpan.FromHours(1));
        using var client = new CancellationTokenSource();
        var waiting = Run(runner, _ => throw NotReady(new TaskCompletionSource().Task), client.Token);
        await client.CancelAsync();
        (await waiting.WaitAsync(Patience)).Result.Error!.Kind.ShouldBe(QueryErrorKind.Canceled);
    }

    private static Task<QueryRun<string>> Run(QueryRunner runner, Func<QueryContext, string> run, CancellationToken aborted = default) =>
        runner.RunAsync<string>("test", TenantId.Default, null, context => ValueTask.FromResult<QueryResult<string>>(run(context)), aborted);

    private static SourceNotReadyException NotReady(Task ready) => new(() => "logs: half is there", token => ready.WaitAsync(token), TimeSpan.FromSeconds(5));
}
