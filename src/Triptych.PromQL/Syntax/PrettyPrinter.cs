using System.Text;

namespace Triptych.PromQL.Syntax;

/// <summary>Writes a tree for people: a part that is longer than a line is broken into its own parts, each indented by its depth.</summary>
public static class PrettyPrinter
{
    private const int MaxCharactersPerLine = 100;
    private const int SpacesPerLevel = 2;

    public static string Print(Expr expression) => Print(expression, 0);

    private static string Print(Expr expression, int level)
    {
        var line = PromQLPrinter.Print(expression);
        var indent = new string(' ', level * SpacesPerLevel);
        var isLong = Encoding.UTF8.GetByteCount(line) > MaxCharactersPerLine;
        return expression switch
        {
            // The operand has the indentation of the whole, which stands before the sign.
            UnaryExpr unary => indent + (unary.Negate ? "-" : "+") + Print(unary.Inner, level).Trim(),
            SubqueryExpr when !isLong => line,
            SubqueryExpr subquery => Print(subquery.Inner, level) + PromQLPrinter.PrintSuffix(subquery),
            _ when !isLong => indent + line,
            AggregateExpr aggregate => indent + PromQLPrinter.PrintHead(aggregate) + Arguments(
                aggregate.Parameter is null ? [aggregate.Inner] : [aggregate.Parameter, aggregate.Inner], level),
            BinaryExpr binary =>
                $"{Print(binary.Left, level + 1)}\n{indent}{PromQLPrinter.PrintOperator(binary)}\n{Print(binary.Right, level + 1)}",
            CallExpr call => indent + call.Function.Name + Arguments(call.Arguments, level),
            ParenExpr paren => indent + Arguments([paren.Inner], level),
            _ => indent + line,
        };
    }

    private static string Arguments(IReadOnlyList<Expr> arguments, int level)
    {
        var lines = string.Join(",\n", arguments.Select(argument => Print(argument, level + 1)));
        return $"(\n{lines}\n{new string(' ', level * SpacesPerLevel)})";
    }
}
