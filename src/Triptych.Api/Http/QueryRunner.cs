using Triptych.Api.Operations;
using Triptych.Columnar;
using Triptych.Model;
using Triptych.Primitives.Memory;
using Triptych.Query;
using Triptych.Query.Budgets;

namespace Triptych.Api.Http;

/// <summary>
/// A query that ended: the answer or the reason why there is none, and the context that knows its warnings and costs. An answer counts among
/// what all queries may hold together until this is disposed of, which is when it has been written.
/// </summary>
public sealed record QueryRun<T>(QueryResult<T> Result, QueryContext Context) : IDisposable
    where T : class
{
    /// <inheritdoc/>
    public void Dispose() => Context.LetGo();
}

/// <summary>
/// Runs the queries of all languages: so many at a time, each with a context of its own and a deadline. A query waits for a slot, and its
/// deadline runs while it waits. A query over what a store has not replayed yet gives its slot back, waits for so long, and begins anew; when
/// it is not there by then the client is told when to ask again. What ends a query early is a <see cref="QueryError"/>, never an exception.
/// One per server; any thread may call.
/// </summary>
/// <param name="limits">What each query may use.</param>
/// <param name="maxConcurrent">Queries that may run at once, at least 1.</param>
/// <param name="time">The clock of deadlines and durations.</param>
/// <param name="replayWait">The longest that a query waits for replay, from its arrival on; null is <see cref="DefaultReplayWait"/>.</param>
public sealed class QueryRunner(QueryLimits limits, int maxConcurrent, TimeProvider time, TimeSpan? replayWait = null) : IDisposable
{
    /// <summary>Shorter than the time that dashboards and proxies commonly give an answer.</summary>
    public static readonly TimeSpan DefaultReplayWait = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan BusyRetryAfter = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _slots = new(maxConcurrent, maxConcurrent);
    private readonly TimeSpan _replayWait = replayWait ?? DefaultReplayWait;

    /// <summary>What each query may use.</summary>
    public QueryLimits Limits => limits;

    /// <summary>What all queries that run may hold together, those of other runners among them where they are given the same; null for no such bound.</summary>
    public MemoryBudget? Together { get; init; }

    /// <summary>Where queries stand while they wait and run, and by which they can be stopped; null where nobody looks.</summary>
    public RunningQueries? Running { get; init; }

    /// <summary>Told of the most bytes that a query held, when it has ended; its answer may still be on its way to the client.</summary>
    public Action<long>? OnEnded { get; init; }

