using Triptych.Columnar.Rows;
using Triptych.Primitives.Memory;
using Triptych.Query;
using Triptych.Query.Budgets;
using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Planning;

/// <summary>
/// The front door of the language: text, limits and a span source in; assembled traces out. Expected failures are
/// <see cref="QueryError"/> values; an <see cref="IOException"/> of the source passes through, and so does cancellation. Memory
/// is taken from a budget of <see cref="QueryLimits.MaxBytes"/> and given back before a method answers. Any thread may
/// call; each call needs a <see cref="QueryContext"/> of its own.
/// </summary>
public sealed class TraceQLEngine(ISpanSource source)
{
    /// <summary>Finds traces, newest first.</summary>
    public ValueTask<QueryResult<TraceSearchResult>> SearchAsync(TraceSearchRequest request, QueryContext context) =>
        GuardAsync<TraceSearchResult>(context, async budget =>
        {
            if (request.Limit < 1 || request.SpansPerSpanset < 0)
            {
                return BadData("limit must be above 0 and spss not below");
            }

            if (request.EndUnixNanos <= request.StartUnixNanos)
            {
                return BadData("end must be after start");
            }

            var (query, error) = TraceQLParser.ParseAndCheck(request.Query);
            if (error is not null)
            {
                return ErrorOf(error);
            }

            if (query!.Metrics is { } metrics)
            {
                return BadData($"a metrics function at {metrics.Position} cannot be searched for; it belongs to the metrics endpoints");
            }

            return await new TraceSearch(query, request, context).RunAsync(source, budget);
        });

    internal static QueryError BadData(string message) => new(QueryErrorKind.BadData, message);

    internal static QueryError ErrorOf(TraceQLError error) =>
        new(error.Kind == TraceQLErrorKind.Unsupported ? QueryErrorKind.NotEvaluated : QueryErrorKind.BadData, error.ToString());

    /// <summary>Runs a query under a memory budget and turns its limits into errors.</summary>
    private static async ValueTask<QueryResult<T>> GuardAsync<T>(QueryContext context, Func<MemoryBudget, ValueTask<QueryResult<T>>> run)
        where T : class
    {
        try
        {
            return await run(new MemoryBudget("traceql query", context.Limits.MaxBytes));
        }
        catch (Exception limit) when (limit is QueryLimitException or MemoryBudgetExceededException)
        {
            return new QueryError(QueryErrorKind.Execution, limit.Message);
        }
    }
}
