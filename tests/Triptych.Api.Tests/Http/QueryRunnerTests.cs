using System.Diagnostics.Metrics;
using Triptych.Api.Http;
using Triptych.Model;
using Triptych.Primitives.Memory;
using Triptych.Query;
using Triptych.Query.Budgets;

namespace Triptych.Api.Tests.Http;

public class QueryRunnerTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(30);

    [Fact]
    public async Task An_answer_comes_back_with_its_context()
    {
        using var runner = new QueryRunner(new QueryLimits(), 1, TimeProvider.System);
        var ended = await runner.RunAsync<string>("test", new TenantId("a"), null, context =>
        {
            context.Warn("careful");
            return ValueTask.FromResult<QueryResult<string>>(context.Tenant.Name);
        }, TestContext.Current.CancellationToken);
        ended.Result.Value.ShouldBe("a");
        ended.Context.Warnings.ShouldBe(["careful"]);
    }

    [Theory]
    [InlineData(QueryErrorKind.Execution, "limit")]
    [InlineData(QueryErrorKind.Storage, "io")]
    [InlineData(QueryErrorKind.NotEvaluated, "failed")]
    public async Task Failures_are_values(QueryErrorKind expected, string failure)
    {
        using var runner = new QueryRunner(new QueryLimits(), 1, TimeProvider.System);
        for (var i = 0; i < 3; i++)
        {
            // Three times over one slot: a failure gives it back.
            var ended = await runner.RunAsync<string>("test", TenantId.Default, null, _ => throw (failure switch
            {
                "limit" => new QueryLimitException("why"),
                "io" => new IOException("why"),
                _ => QueryFailedException.NotEvaluated("why"),
            }), TestContext.Current.CancellationToken);
            ended.Result.Error.ShouldBe(new QueryError(expected, "why"));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Queries_share_what_they_may_hold_together_and_give_it_back_when_their_answers_are_written(bool byScan)
    {
        var together = new MemoryBudget("queries", 1000);
        using var runner = new QueryRunner(new QueryLimits { MaxBytes = 800 }, 3, TimeProvider.System) { Together = together };
        var holds = new TaskCompletionSource();
        var mayEnd = new TaskCompletionSource();
        var first = RunAsync(async context =>
        {
            context.Charge(700);
            holds.SetResult();
            await mayEnd.Task;
        });
        await holds.Task;
        var refused = (await RunAsync(Take)).Result.Error.ShouldNotBeNull();
        (refused.Kind, refused.RetryAfter).ShouldBe((QueryErrorKind.NotReady, TimeSpan.FromSeconds(2)));
        refused.Message.ShouldContain("1000 bytes");
        mayEnd.SetResult();
        var answered = await first;
        answered.Result.Value.ShouldBe("done");
        together.Used.ShouldBe(700, "its answer is still to be written");
        answered.Dispose();
        together.Used.ShouldBe(0, "the first query is over, although it returned nothing itself");
        (await RunAsync(Take)).Result.Value.ShouldBe("done");
        (await RunAsync(context =>
        {
            context.Charge(900);
            return Task.CompletedTask;
        })).Result.Error!.Kind.ShouldBe(QueryErrorKind.Execution, "no waiting helps a query that wants more than one may");

        Task Take(QueryContext context)
        {
            if (byScan) context.Memory.Take(400);
            else context.Charge(400);
            return Task.CompletedTask;
        }

        Task<QueryRun<string>> RunAsync(Func<QueryContext, Task> body) => runner.RunAsync<string>("test", TenantId.Default, null, async context =>
        {
            await body(context);
            return "done";
        }, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_bug_is_not_swallowed()
    {
        using var runner = new QueryRunner(new QueryLimits(), 1, TimeProvider.System);
        await Should.ThrowAsync<InvalidOperationException>(() => runner.RunAsync<string>(
            "test", TenantId.Default, null, _ => throw new InvalidOperationException(), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_shorter_deadline_ends_a_query()
    {
        using var patient = new QueryRunner(new QueryLimits(), 1, TimeProvider.System);
        (await HangAsync(patient, Short, TestContext.Current.CancellationToken)).ShouldBe(
            new QueryError(QueryErrorKind.Timeout, "query timed out after 0.03 s"));
        using var strict = new QueryRunner(new QueryLimits { Timeout = Short }, 1, TimeProvider.System);
        (await HangAsync(strict, TimeSpan.FromHours(1), TestContext.Current.CancellationToken)).ShouldBe(
            new QueryError(QueryErrorKind.Timeout, "query timed out after 0.03 s"));
    }

    [Fact]
    public async Task A_client_that_goes_away_cancels_its_query()
    {
        using var runner = new QueryRunner(new QueryLimits(), 1, TimeProvider.System);
        using var client = new CancellationTokenSource(Short);
        (await HangAsync(runner, null, client.Token))!.Kind.ShouldBe(QueryErrorKind.Canceled);
    }

    [Fact]
    public async Task A_query_waits_for_a_slot_and_its_deadline_runs_meanwhile()
    {
        using var runner = new QueryRunner(new QueryLimits(), 1, TimeProvider.System);
        var release = new TaskCompletionSource();
        var started = new TaskCompletionSource();
        var first = runner.RunAsync<string>("test", TenantId.Default, null, async _ =>
        {
            started.SetResult();
            await release.Task;
            return "first";
        }, TestContext.Current.CancellationToken);
        await started.Task;
        var ran = false;
        var second = await runner.RunAsync<string>("test", TenantId.Default, Short, _ =>
        {
            ran = true;
            return ValueTask.FromResult<QueryResult<string>>("second");
        }, TestContext.Current.CancellationToken);
        second.Result.Error!.Kind.ShouldBe(QueryErrorKind.Timeout);
        ran.ShouldBeFalse();
        release.SetResult();
        (await first).Result.Value.ShouldBe("first");
    }

    [Fact]
    public async Task Queries_are_counted_by_language_and_outcome()
    {
        var counted = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == QueryInstruments.MeterName && instrument.Name == "triptych.queries") self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            var text = string.Join(' ', tags.ToArray().Select(t => $"{t.Key}={t.Value}"));
            lock (counted) counted.Add($"{value} {text}");
        });
        listener.Start();
        using var runner = new QueryRunner(new QueryLimits(), 1, TimeProvider.System);
        await runner.RunAsync<string>(
            "counted", TenantId.Default, null, _ => ValueTask.FromResult<QueryResult<string>>("x"), TestContext.Current.CancellationToken);
        await runner.RunAsync<string>("counted", TenantId.Default, null, _ => throw new IOException(), TestContext.Current.CancellationToken);

        // Other tests count at the same time, under their own names.
        lock (counted) counted.Where(c => c.Contains("counted")).ShouldBe(["1 language=counted outcome=success", "1 language=counted outcome=storage"]);
    }

    private static async Task<QueryError?> HangAsync(QueryRunner runner, TimeSpan? timeout, CancellationToken client) =>
        (await runner.RunAsync<string>("test", TenantId.Default, timeout, async context =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);
            return "never";
        }, client)).Result.Error;
}
