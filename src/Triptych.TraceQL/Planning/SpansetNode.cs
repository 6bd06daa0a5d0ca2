using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Planning;

/// <summary>A compiled spanset expression: which of the given spans of a trace it selects.</summary>
internal abstract class SpansetNode
{
    public abstract bool[] Evaluate(TraceView trace, bool[] input);

    /// <summary>What it selects of a set, or null where that is nothing.</summary>
    public virtual Spanset? Select(TraceView trace, Spanset input)
    {
        var members = new bool[trace.Count];
        input.AddTo(members);
        return Spanset.Of(Evaluate(trace, members), input.Attributes);
    }
}

internal sealed class FilterNode(FieldNode? condition) : SpansetNode
{
    // Without a look at the rest of the trace: behind by() there may be as many sets as spans.
    public override Spanset? Select(TraceView trace, Spanset input)
    {
        if (condition is null)
        {
            return input;
        }

        var spans = new List<int>();
        foreach (var span in input.Spans)
        {
            if (condition.Holds(trace.Table, trace.RowOf(span)))
            {
                spans.Add(span);
            }
        }

        return spans.Count == 0 ? null : new Spanset(spans, input.Attributes);
    }

    public override bool[] Evaluate(TraceView trace, bool[] input)
    {
        var selected = (bool[])input.Clone();
        if (condition is null)
        {
            return selected;
        }

        for (var span = 0; span < selected.Length; span++)
        {
            selected[span] = selected[span] && condition.Holds(trace.Table, trace.RowOf(span));
        }

        return selected;
    }
}

/// <summary><c>&amp;&amp;</c> asks both sides to select something; both return what either selected.</summary>
internal sealed class CombinationNode(bool isAnd, SpansetNode left, SpansetNode right) : SpansetNode
{
    public override bool[] Evaluate(TraceView trace, bool[] input)
    {
        var both = left.Evaluate(trace, input);
        var other = right.Evaluate(trace, input);
        if (isAnd && (!both.AsSpan().Contains(true) || !other.AsSpan().Contains(true)))
        {
            return new bool[input.Length];
        }

        for (var span = 0; span < both.Length; span++)
        {
            both[span] |= other[span];
        }

        return both;
    }
}

/// <summary>
/// A structural operator. It returns the right-hand spans that stand in the relation to some left-hand span; negated, those that
/// stand so to none; as a union, the spans of both sides that have a partner.
/// </summary>
internal sealed class RelationNode(SpansetRelation relation, RelationForm form, SpansetNode left, SpansetNode right) : SpansetNode
{
    public override bool[] Evaluate(TraceView trace, bool[] input)
    {
        var rightSet = right.Evaluate(trace, input);
        if (!rightSet.AsSpan().Contains(true))
        {
            return rightSet;
        }

        var leftSet = left.Evaluate(trace, input);
        var related = Related(trace, relation, leftSet);
        var result = new bool[input.Length];
        for (var span = 0; span < result.Length; span++)
        {
            result[span] = rightSet[span] && (related[span] != (form == RelationForm.Negated));
        }

        if (form == RelationForm.Union)
        {
            var partners = Related(trace, Inverse(relation), rightSet);
            for (var span = 0; span < result.Length; span++)
            {
                result[span] |= leftSet[span] && partners[span];
            }
        }

        return result;
    }

    /// <summary>For each span whether it is child, parent, … of some member of the set.</summary>
    private static bool[] Related(TraceView trace, SpansetRelation relation, bool[] set)
    {
        switch (relation)
        {
            case SpansetRelation.Descendant:
                return trace.Tree.BelowOf(set);
            case SpansetRelation.Ancestor:
                return trace.Tree.AboveOf(set);
            case SpansetRelation.Sibling:
                return Siblings(trace, set);
        }

        var related = new bool[set.Length];
        for (var span = 0; span < set.Length; span++)
        {
            var parent = trace.Tree.ParentOf(span);
            if (parent < 0)
            {
                continue;
            }

            if (relation == SpansetRelation.Child)
            {
                related[span] = set[parent];
            }
            else
            {
                related[parent] |= set[span];
            }
        }

        return related;
    }

    /// <summary>Siblings share a parent, received or not; nobody is its own sibling.</summary>
    private static bool[] Siblings(TraceView trace, bool[] set)
    {
        var membersByParent = new Dictionary<ulong, int>();
        for (var span = 0; span < set.Length; span++)
        {
            if (set[span] && trace[span].ParentId is not 0 and var parent)
            {
                membersByParent[parent] = membersByParent.GetValueOrDefault(parent) + 1;
            }
        }

        var related = new bool[set.Length];
        for (var span = 0; span < set.Length; span++)
        {
            related[span] = trace[span].ParentId is not 0 and var parent
                && membersByParent.GetValueOrDefault(parent) > (set[span] ? 1 : 0);
        }

        return related;
    }

    private static SpansetRelation Inverse(SpansetRelation relation) => relation switch
    {
        SpansetRelation.Child => SpansetRelation.Parent,
        SpansetRelation.Parent => SpansetRelation.Child,
        SpansetRelation.Descendant => SpansetRelation.Ancestor,
        SpansetRelation.Ancestor => SpansetRelation.Descendant,
        _ => relation,
    };
}

/// <summary>A pipeline in parentheses: the spans of all spansets that it leaves.</summary>
internal sealed class WrappedNode(IReadOnlyList<StageNode> stages) : SpansetNode
{
    public override bool[] Evaluate(TraceView trace, bool[] input)
    {
        var members = new bool[input.Length];
        if (Spanset.Of(input, []) is { } all)
        {
            foreach (var spanset in StageNode.Run(stages, trace, [all]))
            {
                spanset.AddTo(members);
            }
        }

        return members;
    }
}