    /// <summary>Runs one query.</summary>
    /// <param name="language">The language's name in the metrics: <c>promql</c>, <c>logql</c> or <c>traceql</c>.</param>
    /// <param name="tenant">Whose data.</param>
    /// <param name="requestedTimeout">A shorter deadline than the limit, as the client asked for; null for the limit.</param>
    /// <param name="run">The evaluation; it is run again, with a new context, when a store did not have everything yet.</param>
    /// <param name="requestAborted">Ends when the client goes away.</param>
    /// <param name="origin">What is asked and who asks, for the list of running queries; null to stay out of it.</param>
    public async Task<QueryRun<T>> RunAsync<T>(
        string language,
        TenantId tenant,
        TimeSpan? requestedTimeout,
        Func<QueryContext, ValueTask<QueryResult<T>>> run,
        CancellationToken requestAborted,
        QueryOrigin? origin = null)
        where T : class
    {
        var timeout = requestedTimeout < limits.Timeout ? requestedTimeout.Value : limits.Timeout;
        using var deadline = new CancellationTokenSource(timeout > TimeSpan.Zero ? timeout : TimeSpan.Zero, time);
        using var running = origin is null ? null : Running?.Add(language, tenant, origin, timeout);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(requestAborted, deadline.Token, running?.Stopped ?? default);
        var arrived = time.GetTimestamp();
        while (true)
        {
            var context = new QueryContext(tenant, limits, linked.Token, new MemoryBudget("query", limits.MaxBytes, Together));
            running?.Begin(context);
            QueryResult<T>? ended = null;
            try
            {
                ended = await TryRunAsync(language, context, run, arrived, timeout, running, requestAborted);
            }
            finally
            {
                if (ended?.Value is null) context.LetGo();
            }

            if (running is { Stopped.IsCancellationRequested: true } && ended?.Value is null && !requestAborted.IsCancellationRequested)
            {
                // Languages say of every cancellation that it was one.
                ended = new QueryError(QueryErrorKind.Stopped, "query was stopped by an operator");
            }

            if (ended is not { } result) continue;
            OnEnded?.Invoke(context.Memory.Peak);
            var outcome = result.Error is null ? "success" : NameOf(result.Error.Kind);
            QueryInstruments.Queries.Add(1, new("language", language), new("outcome", outcome));
            QueryInstruments.Duration.Record(
                time.GetElapsedTime(arrived).TotalSeconds, new KeyValuePair<string, object?>("language", language));
            return new QueryRun<T>(result, context);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _slots.Dispose();

    /// <summary>How the query ended; null when it is to be run again, for what it was waiting for is there.</summary>
    private async Task<QueryResult<T>?> TryRunAsync<T>(
        string language,
        QueryContext context,
        Func<QueryContext, ValueTask<QueryResult<T>>> run,
        long arrived,
        TimeSpan timeout,
        RunningQuery? running,
        CancellationToken requestAborted)
        where T : class
    {
        try
        {
            try
            {
                return await RunInSlotAsync(language, context, run, arrived, running);
            }
            catch (SourceNotReadyException e)
            {
                if (await IsReadyInTimeAsync(e, arrived, context.CancellationToken, requestAborted)) return null;
                return new QueryError(QueryErrorKind.NotReady, $"{e.Describe()}; try again in {e.RetryAfter.TotalSeconds:0} s")
                {
                    RetryAfter = e.RetryAfter,
                };
            }
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            return !requestAborted.IsCancellationRequested
                ? new QueryError(QueryErrorKind.Timeout, $"query timed out after {timeout.TotalSeconds:0.###} s")
                : new QueryError(QueryErrorKind.Canceled, "query was canceled: the client went away");
        }
        catch (OperationCanceledException)
        {
            return new QueryError(QueryErrorKind.Canceled, "query was canceled");
        }
        catch (Exception e) when (e is QueryLimitException { IsBusy: true }
            || (e is MemoryBudgetExceededException refused && refused.AvailableBytes >= refused.RequestedBytes))
        {
            return new QueryError(
                QueryErrorKind.NotReady,
                $"the queries that run now hold nearly all of the {Together?.Limit} bytes that they may hold together; "
                    + $"try again in {BusyRetryAfter.TotalSeconds:0} s")
            {
                RetryAfter = BusyRetryAfter,
            };
        }
        catch (MemoryBudgetExceededException e) when (e.BudgetName == context.Memory.Name)
        {
            return new QueryError(QueryErrorKind.Execution, $"query would hold more than {limits.MaxBytes} bytes of memory (query.max_memory)");
        }
        catch (Exception e) when (e is QueryLimitException or MemoryBudgetExceededException)
        {
            return new QueryError(QueryErrorKind.Execution, e.Message);
        }
        catch (QueryFailedException e)
        {
            return new QueryError(e.Kind, e.Message);
        }
        catch (IOException e)
        {
            return new QueryError(QueryErrorKind.Storage, e.Message);
        }
    }

    /// <summary>Waits until what is missing is there; false when that takes longer than queries wait, or than this one may.</summary>
    private async Task<bool> IsReadyInTimeAsync(
        SourceNotReadyException notReady, long arrived, CancellationToken deadline, CancellationToken requestAborted)
    {
        var left = _replayWait - time.GetElapsedTime(arrived);
        if (left <= TimeSpan.Zero) return false;
        using var limit = new CancellationTokenSource(left, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, deadline);
        try
        {
            await notReady.WhenReadyAsync(either.Token);
            return true;
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested && !requestAborted.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task<QueryResult<T>> RunInSlotAsync<T>(
        string language, QueryContext context, Func<QueryContext, ValueTask<QueryResult<T>>> run, long arrived, RunningQuery? running)
        where T : class
    {
        await _slots.WaitAsync(context.CancellationToken);
        var tag = new KeyValuePair<string, object?>("language", language);
        QueryInstruments.Running.Add(1, tag);
        try
        {
            running?.Run();
            QueryInstruments.Wait.Record(time.GetElapsedTime(arrived).TotalSeconds, tag);
            return await run(context);
        }
        finally
        {
            QueryInstruments.Running.Add(-1, tag);
            _slots.Release();
        }
    }

    private static string NameOf(QueryErrorKind kind) => kind switch
    {
        QueryErrorKind.BadData => "bad_data",
        QueryErrorKind.NotEvaluated => "not_evaluated",
        QueryErrorKind.Execution => "execution",
        QueryErrorKind.Timeout => "timeout",
        QueryErrorKind.Canceled => "canceled",
        QueryErrorKind.Stopped => "stopped",
        QueryErrorKind.NotReady => "not_ready",
        _ => "storage",
    };
}
