using Triptych.Columnar.Samples;
using Triptych.Columnar.Symbols;
using Triptych.Model.Metrics;
using Triptych.PromQL.Functions.Histograms;
using Triptych.PromQL.Functions.Range;
using Triptych.PromQL.Syntax;
using Triptych.Query.Operators;
using Triptych.Query.Steps;

namespace Triptych.PromQL.Planning;

/// <summary>Functions of range vectors over selectors and subqueries, and range vectors themselves.</summary>
internal sealed class RangeCallEvaluator(Evaluation evaluation, ISampleSource source)
{
    private static readonly string[] s_counterSuffixes = ["_total", "_sum", "_count", "_bucket"];

    public bool Handles(CallExpr call) => RangeFunctions.Find(call.Function.Name) is not null;

    public async ValueTask EmitAsync(CallExpr call, StepGrid grid, IStepRowSink sink, IReadOnlyList<string>? needed)
    {
        var function = RangeFunctions.Find(call.Function.Name)!;
        var parameters = new List<double[]>();
        for (var i = 0; i < call.Arguments.Count; i++)
        {
            if (i != function.RangeArgument)
                parameters.Add(await evaluation.ScalarAsync(call.Arguments[i], grid));
        }
        if (call.Function.Name == "quantile_over_time")
            evaluation.Notes.CheckQuantiles(parameters[0], call.Arguments[0].Span);
        var range = Evaluation.Bare(call.Arguments[function.RangeArgument]);
        if (function.KeepsName)
        {
            await ReduceAsync(call.Function.Name, range, grid, function, [.. parameters], sink, needed);
            return;
        }
        var oneName = range is MatrixSelector matrix
            ? NameFacts.FixedName(matrix.Selector) is not null
            : NameFacts.HasOneName(((SubqueryExpr)range).Inner);
        if (oneName)
        {
            await ReduceAsync(call.Function.Name, range, grid, function, [.. parameters], new MappingSink(sink, (CellMapping?)null, evaluation.NameLabel), needed);
            return;
        }
        var collector = new RowCollector(evaluation.Context, grid, RowCollector.DuplicateLabelSet) { RefuseEqualLabels = true };
        await ReduceAsync(call.Function.Name, range, grid, function, [.. parameters], new MappingSink(collector, (CellMapping?)null, evaluation.NameLabel), null);
        evaluation.PassOn(collector.Finish(), sink);
    }

    /// <summary>The samples of a range vector in the one step of <paramref name="grid"/>, stale markers left out.</summary>
    public async ValueTask<List<AnswerSeries>> RawSeriesAsync(Expr range, StepGrid grid)
    {
        var answer = new List<AnswerSeries>();
        var symbols = evaluation.Context.Symbols;
        await VisitAsync(range, grid, null, (labels, timestamps, values, histograms, windows) =>
        {
            var times = new List<long>();
            var kept = new List<double>();
            var keptHistograms = histograms.IsEmpty ? null : new List<FloatHistogram?>();
            for (var i = windows.From[0]; i < windows.To[0]; i++)
            {
                var histogram = histograms.IsEmpty ? null : histograms[i];
                if (SpecialValues.IsStale(histogram?.Sum ?? values[i]))
                    continue;
                times.Add(timestamps[i]);
                kept.Add(histogram is null ? values[i] : StepRow.Absent);
                keptHistograms?.Add(histogram);
            }
            if (times.Count == 0)
                return;
            FloatHistogram?[]? column = keptHistograms is null ? null : [.. keptHistograms];
            evaluation.Context.Charge((times.Count * 16L) + RowCollector.RowBytes(labels.Length, 0) + StepValues.HistogramBytes(column));
            answer.Add(new AnswerSeries(AnswerOrder.SortByName(labels.ToArray(), symbols), grid, [.. times], [.. kept], column));
        });
        return answer;
    }

