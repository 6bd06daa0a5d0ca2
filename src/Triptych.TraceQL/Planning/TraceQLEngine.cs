using Triptych.Columnar;
using Triptych.Columnar.Rows;
using Triptych.Primitives.Memory;
using Triptych.Query;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;
using Triptych.TraceQL.Functions;
using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Planning;

/// <summary>
/// The front door of the language: text, limits and a span source in; assembled traces, tags and series out. Expected failures are
/// <see cref="QueryError"/> values; an <see cref="IOException"/> of the source passes through, and so does cancellation. Memory
/// is taken from a budget of <see cref="QueryLimits.MaxBytes"/> and given back before a method answers. Any thread may
/// call; each call needs a <see cref="QueryContext"/> of its own.
/// </summary>
public sealed class TraceQLEngine(ISpanSource source) : IDisposable
{
    private readonly SpanIdentityPool _identities = new();

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

    /// <summary>
    /// Reads one trace whole; <paramref name="traceId"/> is hex, leading zeros may be missing. The answer has no resources where the trace is unknown.
    /// Spans are looked for by their start in [<paramref name="startUnixNanos"/>, <paramref name="endUnixNanos"/>) and an hour around it.
    /// </summary>
    public ValueTask<QueryResult<TraceDetail>> TraceByIdAsync(
        string traceId, long startUnixNanos, long endUnixNanos, QueryContext context) =>
        GuardAsync<TraceDetail>(context, async _ =>
        {
            if (!TraceReader.TryParseId(traceId, out var id))
            {
                return BadData("a trace id is 1 to 32 hex digits");
            }

            return await new TraceReader(source, context).ReadAsync(id, startUnixNanos, endUnixNanos) ?? new TraceDetail([], [], 0);
        });

    /// <summary>Names of tags.</summary>
    public ValueTask<QueryResult<TagNames>> TagNamesAsync(TagNamesRequest request, QueryContext context) =>
        GuardAsync<TagNames>(context, async budget =>
        {
            var scopes = await new TagNameScan(request, context).RunAsync(source, budget);
            if (request.IsAllScopes || request.Scope == "intrinsic")
            {
                scopes.Add(new TagScope("intrinsic", TagCatalog.IntrinsicTags));
            }

            return scopes.Count == 0 ? BadData($"unknown scope {request.Scope}") : new TagNames(scopes);
        });

    /// <summary>Distinct values of a tag.</summary>
    public ValueTask<QueryResult<TagValues>> TagValuesAsync(TagValuesRequest request, QueryContext context) =>
        GuardAsync<TagValues>(context, async budget => await new TagValueScan(request, context).RunAsync(source, budget));

    /// <summary>Evaluates a metrics query.</summary>
    public ValueTask<QueryResult<TraceMetricsResult>> MetricsAsync(TraceMetricsRequest request, QueryContext context) =>
        GuardAsync<TraceMetricsResult>(context, async budget =>
        {
            if (request.EndUnixNanos <= request.StartUnixNanos || request.StepNanos < 0)
            {
                return BadData("end must be after start, and the step not below 0");
            }

            if (StepBins.CountOf(request) > StepGrid.MaxSteps)
            {
                return BadData($"the query would have more than {StepGrid.MaxSteps} steps; use a larger step");
            }

            var (query, error) = TraceQLParser.ParseAndCheck(request.Query);
            if (error is not null)
            {
                return ErrorOf(error);
            }

            if (query!.Metrics is MetricsArithmetic)
            {
                return await new SeriesArithmetic(query, request, context, source, _identities, budget).RunAsync();
            }

            var (plan, planError) = MetricsPlan.Create(query);
            if (planError is not null)
            {
                return planError;
            }

            return await MetricsEvaluator.RunAsync(plan!, request, context, source, _identities, budget);
        });

    /// <summary>Frees what is kept between queries; queries that still run end normally.</summary>
    public void Dispose() => _identities.Dispose();

    internal static QueryError BadData(string message) => new(QueryErrorKind.BadData, message);

    internal static QueryError ErrorOf(TraceQLError error) =>
        new(error.Kind == TraceQLErrorKind.Unsupported ? QueryErrorKind.NotEvaluated : QueryErrorKind.BadData, error.ToString());

    /// <summary>Runs a query under a memory budget and turns its limits into errors.</summary>
    private static async ValueTask<QueryResult<T>> GuardAsync<T>(QueryContext context, Func<MemoryBudget, ValueTask<QueryResult<T>>> run)
        where T : class
    {
        try
        {
            return await run(new MemoryBudget("traceql query", context.Limits.MaxBytes, context.Memory));
        }
        catch (Exception limit) when (limit is QueryLimitException or MemoryBudgetExceededException)
        {
            return new QueryError(QueryErrorKind.Execution, limit.Message);
        }
    }
}
