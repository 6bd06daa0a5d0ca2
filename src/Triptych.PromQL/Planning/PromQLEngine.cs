using Triptych.Columnar.Samples;
using Triptych.Columnar.Symbols;
using Triptych.PromQL.Syntax;
using Triptych.Query;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;

namespace Triptych.PromQL.Planning;

/// <summary>
/// The front door of PromQL: query text and a time or grid (Unix milliseconds) in, an answer or an error out. Warnings and notes, and
/// what the query
/// read, are in its <see cref="QueryContext"/>. Memory of a query is charged to its context and garbage once the answer is dropped. Any
/// thread may call; one
/// context serves one query.
/// </summary>
public sealed class PromQLEngine(ISampleSource source, PromQLOptions? options = null)
{
    private readonly PromQLOptions _options = options ?? new PromQLOptions();

    /// <summary>What the engine is set up with.</summary>
    public PromQLOptions Options => _options;

    /// <summary>
    /// Evaluates a query at one time. Every type of expression is allowed; a range vector gives its raw samples as a matrix.
    /// </summary>
    public async ValueTask<QueryResult<PromQLAnswer>> QueryInstantAsync(string query, long timestampMs, QueryContext context)
    {
        var parsed = PromQLParser.Parse(query, _options.Parser);
        return parsed.Expression is { } expression
            ? await EvaluateAsync(query, expression, StepGrid.Instant(timestampMs), isRange: false, context)
            : new QueryError(QueryErrorKind.BadData, parsed.Error!.ToString());
    }

    /// <summary>Evaluates a query at each step of a grid. Allowed are scalars and instant vectors.</summary>
    public async ValueTask<QueryResult<PromQLAnswer>> QueryRangeAsync(string query, StepGrid grid, QueryContext context)
    {
        var parsed = PromQLParser.Parse(query, _options.Parser);
        if (parsed.Expression is not { } expression)
            return new QueryError(QueryErrorKind.BadData, parsed.Error!.ToString());
        if (expression.Type is PromType.RangeVector or PromType.String)
        {
            return new QueryError(
                QueryErrorKind.BadData,
                $"invalid expression type \"{expression.Type.Describe()}\" for range query, must be Scalar or instant Vector");
        }
        return await EvaluateAsync(query, expression, grid, isRange: true, context);
    }

    private async ValueTask<QueryResult<PromQLAnswer>> EvaluateAsync(
        string query, Expr expression, StepGrid grid, bool isRange, QueryContext context)
    {
        try
        {
            var evaluation = new Evaluation(source, _options, context, query, grid, isRange) { OnlyTotals = ResetHints.FindTotals(expression) };
            var answer = await AnswerAsync(evaluation, expression, grid, isRange);
            evaluation.Notes.Tell();
            return answer;
        }
        catch (QueryFailedException failure)
        {
            return new QueryError(failure.Kind, failure.Message);
        }
        catch (QueryLimitException limit) when (!limit.IsBusy)
        {
            return new QueryError(QueryErrorKind.Execution, limit.Message);
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            return new QueryError(QueryErrorKind.Canceled, "query was canceled in expression evaluation");
        }
        catch (IOException failure)
        {
            return new QueryError(QueryErrorKind.Storage, failure.Message);
        }
    }

    private static async ValueTask<PromQLAnswer> AnswerAsync(Evaluation evaluation, Expr expression, StepGrid grid, bool isRange)
    {
        var symbols = evaluation.Context.Symbols;
        switch (expression.Type)
        {
            case PromType.String:
                return new PromQLAnswer(AnswerKind.String, grid, symbols, []) { Text = Evaluation.StringOf(expression) };
            case PromType.Scalar:
                var values = await evaluation.ScalarAsync(expression, grid);
                var series = new AnswerSeries([], grid, null, values);
                return new PromQLAnswer(isRange ? AnswerKind.Matrix : AnswerKind.Scalar, grid, symbols, [series]);
            case PromType.RangeVector:
                var raw = await evaluation.RawSeriesAsync(expression, grid);
                return new PromQLAnswer(AnswerKind.Matrix, grid, symbols, AnswerOrder.ByLabels(raw, symbols));
            default:
                var matrix = await evaluation.CollectAnswerAsync(expression, grid);
                var rows = new List<AnswerSeries>(matrix.Rows.Count);
                foreach (var row in matrix.Rows)
                    rows.Add(new AnswerSeries(AnswerOrder.SortByName(row.Labels, symbols), grid, null, row.Values, row.Histograms));
                return isRange
                    ? new PromQLAnswer(AnswerKind.Matrix, grid, symbols, AnswerOrder.ByLabels(rows, symbols))
                    : new PromQLAnswer(AnswerKind.Vector, grid, symbols, AnswerOrder.OfInstant(expression, rows, symbols));
        }
    }
}