    private async ValueTask ReduceAsync(
        string name, Expr range, StepGrid grid, RangeFunction function, double[][] parameters, IStepRowSink sink, IReadOnlyList<string>? needed)
    {
        var (times, rangeMs) = TimesAndRange(range, grid);
        var reducer = new RangeReducer(function.Body, times, rangeMs, parameters);
        var row = new double[grid.Count];
        var fixedName = range is MatrixSelector matrix ? NameFacts.FixedName(matrix.Selector) : null;
        var at = range.Span;
        var noted = false;
        MixedRangeReducer? mixed = null;
        FloatHistogram?[]? histogramRow = null;
        await VisitAsync(range, grid, needed, (labels, timestamps, values, histograms, windows) =>
        {
            Span<FloatHistogram?> rowHistograms = default;
            if (histograms.IsEmpty)
            {
                if (!reducer.Reduce(timestamps, values, windows, row))
                    return;
            }
            else
            {
                mixed ??= new MixedRangeReducer(MixedFunctions.Find(name, function.Body), times, rangeMs, parameters);
                rowHistograms = histogramRow ??= new FloatHistogram?[grid.Count];
                var metric = fixedName ?? NameOf(labels) ?? "";
                if (!mixed.Reduce(timestamps, values, histograms, row, rowHistograms, note => Tell(note, metric, at)))
                    return;
            }

            if (function.ExpectsCounter && !noted && (histograms.IsEmpty || StepValues.HasAny(row)))
                noted = NoteCounter(fixedName ?? NameOf(labels), at);
            if (StepValues.HasAny(row, rowHistograms))
                sink.Add(labels, row, rowHistograms);
        });
    }

    private void Tell(RangeNote note, string metric, SourceSpan at)
    {
        var notes = evaluation.Notes;
        switch (note)
        {
            case RangeNote.HistogramsIgnored:
                notes.Info($"ignored histograms in a range containing both floats and histograms for metric name \"{metric}\"", at);
                break;
            case RangeNote.KindsMixed:
                notes.Warn($"encountered a mix of histograms and floats for metric name \"{metric}\"", at);
                break;
            case RangeNote.SchemasMixed:
                notes.SchemasMixed(metric, at);
                break;
            case RangeNote.NotCounter:
                notes.Warn($"this native histogram metric is not a counter: \"{metric}\"", at);
                break;
            case RangeNote.NotGauge:
                notes.Warn($"this native histogram metric is not a gauge: \"{metric}\"", at);
                break;
            case RangeNote.ReconciledInAddition:
                notes.BoundsReconciled("addition", at);
                break;
            case RangeNote.ReconciledInSubtraction:
                notes.BoundsReconciled("subtraction", at);
                break;
            case RangeNote.ReconciledInAggregation:
                notes.BoundsReconciled("aggregation", at);
                break;
            default:
                notes.ConflictingResets("aggregation", at);
                break;
        }
    }

    private (EvalTimes Times, long RangeMs) TimesAndRange(Expr range, StepGrid grid) => range switch
    {
        MatrixSelector matrix => (
            evaluation.TimesOf(grid, matrix.Selector.At, matrix.Selector.Offset),
            evaluation.Milliseconds(matrix.Range, mustBePositive: true)),
        SubqueryExpr subquery => (
            evaluation.TimesOf(grid, subquery.At, subquery.Offset), evaluation.Milliseconds(subquery.Range, mustBePositive: true)),
        _ => throw new InvalidOperationException($"{range.GetType().Name} is no range vector"),
    };

    // Labels are ordered by number; spans are valid during the call; values may hold stale markers; histograms are empty for a series of floats.
    private delegate void SeriesVisitor(
        ReadOnlySpan<LabelId> labels, ReadOnlySpan<long> timestampsMs, ReadOnlySpan<double> values, ReadOnlySpan<FloatHistogram?> histograms,
        RangeWindows windows);

