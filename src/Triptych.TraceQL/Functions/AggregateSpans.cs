using Triptych.Columnar.Rows;
using Triptych.Primitives.Memory;
using Triptych.Query.Budgets;
using Triptych.TraceQL.Planning;
using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Functions;

/// <summary>A function over time where only whole traces tell which spans count, or by what.</summary>
internal sealed class AggregateSpans(MetricsPlan plan, MetricsAggregate function, StepBins bins, ExemplarPicker exemplars, QueryContext context)
{
    /// <summary>Adds each span to the accumulator of its group.</summary>
    public async ValueTask RunAsync(ISpanSource source, GroupIndex groups, MemoryBudget budget)
    {
        var walk = new TraceWalk(plan, bins, context);
        var compiler = walk.Compile();
        var by = function.By.Select(compiler.Compile).ToArray();
        var operand = function.Operand is null ? null : compiler.Compile(function.Operand);
        var group = new FieldValue[by.Length];
        await walk.RunAsync(source, budget, (traceId, trace, span) =>
        {
            var row = trace.RowOf(span);
            for (var i = 0; i < by.Length; i++)
            {
                group[i] = Single(trace, by[i].Evaluate(trace.Table, row));
            }

            var accumulator = groups.Find(group);
            var value = operand is null ? FieldValue.Nil : Single(trace, operand.Evaluate(trace.Table, row));
            var start = trace[span].StartUnixNanos;
            accumulator.Add(bins.StepOf(start), value);
            if ((operand is null || value.IsNumeric) && exemplars.Wants(accumulator, start))
            {
                exemplars.Take(accumulator, traceId, trace[span].SpanId, start, StepAccumulator.NumberOf(value));
            }
        });
    }

    /// <summary>Groups and numbers are single values: of a list the first element counts.</summary>
    private static FieldValue Single(TraceView trace, FieldValue value) =>
        value.Kind != ValueKind.List ? value : trace.Table.Lists[(int)value.Bits] is [var first, ..] ? first : FieldValue.Nil;
}
