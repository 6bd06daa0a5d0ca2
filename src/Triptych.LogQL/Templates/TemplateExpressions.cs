namespace Triptych.LogQL.Templates;

/// <summary>A value of an expression; null where it cannot be computed.</summary>
internal abstract record TemplateExpression
{
    public abstract object? Evaluate(TemplateFrame frame);
}

internal sealed record LiteralExpression(object Value) : TemplateExpression
{
    public override object? Evaluate(TemplateFrame frame) => Value;
}

/// <summary>The dot: the row's labels, or what an enclosing range or with has put in their place.</summary>
internal sealed record DotExpression : TemplateExpression
{
    public override object? Evaluate(TemplateFrame frame) => frame.Dot ?? frame.Labels;
}

/// <summary><c>.name</c>: what the dot has under a name.</summary>
internal sealed record FieldExpression(string Name) : TemplateExpression
{
    public override object? Evaluate(TemplateFrame frame) =>
        frame.Dot is { } dot ? TemplateValue.Member(dot, Name) : frame.Scope.Field(Name);
}

/// <summary><c>$</c>: the row's labels, or what the template was called with, whatever the dot stands for.</summary>
internal sealed record LabelsExpression : TemplateExpression
{
    public override object? Evaluate(TemplateFrame frame) => frame.Argument ?? frame.Labels;
}

/// <summary><c>$.name</c>.</summary>
internal sealed record LabelExpression(string Name) : TemplateExpression
{
    public override object? Evaluate(TemplateFrame frame) =>
        frame.Argument is { } argument ? TemplateValue.Member(argument, Name) : frame.Scope.Field(Name);
}

internal sealed record VariableExpression(int Variable) : TemplateExpression
{
    public override object? Evaluate(TemplateFrame frame) => frame[Variable];
}

/// <summary><c>inner.name</c>.</summary>
internal sealed record MemberExpression(TemplateExpression Inner, string Name) : TemplateExpression
{
    public override object? Evaluate(TemplateFrame frame) =>
        Inner.Evaluate(frame) is { } value ? TemplateValue.Member(value, Name) : null;
}

/// <summary><c>and</c> gives the first value that is false, <c>or</c> the first that is true, else the last; none after it is computed.</summary>
internal sealed record ShortCircuitExpression(bool StopsAt, IReadOnlyList<TemplateExpression> Operands) : TemplateExpression
{
    public override object? Evaluate(TemplateFrame frame)
    {
        object? value = null;
        foreach (var operand in Operands)
        {
            value = operand.Evaluate(frame);
            if (value is null || TemplateValue.IsTrue(value) == StopsAt) break;
        }

        return value;
    }
}

/// <summary>A function with its arguments; the value of the command before it in a pipeline comes last.</summary>
internal sealed record CallExpression(TemplateFunction Function, IReadOnlyList<TemplateExpression> Arguments) : TemplateExpression
{
    public override object? Evaluate(TemplateFrame frame)
    {
        var values = new object[Arguments.Count];
        long characters = 0;
        for (var i = 0; i < values.Length; i++)
        {
            if (Arguments[i].Evaluate(frame) is not { } value) return null;
            if (!Function.TakesAny && !TemplateValue.IsSimple(value)) return null;
            if (value is string text) characters += text.Length;
            values[i] = value;
        }

        if (!frame.TryWork(characters)) return null;
        var result = Function.Run(values, frame.Scope);
        if (result is not string made) return result;

        // A loop could feed a text that grows to itself; what a function makes beyond what it was given is work too.
        return made.Length <= Template.MaxOutputLength && (made.Length <= characters || frame.TryWork(made.Length - characters)) ? made : null;
    }
}

/// <summary>Commands joined by bars: its value is the last one's, which it can keep in a variable.</summary>
internal sealed record TemplatePipeline(TemplateExpression Last, int? Variable) : TemplateExpression
{
    public override object? Evaluate(TemplateFrame frame)
    {
        var value = Last.Evaluate(frame);
        if (Variable is { } variable && value is not null) frame[variable] = value;
        return value;
    }
}