    private ValueTask VisitAsync(Expr range, StepGrid grid, IReadOnlyList<string>? needed, SeriesVisitor visit)
    {
        if (range is MatrixSelector { Selector.Extension: not RangeExtension.None and var extension } extended)
            throw Evaluation.NotEvaluated($"the {extension.ToString().ToLowerInvariant()} modifier", extended.Span);
        return range is SubqueryExpr subquery
            ? VisitSubqueryAsync(subquery, grid, visit)
            : VisitSelectorAsync((MatrixSelector)range, grid, needed, visit);
    }

    private async ValueTask VisitSelectorAsync(MatrixSelector matrix, StepGrid grid, IReadOnlyList<string>? needed, SeriesVisitor visit)
    {
        var (times, rangeMs) = TimesAndRange(matrix, grid);
        var scan = new SelectorScan(evaluation, source);
        var perVector = new List<RangeWindows>();
        await scan.ReadAsync(matrix.Selector, times.FirstMs - rangeMs + 1, times.LastMs, needed, batch =>
        {
            for (var vector = 0; vector < batch.TimeVectorCount; vector++)
            {
                if (perVector.Count == vector)
                    perVector.Add(new RangeWindows(times, rangeMs));
                perVector[vector].Find(batch.TimeVector(vector));
            }
            for (var series = 0; series < batch.SeriesCount; series++)
            {
                evaluation.Context.Tick(grid.Count);
                var vector = batch.TimeVectorOf(series);
                visit(scan.SortedLabels(batch, series), batch.TimeVector(vector), batch.ValuesOf(series), scan.HistogramsOf(batch, series, matrix.Selector), perVector[vector]);
            }
        });
    }

    private async ValueTask VisitSubqueryAsync(SubqueryExpr subquery, StepGrid grid, SeriesVisitor visit)
    {
        var (times, rangeMs) = TimesAndRange(subquery, grid);
        var stepMs = subquery.Step is null
            ? evaluation.Options.DefaultSubqueryStepMs
            : evaluation.Milliseconds(subquery.Step, mustBePositive: true);

        // Absolute multiples of the step, strictly after the left edge of the first range.
        var first = FloorDivide(times.FirstMs - rangeMs, stepMs) + 1;
        var last = FloorDivide(times.LastMs, stepMs);
        if (last < first)
            return;
        const int MaxInnerSteps = 1_000_000;
        if (last - first >= MaxInnerSteps)
            throw Query.QueryFailedException.Execution($"subquery would be evaluated at more than {MaxInnerSteps} times");
        var inner = new StepGrid(first * stepMs, stepMs, (int)(last - first) + 1);
        var matrix = await evaluation.CollectAsync(subquery.Inner, inner);

        var timestamps = new long[inner.Count];
        for (var i = 0; i < timestamps.Length; i++)
            timestamps[i] = inner.At(i);
        var windows = new RangeWindows(times, rangeMs);
        windows.Find(timestamps);

        // Steps without a value are stale markers to the visitor, which leaves those out.
        foreach (var row in matrix.Rows)
        {
            evaluation.Context.Tick(timestamps.Length);
            visit(row.Labels, timestamps, row.Values, ResetHints.WithoutResets(row.HistogramSpan), windows);
        }
        evaluation.Context.Release(RowCollector.MatrixBytes(matrix));
    }

    private static long FloorDivide(long value, long by) => (value / by) - (value % by < 0 ? 1 : 0);

    private string? NameOf(ReadOnlySpan<LabelId> labels)
    {
        var symbol = LabelEditing.Find(labels, evaluation.NameLabel);
        return symbol == SymbolTable.Empty ? null : evaluation.Context.Symbols.GetString(symbol);
    }

    private bool NoteCounter(string? name, SourceSpan at)
    {
        if (name is null || s_counterSuffixes.Any(suffix => name.EndsWith(suffix, StringComparison.Ordinal)))
            return false;
        evaluation.Notes.Info($"metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \"{name}\"", at);
        return true;
    }
}
