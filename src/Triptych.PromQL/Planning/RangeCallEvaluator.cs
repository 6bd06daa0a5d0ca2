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
    public bool Handles(CallExpr call) => RangeFunctions.Find(call.Function.Name) is not null;

    public async ValueTask EmitAsync(CallExpr call, StepGrid grid, IStepRowSink sink, IReadOnlyList<string>? needed)
    {
        var function = FunctionOf(call);
        var parameters = new List<double[]>();
        for (var i = 0; i < call.Arguments.Count; i++)
        {
            if (i != function.RangeArgument)
                parameters.Add(await evaluation.ScalarAsync(call.Arguments[i], grid));
        }
        var range = Evaluation.Bare(call.Arguments[function.RangeArgument]);
        if (function.KeepsName)
        {
            await ReduceAsync(call, range, grid, function, [.. parameters], sink, needed);
            return;
        }
        var names = evaluation.Names;
        if (names.IsDelayed)
        {
            var visible = WithName(needed, function);
            await ReduceAsync(call, range, grid, function, [.. parameters], names.Sink(sink, null), visible);
            return;
        }
        var oneName = range is MatrixSelector matrix
            ? NameFacts.FixedName(matrix.Selector) is not null
            : NameFacts.HasOneName(((SubqueryExpr)range).Inner);
        if (oneName)
        {
            await ReduceAsync(call, range, grid, function, [.. parameters], names.Sink(sink, null), needed);
            return;
        }
        var collector = new RowCollector(evaluation.Context, grid, RowCollector.DuplicateLabelSet) { RefuseEqualLabels = true };
        await ReduceAsync(call, range, grid, function, [.. parameters], names.Sink(collector, null), null);
        evaluation.PassOn(collector.Finish(), sink);
    }

    /// <summary>The samples of a range vector in the one step of <paramref name="grid"/>, stale markers left out.</summary>
    public async ValueTask<List<AnswerSeries>> RawSeriesAsync(Expr range, StepGrid grid)
    {
        var answer = new List<AnswerSeries>();
        var symbols = evaluation.Context.Symbols;
        var extended = range is MatrixSelector { Selector.Extension: not RangeExtension.None } matrix
            ? new ExtendedRange(TimesAndRange(range, grid), matrix.Selector.Extension == RangeExtension.Smoothed)
            : null;
        await VisitAsync(range, grid, null, isAnswer: true, (labels, timestamps, values, histograms, startTimes, windows) =>
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
            if (extended is not null)
            {
                if (keptHistograms?.Exists(histogram => histogram is not null) == true)
                    throw Query.QueryFailedException.Execution($"{extended.Modifier} modifier is not supported with histograms");
                keptHistograms = null;
                extended.Apply(times, kept);
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
        CallExpr call, Expr range, StepGrid grid, RangeFunction function, double[][] parameters, IStepRowSink sink, IReadOnlyList<string>? needed)
    {
        var name = call.Function.Name;
        var (times, rangeMs) = TimesAndRange(range, grid);
        var reducer = new RangeReducer(function, times, rangeMs, ReachOf(range, rangeMs), parameters, evaluation.Context);
        var row = new double[grid.Count];
        var fixedName = range is MatrixSelector matrix ? NameFacts.FixedName(matrix.Selector) : null;
        var at = range.Span;
        var quantiles = name == "quantile_over_time" ? new QuantileNote(evaluation.Notes, parameters[0], Evaluation.Bare(call.Arguments[0]).Span) : null;

        // As Prometheus has it: at the first argument, which of quantile_over_time is the quantile.
        var ignoredAt = Evaluation.Bare(call.Arguments[0]).Span;
        var note = function.ExpectsCounter ? new CounterNote(evaluation, fixedName, at) : null;
        var usesStartTimes = function.UsesStartTimes && evaluation.Options.UseStartTimestamps;
        MixedRangeReducer? mixed = null;
        FloatHistogram?[]? histogramRow = null;
        await VisitAsync(range, grid, needed, isAnswer: false, (labels, timestamps, values, histograms, startTimes, windows) =>
        {
            Span<FloatHistogram?> rowHistograms = default;
            if (!usesStartTimes)
                startTimes = default;
            if (histograms.IsEmpty)
            {
                if (!reducer.Reduce(timestamps, values, startTimes, windows, row))
                    return;
            }
            else
            {
                mixed ??= new MixedRangeReducer(
                    MixedFunctionOf(name, range, function), times, rangeMs, ReachOf(range, rangeMs), parameters, evaluation.Context);
                rowHistograms = histogramRow ??= new FloatHistogram?[grid.Count];
                var metric = fixedName ?? NameOf(labels) ?? "";
                if (!mixed.Reduce(timestamps, values, histograms, startTimes, row, rowHistograms, Tell))
                    return;

                void Tell(RangeNote told) => evaluation.Notes.OfRange(told, metric, told == RangeNote.HistogramsIgnored ? ignoredAt : at);
            }
            quantiles?.Check(row);
            if (note is not null && StepValues.HasAny(row))
                note.Check(labels);
            if (note is not null && !startTimes.IsEmpty)
                note.CheckOverlap(labels, timestamps, values, startTimes, windows);
            if (StepValues.HasAny(row, rowHistograms))
                sink.Add(labels, row, rowHistograms);
        });
    }

    private static MixedFunctionBody MixedFunctionOf(string name, Expr range, RangeFunction function) =>
        range is MatrixSelector { Selector.Extension: not RangeExtension.None and var extension }
            ? ExtendedHistogramFunctions.Find(name, extension, function.Body)
            : MixedFunctions.Find(name, function.Body);

    private string? NameOf(ReadOnlySpan<LabelId> labels)
    {
        var symbol = LabelEditing.Find(labels, evaluation.NameLabel);
        return symbol == SymbolTable.Empty ? null : evaluation.Context.Symbols.GetString(symbol);
    }

    /// <summary>Ends the query where a range is anchored or smoothed and the function does not know what that means.</summary>
    public static void RefuseExtension(Expr range, string function)
    {
        if (range is not MatrixSelector { Selector.Extension: not RangeExtension.None and var extension }
            || ExtendedRangeFunctions.Find(function, extension) is not null)
            return;
        throw Query.QueryFailedException.Execution(
            $"{extension.ToString().ToLowerInvariant()} modifier can only be used with: "
            + $"{string.Join(", ", ExtendedRangeFunctions.Names(extension))} - not with {function}");
    }

    private static RangeFunction FunctionOf(CallExpr call)
    {
        var range = call.Arguments.Select(Evaluation.Bare).OfType<MatrixSelector>().FirstOrDefault();
        if (range is not { Selector.Extension: not RangeExtension.None and var extension })
            return RangeFunctions.Find(call.Function.Name)!;
        RefuseExtension(range, call.Function.Name);
        return ExtendedRangeFunctions.Find(call.Function.Name, extension)!;
    }

    // A function that remarks on names must see them, though nothing behind it does.
    private static IReadOnlyList<string>? WithName(IReadOnlyList<string>? needed, RangeFunction function) =>
        needed is null || !function.ExpectsCounter ? needed : [.. needed, Model.Labels.LabelNames.MetricName];

    private RangeReach ReachOf(Expr range, long rangeMs) => range switch
    {
        MatrixSelector { Selector.Extension: RangeExtension.Anchored } => new RangeReach(rangeMs + evaluation.LookbackMs, 0),
        MatrixSelector { Selector.Extension: RangeExtension.Smoothed } =>
            new RangeReach(rangeMs + evaluation.LookbackMs, evaluation.LookbackMs),
        _ => new RangeReach(rangeMs, 0),
    };

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
        ReadOnlySpan<long> startTimesMs, RangeWindows windows);

    private ValueTask VisitAsync(Expr range, StepGrid grid, IReadOnlyList<string>? needed, bool isAnswer, SeriesVisitor visit) =>
        range is SubqueryExpr subquery
            ? VisitSubqueryAsync(subquery, grid, isAnswer, visit)
            : VisitSelectorAsync((MatrixSelector)range, grid, needed, visit);

    private async ValueTask VisitSelectorAsync(MatrixSelector matrix, StepGrid grid, IReadOnlyList<string>? needed, SeriesVisitor visit)
    {
        var (times, rangeMs) = TimesAndRange(matrix, grid);
        var scan = new SelectorScan(evaluation, source);
        var perVector = new List<RangeWindows>();
        var reach = ReachOf(matrix, rangeMs);
        await scan.ReadAsync(matrix.Selector, times.FirstMs - reach.BeforeMs + 1, times.LastMs + reach.AfterMs, needed, batch =>
        {
            for (var vector = 0; vector < batch.TimeVectorCount; vector++)
            {
                if (perVector.Count == vector)
                    perVector.Add(new RangeWindows(times, reach));
                perVector[vector].Find(batch.TimeVector(vector));
            }
            for (var series = 0; series < batch.SeriesCount; series++)
            {
                evaluation.Context.Tick(grid.Count);
                var vector = batch.TimeVectorOf(series);
                var values = batch.ValuesOf(series);
                var histograms = scan.HistogramsOf(batch, series, matrix.Selector);
                evaluation.Counts.Windows(times, perVector[vector], values, histograms);
                visit(
                    scan.SortedLabels(batch, series), batch.TimeVector(vector), values, histograms, batch.StartTimesMsOf(series),
                    perVector[vector]);
            }
        });
    }

    private async ValueTask VisitSubqueryAsync(SubqueryExpr subquery, StepGrid grid, bool isAnswer, SeriesVisitor visit)
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
        var count = last - first + 1;
        if (count > Array.MaxLength)
            throw Query.QueryFailedException.Execution($"subquery would be evaluated at more than {Array.MaxLength} times");

        // The timestamps, and the row that a selector or an operator fills; the rows that come of it charge themselves.
        var scratchBytes = count * 2 * sizeof(long);
        evaluation.Context.Charge(scratchBytes);
        var inner = new StepGrid(first * stepMs, stepMs, (int)count);
        var matrix = await (isAnswer ? evaluation.CollectAnswerAsync(subquery.Inner, inner) : evaluation.CollectAsync(subquery.Inner, inner));

        var timestamps = new long[inner.Count];
        for (var i = 0; i < timestamps.Length; i++)
            timestamps[i] = inner.At(i);
        var windows = new RangeWindows(times, new RangeReach(rangeMs, 0));
        windows.Find(timestamps);

        // Steps without a value are stale markers to the visitor, which leaves those out.
        foreach (var row in matrix.Rows)
        {
            evaluation.Context.Tick(timestamps.Length);
            evaluation.Counts.Windows(times, windows, row.Values, row.HistogramSpan);
            visit(row.Labels, timestamps, row.Values, ResetHints.OfSubquery(row.HistogramSpan), default, windows);
        }
        evaluation.Context.Release(RowCollector.MatrixBytes(matrix) + scratchBytes);
    }

    private static long FloorDivide(long value, long by) => (value / by) - (value % by < 0 ? 1 : 0);
}
