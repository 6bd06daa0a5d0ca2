using System.Text;

namespace Triptych.LogQL.Templates;

/// <summary>How a piece of a template ended.</summary>
internal enum TemplateFlow
{
    /// <summary>The next piece follows.</summary>
    Next,

    /// <summary>The loop around it is left.</summary>
    Break,

    /// <summary>The loop around it goes on with the next item.</summary>
    Continue,

    /// <summary>The template cannot be carried out on this row.</summary>
    Fail,
}

/// <summary>A piece of a template.</summary>
internal abstract record TemplateNode
{
    public abstract TemplateFlow Write(TemplateFrame frame, StringBuilder into);

    /// <summary>Writes nodes one after the other, until one ends otherwise than with the next.</summary>
    public static TemplateFlow WriteAll(IReadOnlyList<TemplateNode> nodes, TemplateFrame frame, StringBuilder into)
    {
        foreach (var node in nodes)
        {
            var flow = frame.TryWork(0) ? node.Write(frame, into) : TemplateFlow.Fail;
            if (flow != TemplateFlow.Next) return flow;
        }

        return TemplateFlow.Next;
    }
}

internal sealed record TextNode(string Text) : TemplateNode
{
    public override TemplateFlow Write(TemplateFrame frame, StringBuilder into)
    {
        into.Append(Text);
        return into.Length <= Template.MaxOutputLength ? TemplateFlow.Next : TemplateFlow.Fail;
    }
}

/// <summary>Writes a value, unless it is kept in a variable.</summary>
internal sealed record ActionNode(TemplatePipeline Pipeline) : TemplateNode
{
    public override TemplateFlow Write(TemplateFrame frame, StringBuilder into)
    {
        if (Pipeline.Evaluate(frame) is not { } value) return TemplateFlow.Fail;
        if (Pipeline.Variable is not null) return TemplateFlow.Next;
        if (TemplateValue.PrintAny(value) is not { } text) return TemplateFlow.Fail;
        into.Append(text);
        return into.Length <= Template.MaxOutputLength ? TemplateFlow.Next : TemplateFlow.Fail;
    }
}

/// <summary><c>break</c> or <c>continue</c>.</summary>
internal sealed record JumpNode(TemplateFlow Flow) : TemplateNode
{
    public override TemplateFlow Write(TemplateFrame frame, StringBuilder into) => Flow;
}

internal sealed record IfNode(TemplatePipeline Condition, IReadOnlyList<TemplateNode> Then, IReadOnlyList<TemplateNode> Else) : TemplateNode
{
    public override TemplateFlow Write(TemplateFrame frame, StringBuilder into) =>
        Condition.Evaluate(frame) is { } value
            ? WriteAll(TemplateValue.IsTrue(value) ? Then : Else, frame, into)
            : TemplateFlow.Fail;
}

/// <summary>Like if, and the dot is the value of the condition in the first branch.</summary>
internal sealed record WithNode(TemplatePipeline Condition, IReadOnlyList<TemplateNode> Then, IReadOnlyList<TemplateNode> Else) : TemplateNode
{
    public override TemplateFlow Write(TemplateFrame frame, StringBuilder into)
    {
        if (Condition.Evaluate(frame) is not { } value) return TemplateFlow.Fail;
        if (!TemplateValue.IsTrue(value)) return WriteAll(Else, frame, into);
        var outer = frame.Dot;
        frame.Dot = value;
        var flow = WriteAll(Then, frame, into);
        frame.Dot = outer;
        return flow;
    }
}

/// <summary>The items of a list, the values of a map in the order of its keys, or the numbers below one; the dot is the item.</summary>
/// <param name="Over">What to go through.</param>
/// <param name="Key">The variable of the index or key.</param>
/// <param name="Item">The variable of the item.</param>
/// <param name="Body">What to write for each.</param>
/// <param name="Else">What to write where there is none.</param>
internal sealed record RangeNode(
    TemplateExpression Over, int? Key, int? Item, IReadOnlyList<TemplateNode> Body, IReadOnlyList<TemplateNode> Else) : TemplateNode
{
    public override TemplateFlow Write(TemplateFrame frame, StringBuilder into)
    {
        if (Over.Evaluate(frame) is not { } value || Items(value) is not { } items) return TemplateFlow.Fail;
        var outer = frame.Dot;
        var flow = TemplateFlow.Next;
        var any = false;
        foreach (var (key, item) in items)
        {
            any = true;
            if (Key is { } keyVariable) frame[keyVariable] = key;
            if (Item is { } itemVariable) frame[itemVariable] = item;
            frame.Dot = item;
            flow = frame.TryWork(0) ? WriteAll(Body, frame, into) : TemplateFlow.Fail;
            if (flow is TemplateFlow.Break or TemplateFlow.Fail) break;
        }

        frame.Dot = outer;
        if (!any) return WriteAll(Else, frame, into);
        return flow == TemplateFlow.Fail ? flow : TemplateFlow.Next;
    }

    private static IEnumerable<(object Key, object Item)>? Items(object value) => value switch
    {
        TemplateNil => [],
        TemplateMap map => map.Entries.Select(entry => ((object)entry.Key, entry.Value)),
        IReadOnlyList<object> list => list.Select((item, index) => ((object)(long)index, item)),
        long count => Below(count),
        _ => null,
    };

    private static IEnumerable<(object Key, object Item)> Below(long count)
    {
        for (var i = 0L; i < count; i++) yield return (i, i);
    }
}

/// <summary>A template inside of another one, with the variables that it has at the most.</summary>
internal sealed record DefinedTemplate(IReadOnlyList<TemplateNode> Nodes, int Variables);

/// <summary><c>template "name" argument</c>: writes a template that is defined before or behind.</summary>
internal sealed record CallNode(string Name, TemplatePipeline? Argument, IReadOnlyDictionary<string, DefinedTemplate> Defined) : TemplateNode
{
    public override TemplateFlow Write(TemplateFrame frame, StringBuilder into)
    {
        // Calls are bounded, and so are the blocks of each, but not what a thread of this system has of a stack.
        if (!System.Runtime.CompilerServices.RuntimeHelpers.TryEnsureSufficientExecutionStack()) return TemplateFlow.Fail;
        if (!Defined.TryGetValue(Name, out var template)) return TemplateFlow.Fail;
        var argument = Argument is null ? TemplateNil.Value : Argument.Evaluate(frame);
        if (argument is null || frame.Call(argument, template.Variables) is not { } called) return TemplateFlow.Fail;
        return WriteAll(template.Nodes, called, into);
    }
}
