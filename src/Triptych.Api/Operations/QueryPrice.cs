using Triptych.Columnar;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Samples;
using Triptych.LogQL.Planning;
using Triptych.LogQL.Syntax;
using Triptych.Model;
using Triptych.PromQL.Planning;
using Triptych.PromQL.Syntax;
using Triptych.Query;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;
using Triptych.TraceQL.Functions;
using Triptych.TraceQL.Planning;
using Triptych.TraceQL.Syntax;

namespace Triptych.Api.Operations;

/// <summary>
/// A question about a query that is not run yet. Times are Unix nanoseconds, the range closed; a step of 0 asks for one time, the range's end.
/// </summary>
/// <param name="Text">The query.</param>
/// <param name="StartUnixNanos">First time.</param>
/// <param name="EndUnixNanos">Last time.</param>
/// <param name="StepNanos">Between two evaluations.</param>
public sealed record PriceRequest(string Text, long StartUnixNanos, long EndUnixNanos, long StepNanos);

/// <summary>What a query would read at most.</summary>
/// <param name="Price">All scans together.</param>
/// <param name="Scans">How many there are.</param>
/// <param name="Notes">What the figures leave out.</param>
public sealed record PricedQuery(ScanPrice Price, int Scans, IReadOnlyList<string> Notes);

/// <summary>
/// Says what a query would read, before it does. 1 its language's engine runs over a source of nothing, which notes the scans that it makes
/// (<see cref="PricedSamples"/>); 2 the stores say of each what it would read at most (<see cref="IScanPrices"/>). Any thread may call.
/// </summary>
/// <param name="prices">The stores.</param>
/// <param name="promql">What PromQL may do.</param>
/// <param name="logql">What LogQL may do.</param>
public sealed class QueryPrice(IScanPrices prices, PromQLOptions promql, LogQLOptions logql)
{
    /// <summary>Blocks that are opened for one question, over all its scans.</summary>
    public const int MaxOpened = 512;

    private const int MaxScans = 64;
    private const long NanosPerMs = 1_000_000;

    /// <summary>Of a PromQL query.</summary>
    public async ValueTask<QueryResult<PricedQuery>> OfPromQLAsync(PriceRequest request, QueryContext context)
    {
        var source = new PricedSamples();
        var engine = new PromQLEngine(source, promql);
        var (startMs, endMs, stepMs) = (request.StartUnixNanos / NanosPerMs, request.EndUnixNanos / NanosPerMs, request.StepNanos / NanosPerMs);
        if (stepMs > 0 && (endMs - startMs) / stepMs >= StepGrid.MaxSteps) return TooManySteps();
        var run = stepMs > 0
            ? await engine.QueryRangeAsync(request.Text, StepGrid.Range(startMs, endMs, stepMs), context)
            : await engine.QueryInstantAsync(request.Text, endMs, context);
        if (run.Error is { } error) return error;
        var notes = new List<string>();
        if (source.Requests.Count > 0 && PromQLParser.Parse(request.Text, promql.Parser).Expression is { } expression && HasInfo(expression))
            notes.Add("info(): the info metrics that it looks up are not among it");
        return await SumAsync(source.Requests, notes, (scan, left) => prices.OfSamplesAsync(scan, left, context.CancellationToken));
    }

    /// <summary>Of a LogQL query: lines of the range, or metrics where the text is a metric query.</summary>
    public async ValueTask<QueryResult<PricedQuery>> OfLogQLAsync(PriceRequest request, QueryContext context)
    {
        var source = new PricedRows();
        var isLines = LogQLParser.Parse(request.Text, logql.Syntax) is { Succeeded: true, Value: LogPipeline };
        var step = request.StepNanos > 0 ? request.StepNanos : 0;
        if (step > 0 && (request.EndUnixNanos - request.StartUnixNanos) / step >= StepGrid.MaxSteps) return TooManySteps();
        var query = new LogQLRequest
        {
            Query = request.Text,
            Grid = step == 0 || isLines
                ? StepGrid.Instant(request.EndUnixNanos)
                : StepGrid.Range(request.StartUnixNanos, request.EndUnixNanos, step),
            StartUnixNanos = request.StartUnixNanos,
            EndUnixNanos = request.EndUnixNanos,
            Limit = 1,
            IsInstant = step == 0 && !isLines,
        };
        var run = await new LogQLEngine(source, logql).QueryAsync(query, context);
        if (run.Error is { } error) return error;
        var notes = new List<string>();
        if (isLines) notes.Add("a search for lines ends when it has as many as it may show");
        return await SumAsync(source.Requests, notes, (scan, left) => prices.OfRowsAsync(Signal.Logs, scan, left, context.CancellationToken));
    }

    /// <summary>Of a TraceQL query: a search, or metrics where the text has a metrics function.</summary>
    public async ValueTask<QueryResult<PricedQuery>> OfTraceQLAsync(PriceRequest request, QueryContext context)
    {
        var source = new PricedRows();
        using var engine = new TraceQLEngine(source);
        var isMetrics = TraceQLParser.ParseAndCheck(request.Text).Query is { Metrics: not null };
        var notes = new List<string>();

        // As the API has it, the end of a range of spans is not in it.
        if (isMetrics)
        {
            var metrics = new TraceMetricsRequest(request.Text, request.StartUnixNanos, request.EndUnixNanos, request.StepNanos, 1);
            if ((await engine.MetricsAsync(metrics, context)).Error is { } error) return error;
        }
        else
        {
            var search = new TraceSearchRequest(request.Text, request.StartUnixNanos, request.EndUnixNanos);
            if ((await engine.SearchAsync(search, context)).Error is { } error) return error;
            notes.Add("a search ends when it has as many traces as it may show; the spans of traces that it finds are read once more");
        }

        return await SumAsync(source.Requests, notes, (scan, left) => prices.OfRowsAsync(Signal.Traces, scan, left, context.CancellationToken));
    }

    private static async ValueTask<QueryResult<PricedQuery>> SumAsync<T>(
        IReadOnlyList<T> scans, List<string> notes, Func<T, int, ValueTask<ScanPrice>> priceOf)
    {
        if (scans.Count > MaxScans)
            return new QueryError(QueryErrorKind.Execution, $"the query makes {scans.Count} scans; of more than {MaxScans} no price is told");
        var sum = new ScanPrice();
        var left = MaxOpened;
        foreach (var scan in scans)
        {
            var one = await priceOf(scan, left);
            left = Math.Max(0, left - (one.Blocks - one.UnopenedBlocks));
            sum += one;
        }

        if (sum.UnopenedBlocks > 0) notes.Add($"{sum.UnopenedBlocks} blocks were not looked into: all of them counts, in bytes and rows");
        return new PricedQuery(sum, scans.Count, notes);
    }

    private static bool HasInfo(Expr expression) => Prometheus.SyntaxWalk.All(expression).Any(static e => e is CallExpr { Function.Name: "info" });

    private static QueryError TooManySteps() => new(QueryErrorKind.BadData, $"the query would have more than {StepGrid.MaxSteps} steps; use a larger step");
}
