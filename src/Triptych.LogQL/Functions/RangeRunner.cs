using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.LogQL.Planning;
using Triptych.LogQL.Syntax;
using Triptych.Query.Budgets;
using Triptych.Query.Operators;
using Triptych.Query.Steps;

namespace Triptych.LogQL.Functions;

/// <summary>
/// Evaluates one range aggregation in one scan, over all steps at once. Where no stage is left for the rows, lines are not read at all:
/// times, streams and at most the line's length are.
/// </summary>
internal sealed class RangeRunner(ILogSource source, QueryContext context, StepGrid grid, ScanTally tally, long nowUnixNanos)
{
    /// <summary>Emits the series of an aggregation.</summary>
    /// <param name="aggregation">The aggregation.</param>
    /// <param name="grouping">The labels that a sum around it keeps; it may then add up by these at once; null without a sum.</param>
    /// <param name="sink">Takes the series.</param>
    public async ValueTask RunAsync(RangeAggregation aggregation, LabelSelection? grouping, IStepRowSink sink)
    {
        var selection = grouping ?? SelectionOf(aggregation);
        var range = aggregation.Range;
        var windows = new WindowMap(grid, range.RangeNanos, range.OffsetNanos);
        var plan = await LogScanPlan.CreateAsync(range.Pipeline, source, context, windows.MinTimeUnixNanos, windows.MaxTimeUnixNanos)
            .ConfigureAwait(false);
        var counts = new CountAccumulator(context, grid, MeasuresBytes(aggregation.Operator));
        LabelSetIndex series;
        if (plan.Stages.Count == 0)
        {
            var resolver = SeriesResolver.For(selection, context.Symbols);
            await CountAsync(plan, windows, resolver, counts, MeasuresBytes(aggregation.Operator)).ConfigureAwait(false);
            series = resolver.Series;
        }
        else
        {
            var rows = new StagedRows(context, grid, aggregation, plan, selection, counts, usesFields: true, nowUnixNanos);
            if (!await TryRunStagesAsync(plan, windows, rows).ConfigureAwait(false))
            {
                // An error names all labels of its row.
                counts = new CountAccumulator(context, grid, MeasuresBytes(aggregation.Operator));
                rows = new StagedRows(context, grid, aggregation, plan, selection, counts, usesFields: false, nowUnixNanos);
                await TryRunStagesAsync(plan, windows, rows).ConfigureAwait(false);
            }

            if (range.Unwrap is not null && aggregation.Operator != RangeOperator.AbsentOverTime)
            {
                rows.EmitSamples(sink);
                return;
            }

            series = rows.Series;
        }

        EmitCounts(aggregation, series, counts, sink);
    }

    private static bool MeasuresBytes(RangeOperator op) => op is RangeOperator.BytesOverTime or RangeOperator.BytesRate;

    private LabelSelection SelectionOf(RangeAggregation aggregation)
    {
        if (aggregation.Operator == RangeOperator.AbsentOverTime) return LabelSelection.By([], context.Symbols);
        IReadOnlyList<string> unwrapped = aggregation.Range.Unwrap is { } unwrap ? [unwrap.Label] : [];
        if (aggregation.Grouping is not { } grouping) return LabelSelection.Without(unwrapped, context.Symbols);
        return grouping.Without
            ? LabelSelection.Without([.. grouping.Labels, .. unwrapped], context.Symbols)
            : LabelSelection.By(grouping.Labels, context.Symbols);
    }

    private RowScanRequest Request(LogScanPlan plan, WindowMap windows, IReadOnlyList<ColumnRef> projection) => new()
    {
        Tenant = context.Tenant,
        MinTimeUnixNanos = windows.MinTimeUnixNanos,
        MaxTimeUnixNanos = windows.MaxTimeUnixNanos,
        Symbols = context.Symbols,
        Budget = context.Memory,
        Projection = projection,
        Matchers = plan.Matchers,
        Predicate = plan.Predicate,
    };

