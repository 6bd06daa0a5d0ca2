using Triptych.Columnar.Symbols;
using Triptych.Model.Metrics;
using Triptych.PromQL.Functions.Histograms;
using Triptych.PromQL.Functions.Instant;
using Triptych.PromQL.Syntax;
using Triptych.Query.Operators;
using Triptych.Query.Steps;

namespace Triptych.PromQL.Planning;

/// <summary>Functions that give instant vectors, those of range vectors apart.</summary>
internal sealed class CallEvaluator(Evaluation evaluation)
{
    public ValueTask EmitAsync(CallExpr call, StepGrid grid, IStepRowSink sink, IReadOnlyList<string>? needed)
    {
        var name = call.Function.Name;
        if (ElementFunctions.Find(name) is { } function)
            return ElementAsync(call, function, grid, sink, needed);
        if (ElementFunctions.FindWithParameter(name) is { } withParameter)
            return ElementWithParameterAsync(call, withParameter, grid, sink, needed);
        switch (name)
        {
            case "clamp":
                return ClampAsync(call, grid, sink, needed);
            case "vector":
                return VectorAsync(call, grid, sink);
            case "timestamp":
                return TimestampAsync(call, grid, sink, needed);
            case "start_timestamp":
                return StartTimestampAsync(call, grid, sink, needed);
            case "info":
                return InfoFunction.EmitAsync(evaluation, call, grid, sink);
            case "sort" or "sort_desc" or "sort_by_label" or "sort_by_label_desc":
                return SortAsync(call, grid, sink);
            case "label_replace":
                return LabelFunctions.ReplaceAsync(evaluation, call, grid, sink);
            case "label_join":
                return LabelFunctions.JoinAsync(evaluation, call, grid, sink);
            case "absent" or "absent_over_time":
                return AbsentFunctions.EmitAsync(evaluation, call, grid, sink);
            case "histogram_quantile" or "histogram_fraction" or "histogram_quantiles":
                return HistogramFunctions.EmitAsync(evaluation, call, grid, sink);
            case "histogram_avg" or "histogram_count" or "histogram_sum" or "histogram_stddev" or "histogram_stdvar":
                return OfHistogramsAsync(call, grid, sink, needed);
            default:
                throw Evaluation.NotEvaluated($"function {name}()", call.Span);
        }
    }

    private ValueTask ElementAsync(
        CallExpr call, Func<double, double> function, StepGrid grid, IStepRowSink sink, IReadOnlyList<string>? needed)
    {
        void Map(Span<double> values)
        {
            for (var i = 0; i < values.Length; i++)
            {
                if (!StepRow.IsAbsent(values[i]))
                    values[i] = function(values[i]);
            }
        }
        if (call.Arguments.Count > 0)
            return evaluation.MapAsync(call.Arguments[0], grid, sink, needed, Map);

        // The parts of dates default to the time of the step.
        var row = StepTimes(grid);
        Map(row);
        sink.Add([], row);
        return ValueTask.CompletedTask;
    }

    private async ValueTask ElementWithParameterAsync(
        CallExpr call, Func<double, double, double> function, StepGrid grid, IStepRowSink sink, IReadOnlyList<string>? needed)
    {
        double[] parameters;
        if (call.Arguments.Count > 1)
        {
            parameters = await evaluation.ScalarAsync(call.Arguments[1], grid);
        }
        else
        {
            // round(v) rounds to 1.
            parameters = new double[grid.Count];
            Array.Fill(parameters, 1);
        }
        await evaluation.MapAsync(call.Arguments[0], grid, sink, needed, values =>
        {
            for (var i = 0; i < values.Length; i++)
            {
                if (!StepRow.IsAbsent(values[i]))
                    values[i] = function(values[i], parameters[i]);
            }
        });
    }

