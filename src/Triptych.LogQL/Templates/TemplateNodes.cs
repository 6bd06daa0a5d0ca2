using System.Globalization;
using System.Text;

namespace Triptych.LogQL.Templates;

/// <summary>What a template sees of a row.</summary>
internal interface ITemplateScope
{
    /// <summary>A label's value; empty where there is none.</summary>
    string Field(string name);

    /// <summary>The line as it is now.</summary>
    string Line { get; }
}

/// <summary>A piece of a template. False where it cannot be carried out on this row.</summary>
internal abstract record TemplateNode
{
    public abstract bool TryWrite(ITemplateScope scope, StringBuilder into);
}

internal sealed record TextNode(string Text) : TemplateNode
{
    public override bool TryWrite(ITemplateScope scope, StringBuilder into)
    {
        into.Append(Text);
        return true;
    }
}

internal sealed record ActionNode(TemplatePipeline Pipeline) : TemplateNode
{
    public override bool TryWrite(ITemplateScope scope, StringBuilder into)
    {
        if (Pipeline.Evaluate(scope) is not { } value) return false;
        into.Append(TemplateValue.Print(value));
        return into.Length <= Template.MaxOutputLength;
    }
}

internal sealed record IfNode(TemplatePipeline Condition, IReadOnlyList<TemplateNode> Then, IReadOnlyList<TemplateNode> Else) : TemplateNode
{
    public override bool TryWrite(ITemplateScope scope, StringBuilder into)
    {
        if (Condition.Evaluate(scope) is not { } value) return false;
        foreach (var node in TemplateValue.IsTrue(value) ? Then : Else)
        {
            if (!node.TryWrite(scope, into)) return false;
        }

        return true;
    }
}

/// <summary>A value of an expression; null where it cannot be computed. Values are string, long, double and bool.</summary>
internal abstract record TemplateExpression
{
    public abstract object? Evaluate(ITemplateScope scope);
}

internal sealed record LiteralExpression(object Value) : TemplateExpression
{
    public override object? Evaluate(ITemplateScope scope) => Value;
}

internal sealed record FieldExpression(string Name) : TemplateExpression
{
    public override object? Evaluate(ITemplateScope scope) => scope.Field(Name);
}

/// <summary>A function with its arguments; the value of the command before it in a pipeline comes last.</summary>
internal sealed record CallExpression(
    TemplateFunction Function, IReadOnlyList<TemplateExpression> Arguments, TemplateExpression? Piped) : TemplateExpression
{
    public override object? Evaluate(ITemplateScope scope)
    {
        var values = new object[Arguments.Count + (Piped is null ? 0 : 1)];
        for (var i = 0; i < Arguments.Count; i++)
        {
            if (Arguments[i].Evaluate(scope) is not { } value) return null;
            values[i] = value;
        }

        if (Piped is not null)
        {
            if (Piped.Evaluate(scope) is not { } value) return null;
            values[^1] = value;
        }

        return Function.Run(values, scope);
    }
}

/// <summary>Commands joined by bars; as an expression its last one's value.</summary>
internal sealed record TemplatePipeline(TemplateExpression Last) : TemplateExpression
{
    public override object? Evaluate(ITemplateScope scope) => Last.Evaluate(scope);
}

/// <summary>Values as Go's templates treat them.</summary>
internal static class TemplateValue
{
    public static bool IsTrue(object value) => value switch
    {
        bool flag => flag,
        long number => number != 0,
        double number => number != 0,
        string text => text.Length > 0,
        _ => true,
    };

    public static string Print(object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => PrintDouble(number),
        _ => (string)value,
    };

    /// <summary>A number out of anything, 0 where it is none, as the functions' originals cast.</summary>
    public static double ToDouble(object value) => value switch
    {
        bool flag => flag ? 1 : 0,
        long number => number,
        double number => number,
        string text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : 0,
        _ => 0,
    };

    /// <inheritdoc cref="ToDouble"/>
    public static long ToLong(object value) => value switch
    {
        long number => number,
        string text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        _ => ToDouble(value) is var number && Math.Abs(number) < 9e18 ? (long)number : 0,
    };

    private static string PrintDouble(double number)
    {
        if (double.IsNaN(number)) return "NaN";
        if (double.IsInfinity(number)) return number > 0 ? "+Inf" : "-Inf";
        // Go writes an exponent where it is below -4 or 21 and above; between, the shortest digits without one.
        var magnitude = Math.Abs(number);
        if (number != 0 && magnitude is < 1e-4 or >= 1e21) return number.ToString("0.################e+00", CultureInfo.InvariantCulture);
        return number.ToString("0.####################", CultureInfo.InvariantCulture);
    }
}