    private async ValueTask CountAsync(LogScanPlan plan, WindowMap windows, SeriesResolver resolver, CountAccumulator counts, bool bytes)
    {
        ColumnRef[] projection = [LogColumns.TimeUnixNanos, bytes ? LogColumns.LineLengthBytes : LogColumns.RecordCount, .. resolver.Projection];
        var request = Request(plan, windows, projection) with { Fold = new RowFold(windows.Bounds()) };
        var scan = await source.OpenAsync(request, context.CancellationToken).ConfigureAwait(false);
        await using (scan.ConfigureAwait(false))
        {
            using var followed = context.Follow(scan.Statistics);
            while (await scan.NextAsync(context.CancellationToken).ConfigureAwait(false) is { } batch)
            {
                resolver.Begin(batch, 2, scan.Streams);
                Count(batch, ref windows, resolver, counts);
                tally.ChargeSymbols();
                tally.CountPassed(batch.RowCount);
            }

            tally.Add(scan.Statistics);
        }
    }

    private void Count(RecordBatch batch, ref WindowMap windows, SeriesResolver resolver, CountAccumulator counts)
    {
        var times = batch.Column<Int64Column>(0).Values;
        var amounts = batch.Column<Int64Column>(1).Values;
        context.CancellationToken.ThrowIfCancellationRequested();
        for (var row = 0; row < times.Length; row++)
        {
            if (windows.TryLocate(times[row], out var first, out var end))
                counts.Add(resolver.Resolve(row), first, end, amounts[row]);
        }
    }

    /// <summary>Runs the stages over all rows; false where fields are not enough.</summary>
    private async ValueTask<bool> TryRunStagesAsync(LogScanPlan plan, WindowMap windows, StagedRows rows)
    {
        var request = Request(plan, windows, rows.Projection) with { Fields = rows.Fields };
        var scan = await source.OpenAsync(request, context.CancellationToken).ConfigureAwait(false);
        await using (scan.ConfigureAwait(false))
        {
            using var followed = context.Follow(scan.Statistics);
            while (await scan.NextAsync(context.CancellationToken).ConfigureAwait(false) is { } batch)
            {
                if (!rows.TryTake(batch, scan.Streams, ref windows)) return false;
                tally.ChargeSymbols();
            }

            tally.Add(scan.Statistics);
            tally.CountPassed(rows.PassedCount);
        }

        return true;
    }

    private void EmitCounts(RangeAggregation aggregation, LabelSetIndex series, CountAccumulator counts, IStepRowSink sink)
    {
        if (aggregation.Operator == RangeOperator.AbsentOverTime)
        {
            EmitAbsence(aggregation, counts.Finish(0, 1), sink);
            return;
        }

        var divisor = aggregation.Operator is RangeOperator.Rate or RangeOperator.BytesRate ? aggregation.Range.RangeNanos / 1e9 : 1;
        for (var number = 0; number < series.Count; number++)
        {
            if (counts.Finish(number, divisor) is { } values) sink.Add(series[number], values);
        }
    }

    /// <summary>1 at each step without rows, under the labels that the selector's equalities name.</summary>
    private void EmitAbsence(RangeAggregation aggregation, double[]? present, IStepRowSink sink)
    {
        var values = new double[grid.Count];
        for (var step = 0; step < values.Length; step++)
            values[step] = present is null || StepRow.IsAbsent(present[step]) ? 1 : StepRow.Absent;
        var matchers = aggregation.Range.Pipeline.Selector.Matchers;
        LabelId[] labels =
        [
            .. matchers
                .Where(m => m.Kind == MatcherKind.Equal && m.Value.Length > 0 && matchers.Count(other => other.Label == m.Label) == 1)
                .Select(m => new LabelId(context.Symbols.Intern(m.Label), context.Symbols.Intern(m.Value)))
                .OrderBy(label => label.Name),
        ];
        sink.Add(labels, values);
    }
}
