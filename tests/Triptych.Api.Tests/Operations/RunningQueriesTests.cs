using Microsoft.AspNetCore.Http;
using Triptych.Api.Http;
using Triptych.Api.Operations;
using Triptych.Columnar;
using Triptych.Model;
using Triptych.Query;
using Triptych.Query.Budgets;

namespace Triptych.Api.Tests.Operations;

public class RunningQueriesTests
{
    private static readonly QueryOrigin Origin = new("GET /api/v1/query", "up", "127.0.0.1", "curl");
    private readonly RunningQueries _running = new(TimeProvider.System);

    [Fact]
    public async Task A_query_is_listed_while_it_runs_with_what_it_has_read_and_holds()
    {
        using var runner = Runner(slots: 1);
        var read = new TaskCompletionSource();
        var mayEnd = new TaskCompletionSource();
        var query = RunAsync(runner, async context =>
        {
            context.Charge(700);
            context.BytesRead = 5;
            using (context.Follow(new ScanStatistics { BytesRead = 30, RowsRead = 3 }))
            {
            }

            using var followed = context.Follow(new ScanStatistics { BytesRead = 100, RowsRead = 10 });
            read.SetResult();
            await mayEnd.Task;
        });
        await read.Task;
        var listed = _running.List().ShouldHaveSingleItem();
        (listed.Language, listed.Tenant.Name, listed.Origin.Text, listed.IsRunning).ShouldBe(("promql", "a", "up", true));
        listed.Progress.ShouldBe(new QueryProgress(130, 13), "the scan that ended and the one under way");
        listed.MemoryBytes.ShouldBe(700);
        listed.Waited.ShouldBeLessThanOrEqualTo(listed.Elapsed);
        mayEnd.SetResult();
        (await query).Result.Value.ShouldBe("done");
        _running.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_stopped_query_ends_and_says_who_stopped_it_and_others_go_on()
    {
        using var runner = Runner(slots: 2);
        var stopped = HangAsync(runner);
        var other = HangAsync(runner);
        var listed = _running.List();
        listed.Count.ShouldBe(2);
        _running.TryStop(listed[0].Id).ShouldBeTrue();
        var ended = await await Task.WhenAny(stopped, other);
        ended.Result.Error.ShouldBe(new QueryError(QueryErrorKind.Stopped, "query was stopped by an operator"));
        var left = _running.List().ShouldHaveSingleItem();
        left.Id.ShouldBe(listed[1].Id);
        _running.TryStop(listed[0].Id).ShouldBeFalse("it is over");
        _running.TryStop(left.Id).ShouldBeTrue();
        (await Task.WhenAll(stopped, other)).ShouldAllBe(run => run.Result.Error!.Kind == QueryErrorKind.Stopped);
    }

    [Fact]
    public async Task A_query_that_waits_for_its_turn_is_listed_as_waiting_and_can_be_stopped()
    {
        using var runner = Runner(slots: 1);
        var first = HangAsync(runner);
        var second = RunAsync(runner, _ => throw new InvalidOperationException("it never has its turn"));
        var waiting = _running.List().Single(q => !q.IsRunning);
        _running.TryStop(waiting.Id);
        (await second).Result.Error!.Kind.ShouldBe(QueryErrorKind.Stopped);
        _running.TryStop(_running.List().ShouldHaveSingleItem().Id);
        (await first).Result.Error!.Kind.ShouldBe(QueryErrorKind.Stopped);
    }

    [Fact]
    public async Task A_language_that_calls_a_cancellation_a_failure_of_its_own_is_told_apart_all_the_same()
    {
        using var runner = Runner(slots: 1);
        var query = runner.RunAsync<string>("promql", new TenantId("a"), null, async context =>
        {
            try
            {
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
            }
            catch (OperationCanceledException)
            {
                // As engines do.
            }

            return new QueryError(QueryErrorKind.Canceled, "query timed out in expression evaluation");
        }, TestContext.Current.CancellationToken, Origin);
        _running.TryStop(_running.List().ShouldHaveSingleItem().Id);
        (await query).Result.Error!.Kind.ShouldBe(QueryErrorKind.Stopped);
    }

    [Fact]
    public async Task A_client_that_goes_away_is_not_told_that_an_operator_stopped_its_query()
    {
        using var runner = Runner(slots: 1);
        using var client = new CancellationTokenSource();
        var query = runner.RunAsync<string>("promql", new TenantId("a"), null, Hang, client.Token, Origin);
        await client.CancelAsync();
        (await query).Result.Error!.Kind.ShouldBe(QueryErrorKind.Canceled);
        _running.Count.ShouldBe(0);
    }

    [Fact]
    public void Of_a_request_only_its_address_and_user_agent_are_kept_and_long_texts_are_cut()
    {
        var http = new DefaultHttpContext();
        http.Request.Method = "GET";
        http.Request.Path = "/api/v1/query_range";
        http.Request.Headers.Authorization = "Bearer hidden";
        http.Request.Headers.UserAgent = new string('u', 1000);
        http.Connection.RemoteIpAddress = System.Net.IPAddress.Parse("::ffff:10.0.0.7");
        var origin = QueryOrigin.Of(http, new string('q', QueryOrigin.MaxTextLength - 1) + "\U0001F600").Between(1_000_000_000, 2_000_000_000, 500_000_000);
        (origin.Api, origin.RemoteAddress, origin.IsCut).ShouldBe(("GET /api/v1/query_range", "10.0.0.7", true));
        origin.Text.ShouldBe(new string('q', QueryOrigin.MaxTextLength - 1), "no half of a pair of surrogates");
        origin.UserAgent.Length.ShouldBe(QueryOrigin.MaxAgentLength);
        (origin.StartUnixMs, origin.EndUnixMs, origin.StepMs).ShouldBe((1000, 2000, 500));
        origin.ToString().ShouldNotContain("hidden");
    }

    private static async ValueTask<QueryResult<string>> Hang(QueryContext context)
    {
        await Task.Delay(Timeout.Infinite, context.CancellationToken);
        return "never";
    }

    private QueryRunner Runner(int slots) => new(new QueryLimits(), slots, TimeProvider.System) { Running = _running };

    private static Task<QueryRun<string>> HangAsync(QueryRunner runner) =>
        runner.RunAsync<string>("promql", new TenantId("a"), null, Hang, TestContext.Current.CancellationToken, Origin);

    private static Task<QueryRun<string>> RunAsync(QueryRunner runner, Func<QueryContext, Task> body) =>
        runner.RunAsync<string>("promql", new TenantId("a"), null, async context =>
        {
            await body(context);
            return "done";
        }, TestContext.Current.CancellationToken, Origin);
}
