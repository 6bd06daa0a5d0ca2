using Triptych.Model;
using Triptych.Primitives.Memory;
using Triptych.Query;
using Triptych.Query.Budgets;

namespace Triptych.Api.Http;

/// <summary>A query that ended: the answer or the reason why there is none, and the context that knows its warnings and costs.</summary>
public sealed record QueryRun<T>(QueryResult<T> Result, QueryContext Context)
    where T : class;

/// <summary>
/// Runs the queries of all languages: so many at a time, each with a context of its own and a deadline. A query waits for a slot, and its
/// deadline runs while it waits. What ends a query early is a <see cref="QueryError"/>, never an exception. One per server; any thread may call.
/// </summary>
/// <param name="limits">What each query may use.</param>
/// <param name="maxConcurrent">Queries that may run at once, at least 1.</param>
/// <param name="time">The clock of deadlines and durations.</param>
public sealed class QueryRunner(QueryLimits limits, int maxConcurrent, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(maxConcurrent, maxConcurrent);

    /// <summary>What each query may use.</summary>
    public QueryLimits Limits => limits;

    /// <summary>Runs one query.</summary>
    /// <param name="language">The language's name in the metrics: <c>promql</c>, <c>logql</c> or <c>traceql</c>.</param>
    /// <param name="tenant">Whose data.</param>
    /// <param name="requestedTimeout">A shorter deadline than the limit, as the client asked for; null for the limit.</param>
    /// <param name="run">The evaluation.</param>
    /// <param name="requestAborted">Ends when the client goes away.</param>
    public async Task<QueryRun<T>> RunAsync<T>(
        string language,
        TenantId tenant,
        TimeSpan? requestedTimeout,
        Func<QueryContext, ValueTask<QueryResult<T>>> run,
        CancellationToken requestAborted)
        where T : class
    {
        var timeout = requestedTimeout < limits.Timeout ? requestedTimeout.Value : limits.Timeout;
        using var deadline = new CancellationTokenSource(timeout > TimeSpan.Zero ? timeout : TimeSpan.Zero, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(requestAborted, deadline.Token);
        var context = new QueryContext(tenant, limits, linked.Token);
        var arrived = time.GetTimestamp();
        QueryResult<T> result;
        try
        {
            result = await RunInSlotAsync(language, context, run, arrived);
        }
        catch (OperationCanceledException) when (linked.IsCancellationRequested)
        {
            result = !requestAborted.IsCancellationRequested
                ? new QueryError(QueryErrorKind.Timeout, $"query timed out after {timeout.TotalSeconds:0.###} s")
                : new QueryError(QueryErrorKind.Canceled, "query was canceled: the client went away");
        }
        catch (OperationCanceledException)
        {
            result = new QueryError(QueryErrorKind.Canceled, "query was canceled");
        }
        catch (Exception e) when (e is QueryLimitException or MemoryBudgetExceededException)
        {
            result = new QueryError(QueryErrorKind.Execution, e.Message);
        }
        catch (QueryFailedException e)
        {
            result = new QueryError(e.Kind, e.Message);
        }
        catch (IOException e)
        {
            result = new QueryError(QueryErrorKind.Storage, e.Message);
        }

        var outcome = result.Error is null ? "success" : NameOf(result.Error.Kind);
        QueryInstruments.Queries.Add(1, new("language", language), new("outcome", outcome));
        QueryInstruments.Duration.Record(time.GetElapsedTime(arrived).TotalSeconds, new KeyValuePair<string, object?>("language", language));
        return new QueryRun<T>(result, context);
    }

    /// <inheritdoc/>
    public void Dispose() => _slots.Dispose();

    private async Task<QueryResult<T>> RunInSlotAsync<T>(
        string language, QueryContext context, Func<QueryContext, ValueTask<QueryResult<T>>> run, long arrived)
        where T : class
    {
        await _slots.WaitAsync(context.CancellationToken);
        var tag = new KeyValuePair<string, object?>("language", language);
        QueryInstruments.Running.Add(1, tag);
        try
        {
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
        _ => "storage",
    };
}
