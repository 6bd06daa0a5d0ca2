using System.Text;

namespace Triptych.PromQL.Syntax;

/// <summary>Writes a tree for people: a part that is longer than a line is broken into its own parts, each indented by its depth.</summary>
public static class PrettyPrinter
{
    private const int MaxCharactersPerLine = 100;
    private const int SpacesPerLevel = 2;

    // Beyond this an indentation for each operator, and a try at one line for each, would cost the square of the chain's length.
    private const int MaxIndentedChain = 400;

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
            BinaryExpr binary when binary.Chain() is { Count: > MaxIndentedChain } chain => Chain(chain, level),
            BinaryExpr binary =>
                $"{Print(binary.Left, level + 1)}\n{indent}{PromQLPrinter.PrintOperator(binary)}\n{Print(binary.Right, level + 1)}",
            CallExpr call => indent + call.Function.Name + Arguments(call.Arguments, level),
            ParenExpr paren => indent + Arguments([paren.Inner], level),
            _ => indent + line,
        };
    }

    // Each operand and each operator on a line of its own, all operands at the same depth.
    private static string Chain(IReadOnlyList<BinaryExpr> chain, int level)
    {
        var text = new StringBuilder(Print(chain[0].Left, level + 1));
        foreach (var link in chain)
        {
            text.Append('\n').Append(' ', level * SpacesPerLevel).Append(PromQLPrinter.PrintOperator(link)).Append('\n');
            text.Append(Print(link.Right, level + 1));
        }
        return text.ToString();
    }

    private static string Arguments(IReadOnlyList<Expr> arguments, int level)
    {
        var lines = string.Join(",\n", arguments.Select(argument => Print(argument, level + 1)));
        return $"(\n{lines}\n{new string(' ', level * SpacesPerLevel)})";
    }
}
