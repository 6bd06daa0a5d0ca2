using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Planning;

/// <summary>A compiled pipeline stage: spansets of one trace in, spansets out.</summary>
internal abstract class StageNode
{
    public abstract List<Spanset> Apply(TraceView trace, List<Spanset> input);

    /// <summary>Runs stages over sets of spans of a trace.</summary>
    public static List<Spanset> Run(IReadOnlyList<StageNode> stages, TraceView trace, List<Spanset> spansets)
    {
        foreach (var stage in stages)
        {
            if (spansets.Count == 0)
            {
                break;
            }

            spansets = stage.Apply(trace, spansets);
        }

        return spansets;
    }
}

internal sealed class SpansetStageNode(SpansetNode expression) : StageNode
{
    public override List<Spanset> Apply(TraceView trace, List<Spanset> input)
    {
        var output = new List<Spanset>(input.Count);
        foreach (var spanset in input)
        {
            trace.Table.Tick();
            if (expression.Select(trace, spanset) is { } selected)
            {
                output.Add(selected);
            }
        }

        return output;
    }
}

/// <summary><c>by(x)</c>: one spanset for each value, in the order of their first span.</summary>
internal sealed class GroupStageNode(FieldNode by, string written) : StageNode
{
    public override List<Spanset> Apply(TraceView trace, List<Spanset> input)
    {
        var output = new List<Spanset>();
        foreach (var spanset in input)
        {
            trace.Table.Tick();
            var groups = new OrderedDictionary<FieldValue, List<int>>(trace.Table.SameContent);
            foreach (var span in spanset.Spans)
            {
                var value = by.Evaluate(trace.Table, trace.RowOf(span));
                if (!groups.TryGetValue(value, out var members))
                {
                    groups.Add(value, members = []);
                }

                members.Add(span);
            }

            output.AddRange(groups.Select(group => new Spanset(group.Value, spanset.Attributes).With(written, group.Key)));
        }

        return output;
    }
}

/// <summary><c>coalesce()</c>: one spanset of all, without what was computed about its parts.</summary>
internal sealed class CoalesceStageNode : StageNode
{
    public override List<Spanset> Apply(TraceView trace, List<Spanset> input)
    {
        var members = new bool[trace.Count];
        foreach (var spanset in input)
        {
            trace.Table.Tick();
            spanset.AddTo(members);
        }

        return Spanset.Of(members, []) is { } all ? [all] : [];
    }
}

/// <summary>An aggregate compared with a number; spans without a number do not count, and without any the spanset goes.</summary>
internal sealed class ScalarFilterNode(AggregateKind kind, FieldNode? operand, FieldOperator op, FieldValue threshold, string written) : StageNode
{
    public override List<Spanset> Apply(TraceView trace, List<Spanset> input)
    {
        var output = new List<Spanset>(input.Count);
        foreach (var spanset in input)
        {
            trace.Table.Tick();
            var value = Aggregate(trace, spanset);
            if (value.Kind != ValueKind.Nil && ComparisonNode.Single(trace.Table.Symbols, op, value, threshold))
            {
                output.Add(spanset.With(written, value));
            }
        }

        return output;
    }

    private FieldValue Aggregate(TraceView trace, Spanset spanset)
    {
        if (operand is null)
        {
            return FieldValue.OfInteger(spanset.Count);
        }

        var result = FieldValue.Nil;
        var sum = 0.0;
        Int128 whole = 0;
        var isWhole = true;
        var count = 0;
        foreach (var span in spanset.Spans)
        {
            var value = operand.Evaluate(trace.Table, trace.RowOf(span));
            if (!value.IsNumeric)
            {
                continue;
            }

            count++;
            sum += value.AsDouble;
            isWhole &= value.Kind != ValueKind.Float;
            if (isWhole)
            {
                whole += value.Bits;
            }

            var keeps = result.Kind != ValueKind.Nil
                && ComparisonNode.Single(
                    trace.Table.Symbols, kind == AggregateKind.Min ? FieldOperator.LessOrEqual : FieldOperator.GreaterOrEqual, result,
                    value);
            result = keeps ? result : value;
        }

        if (count == 0 || kind is AggregateKind.Min or AggregateKind.Max)
        {
            return result;
        }

        // Doubles tell whole numbers beyond 2^53 only roughly.
        if (isWhole && kind == AggregateKind.Sum && whole >= long.MinValue && whole <= long.MaxValue)
        {
            return result with { Bits = (long)whole };
        }

        var total = kind == AggregateKind.Average ? (isWhole ? (double)whole : sum) / count : sum;
        return result.Kind == ValueKind.Duration && Math.Abs(total) < long.MaxValue ? FieldValue.OfDuration((long)total) : FieldValue.OfFloat(total);
    }
}
