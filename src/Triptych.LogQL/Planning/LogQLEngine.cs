using Triptych.Columnar.Rows;
using Triptych.LogQL.Syntax;
using Triptych.Query;
using Triptych.Query.Budgets;

namespace Triptych.LogQL.Planning;

/// <summary>What a LogQL query may do besides the budgets of each query.</summary>
public sealed record LogQLOptions
{
    /// <summary>The most series of a metric answer (Loki's limit).</summary>
    public int MaxSeries { get; init; } = 500;

    /// <summary>Tells templates the time of a query.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Bounds on the query's text.</summary>
    public LogQLLimits Syntax { get; init; } = LogQLLimits.Default;
}

/// <summary>
/// LogQL over the logs store: a query's text in, lines or series out. It parses, refuses what is not evaluated, moves what it can into
/// the scan
/// (streams, times, line filters, order, limit, the columns really needed), and runs the rest row by row. Memory is charged to the
/// query's context;
/// any thread may call, each query with a context of its own. Expected failures are values; cancellation is an exception.
/// </summary>
public sealed class LogQLEngine(ILogSource source, LogQLOptions options)
{
    /// <summary>
    /// The last time that a query may name, Unix nanoseconds (year 2191); times beyond could overflow with a range added.
    /// </summary>
    public const long MaxUnixNanos = 7_000_000_000_000_000_000;

    /// <summary>What Loki says; clients know the text.</summary>
    private const string NoInstantLogQueries =
        "log queries are not supported as an instant query type, please change your query to a range query type";

    /// <summary>What queries may do.</summary>
    public LogQLOptions Options => options;

    /// <summary>Answers a query.</summary>
    /// <exception cref="OperationCanceledException">The query was cancelled or its deadline passed.</exception>
    public async ValueTask<QueryResult<LogQLAnswer>> QueryAsync(LogQLRequest request, QueryContext context)
    {
        var parsed = LogQLParser.Parse(request.Query, Options.Syntax);
        if (!parsed.Succeeded) return new QueryError(QueryErrorKind.BadData, parsed.Error.ToString());
        if (request.IsInstant && parsed.Value is LogPipeline)
            return new QueryError(QueryErrorKind.BadData, NoInstantLogQueries);
        if (CheckTimes(request) is { } badTime) return badTime;
        if (EvaluationCheck.Find(parsed.Value) is { } notEvaluated) return notEvaluated;
        try
        {
            return await RunAsync(parsed.Value, request, context).ConfigureAwait(false);
        }
        catch (QueryLimitException limit) when (!limit.IsBusy)
        {
            return new QueryError(QueryErrorKind.Execution, limit.Message);
        }
        catch (QueryFailedException failure)
        {
            return new QueryError(failure.Kind, failure.Message);
        }
        catch (IOException failure)
        {
            return new QueryError(QueryErrorKind.Storage, failure.Message);
        }
    }

    private async ValueTask<QueryResult<LogQLAnswer>> RunAsync(LogQLExpression query, LogQLRequest request, QueryContext context)
    {
        var tally = new ScanTally(context);
        var nowUnixNanos = (Options.Clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        if (query is LogPipeline pipeline)
        {
            var lines = await new LogQueryRunner(source, context, tally, nowUnixNanos).RunAsync(pipeline, request).ConfigureAwait(false);
            return new LogQLAnswer(tally.ToStatistics()) { Lines = lines };
        }

        var evaluator = new MetricEvaluator(source, context, request.Grid, tally, nowUnixNanos);
        var value = await evaluator.EvaluateAsync((MetricExpression)query).ConfigureAwait(false);
        if (value.Matrix is { } matrix && matrix.Rows.Count > Options.MaxSeries)
        {
            return new QueryError(
                QueryErrorKind.Execution,
                $"maximum number of series ({Options.MaxSeries}) reached for a single query; consider reducing query cardinality by "
                + "adding more specific stream selectors, reducing the time range, or aggregating results with functions like sum, count or topk");
        }

        return new LogQLAnswer(tally.ToStatistics()) { Matrix = value.Matrix, Scalar = value.Matrix is null ? value.Scalar : null };
    }

    private static QueryError? CheckTimes(LogQLRequest request)
    {
        if (request.Grid.Count is < 1 or > Query.Steps.StepGrid.MaxSteps || request.Grid.Step < 1)
            return new QueryError(QueryErrorKind.BadData, $"a query has at least one and at most {Query.Steps.StepGrid.MaxSteps} steps");
        long[] times = [request.Grid.Start, request.Grid.End, request.StartUnixNanos, request.EndUnixNanos];
        return Array.Exists(times, t => t is < 0 or > MaxUnixNanos)
            ? new QueryError(QueryErrorKind.BadData, "times lie between 1970 and 2191")
            : null;
    }
}
