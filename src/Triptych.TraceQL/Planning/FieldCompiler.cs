using Triptych.Columnar.Symbols;
using Triptych.Model.Labels;
using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Planning;

/// <summary>Turns checked field expressions into nodes, and collects in the catalog what they read.</summary>
internal sealed class FieldCompiler(FieldCatalog catalog, SymbolTable symbols)
{
    public FieldNode Compile(FieldExpression expression) => expression switch
    {
        StaticExpression literal => new LiteralNode(FieldValue.Of(literal.Value, symbols)),
        ReferenceExpression reference => Compile(reference.Reference),
        UnaryExpression unary => new UnaryNode(unary.Operator, Compile(unary.Operand)),
        _ => CompileBinary((BinaryExpression)expression),
    };

    public FieldNode Compile(FieldReference reference) =>
        RowFieldNode.For(reference) ?? (FieldNode)new SlotNode(catalog.SlotOf(reference));

    /// <summary>An id as it is compared: lower-case hex, filled up with zeros on the left. Text that is no such id stays as it is.</summary>
    public static string NormalizeId(string written, int hexDigits)
    {
        if (written.Length == 0 || written.Length > hexDigits)
        {
            return written;
        }

        foreach (var digit in written)
        {
            if (!char.IsAsciiHexDigit(digit))
            {
                return written;
            }
        }

        return written.ToLowerInvariant().PadLeft(hexDigits, '0');
    }

    /// <summary>Hex digits of the id that an intrinsic is, or 0.</summary>
    public static int IdDigits(FieldExpression expression) => expression switch
    {
        ReferenceExpression { Reference: IntrinsicReference { Intrinsic: Intrinsic.TraceId or Intrinsic.LinkTraceId } } => 32,
        ReferenceExpression { Reference: IntrinsicReference { Intrinsic: Intrinsic.SpanId or Intrinsic.ParentId or Intrinsic.LinkSpanId } } => 16,
        _ => 0,
    };

    private FieldNode CompileBinary(BinaryExpression binary)
    {
        if (binary.Operator.IsLogical())
        {
            return new LogicalNode(binary.Operator == FieldOperator.And, Compile(binary.Left), Compile(binary.Right));
        }

        if (binary.Operator.IsArithmetic())
        {
            return new ArithmeticNode(binary.Operator, Compile(binary.Left), Compile(binary.Right));
        }

        if (IsNil(binary.Left) || IsNil(binary.Right))
        {
            return new PresenceNode(
                present: binary.Operator == FieldOperator.NotEqual, Compile(IsNil(binary.Right) ? binary.Left : binary.Right));
        }

        if (binary.Operator is FieldOperator.Regex or FieldOperator.NotRegex)
        {
            var pattern = ((StaticExpression)binary.Right).Value.Text!;
            var regex = RegexSyntax.TryCompileAnchored(pattern, out var error) ?? throw new InvalidOperationException(error);
            return new RegexNode(binary.Operator == FieldOperator.NotRegex, Compile(binary.Left), regex);
        }

        return new ComparisonNode(
            binary.Operator, CompileOperand(binary.Left, IdDigits(binary.Right)), CompileOperand(binary.Right, IdDigits(binary.Left)));
    }

    private FieldNode CompileOperand(FieldExpression operand, int idDigits) =>
        idDigits > 0 && operand is StaticExpression { Value: { Type: FieldType.String } text }
            ? new LiteralNode(FieldValue.OfSymbol(symbols.Intern(NormalizeId(text.Text!, idDigits))))
            : Compile(operand);

    private static bool IsNil(FieldExpression expression) => expression is StaticExpression { Value.Type: FieldType.Nil };
}