    private async ValueTask ClampAsync(CallExpr call, StepGrid grid, IStepRowSink sink, IReadOnlyList<string>? needed)
    {
        var min = await evaluation.ScalarAsync(call.Arguments[1], grid);
        var max = await evaluation.ScalarAsync(call.Arguments[2], grid);
        await evaluation.MapAsync(call.Arguments[0], grid, sink, needed, values =>
        {
            for (var i = 0; i < values.Length; i++)
            {
                if (!StepRow.IsAbsent(values[i]))
                    values[i] = max[i] < min[i] ? StepRow.Absent : ElementFunctions.Larger(min[i], ElementFunctions.Smaller(max[i], values[i]));
            }
        });
    }

    // Of histograms only: floats are left out.
    private ValueTask OfHistogramsAsync(CallExpr call, StepGrid grid, IStepRowSink sink, IReadOnlyList<string>? needed)
    {
        var function = HistogramScalars.Find(call.Function.Name);
        return evaluation.MapCellsAsync(call.Arguments[0], grid, sink, needed, (values, histograms) =>
        {
            for (var i = 0; i < values.Length; i++)
                values[i] = !histograms.IsEmpty && histograms[i] is { } histogram ? function(histogram) : StepRow.Absent;
            histograms.Clear();
        });
    }

    private async ValueTask VectorAsync(CallExpr call, StepGrid grid, IStepRowSink sink)
    {
        var values = await evaluation.ScalarAsync(call.Arguments[0], grid);
        sink.Add([], values);
    }

    // Only of a plain selector are the samples' own times known.
    private async ValueTask TimestampAsync(CallExpr call, StepGrid grid, IStepRowSink sink, IReadOnlyList<string>? needed)
    {
        if (Evaluation.Bare(call.Arguments[0]) is VectorSelector selector)
        {
            await evaluation.SampleTimesAsync(selector, grid, sink, needed);
            return;
        }
        var times = StepTimes(grid);
        await evaluation.MapCellsAsync(call.Arguments[0], grid, sink, needed, (values, histograms) =>
        {
            for (var i = 0; i < values.Length; i++)
            {
                if (!StepRow.IsAbsent(values[i]) || (!histograms.IsEmpty && histograms[i] is not null))
                    values[i] = times[i];
            }

            histograms.Clear();
        });
    }

    // Start times are known only of a plain selector's samples, and only where they are used at all.
    private ValueTask StartTimestampAsync(CallExpr call, StepGrid grid, IStepRowSink sink, IReadOnlyList<string>? needed) =>
        evaluation.Options.UseStartTimestamps && Evaluation.Bare(call.Arguments[0]) is VectorSelector selector
            ? evaluation.StartTimesAsync(selector, grid, sink, needed)
            : evaluation.EmitAsync(call.Arguments[0], grid, NothingSink.Instance);

    // The answer is put in order where it leaves the engine; nothing in between keeps an order.
    private ValueTask SortAsync(CallExpr call, StepGrid grid, IStepRowSink sink)
    {
        if (evaluation.IsRange)
            evaluation.Notes.Warn("sort is ineffective for range queries since results are always ordered by labels", call.Span);

        // Histograms have no order by value.
        return call.Function.Name is "sort" or "sort_desc"
            ? evaluation.EmitAsync(call.Arguments[0], grid, new MappingSink(sink, static (_, histograms) => histograms.Clear(), null))
            : evaluation.EmitAsync(call.Arguments[0], grid, sink);
    }

    private static double[] StepTimes(StepGrid grid)
    {
        var times = new double[grid.Count];
        for (var i = 0; i < times.Length; i++)
            times[i] = grid.At(i) / 1000.0;
        return times;
    }

    private sealed class NothingSink : IStepRowSink
    {
        public static readonly NothingSink Instance = new();

        public void Add(ReadOnlySpan<LabelId> labels, Span<double> values, Span<FloatHistogram?> histograms)
        {
            // What is known of the rows is not what was asked for.
        }
    }
}
