using Triptych.Model.Labels;

namespace Triptych.TraceQL.Syntax;

/// <summary>Types of field expressions; attributes fit everywhere, because each span may hold another type.</summary>
internal static class FieldTypeChecker
{
    public static bool IsNumeric(FieldType type) => type is FieldType.Integer or FieldType.Float or FieldType.Duration;

    public static string Describe(FieldType type) => type switch
    {
        FieldType.Integer => "an integer",
        FieldType.Float => "a float",
        FieldType.String => "a string",
        FieldType.Boolean => "a boolean",
        FieldType.Duration => "a duration",
        FieldType.Status => "a status",
        FieldType.Kind => "a kind",
        FieldType.Nil => "nil",
        FieldType.Attribute => "an attribute",
        _ => "a span",
    };

    /// <summary>Whether the expression depends on the span at all.</summary>
    public static bool ReadsSpan(FieldExpression expression) => expression switch
    {
        ReferenceExpression => true,
        UnaryExpression unary => ReadsSpan(unary.Operand),
        BinaryExpression binary => ReadsSpan(binary.Left) || ReadsSpan(binary.Right),
        _ => false,
    };

    public static TraceQLError? CheckReference(FieldReference reference, SourcePosition position) => reference switch
    {
        AttributeReference { OfParent: true } => TypeChecker.Unsupported(position, $"the parent scope of {reference}"),
        IntrinsicReference { Intrinsic: Intrinsic.Parent } => TypeChecker.Unsupported(position, "parent"),
        _ => null,
    };

    public static TraceQLError? Check(FieldExpression expression, out FieldType type)
    {
        switch (expression)
        {
            case StaticExpression literal:
                type = literal.Value.Type;
                return null;
            case ReferenceExpression reference:
                type = reference.Reference is IntrinsicReference intrinsic ? Intrinsics.TypeOf(intrinsic.Intrinsic) : FieldType.Attribute;
                return CheckReference(reference.Reference, reference.Position);
            case UnaryExpression unary:
                return CheckUnary(unary, out type);
            default:
                return CheckBinary((BinaryExpression)expression, out type);
        }
    }

    private static TraceQLError? CheckUnary(UnaryExpression unary, out FieldType type)
    {
        if (Check(unary.Operand, out type) is { } error)
        {
            return error;
        }

        var fits = unary.Operator == UnaryOperator.Not ? type == FieldType.Boolean : IsNumeric(type);
        if (fits || type == FieldType.Attribute)
        {
            type = unary.Operator == UnaryOperator.Not ? FieldType.Boolean : type;
            return null;
        }

        var sign = unary.Operator == UnaryOperator.Not ? "!" : "-";
        return TypeChecker.Invalid(unary.Position, $"unary {sign} does not apply to {Describe(type)}");
    }

    private static TraceQLError? CheckBinary(BinaryExpression binary, out FieldType type)
    {
        type = FieldType.Boolean;
        if (Check(binary.Left, out var left) is { } leftError)
        {
            return leftError;
        }

        if (Check(binary.Right, out var right) is { } rightError)
        {
            return rightError;
        }

        var op = binary.Operator;
        if (!Match(left, right))
        {
            return TypeChecker.Invalid(
                binary.Position,
                $"binary operations must operate on the same type: {Describe(left)} {op.Written()} {Describe(right)}");
        }

        if (!Applies(op, left) || !Applies(op, right))
        {
            return TypeChecker.Invalid(binary.Position, $"operator {op.Written()} does not apply to {Describe(Applies(op, left) ? right : left)}");
        }

        if (op == FieldOperator.Equal && NeverNil(binary) is { } never)
        {
            return TypeChecker.Invalid(binary.Position, $"{never} is never nil");
        }

        if (op is FieldOperator.Regex or FieldOperator.NotRegex && CheckRegex(binary) is { } regexError)
        {
            return regexError;
        }

        if (op.IsArithmetic())
        {
            type = left != FieldType.Attribute ? left : right;
        }

        return null;
    }

    private static bool Match(FieldType left, FieldType right) =>
        left == right || left is FieldType.Attribute or FieldType.Nil || right is FieldType.Attribute or FieldType.Nil
        || (IsNumeric(left) && IsNumeric(right));

    private static bool Applies(FieldOperator op, FieldType type) => type switch
    {
        FieldType.Attribute => true,
        FieldType.Boolean => op.IsLogical() || op is FieldOperator.Equal or FieldOperator.NotEqual,
        FieldType.Integer or FieldType.Float or FieldType.Duration =>
            op.IsArithmetic() || (op.IsComparison() && op is not (FieldOperator.Regex or FieldOperator.NotRegex)),
        FieldType.String => op.IsComparison(),
        _ => op is FieldOperator.Equal or FieldOperator.NotEqual,
    };

    /// <summary>What a comparison with nil says is absent although it is always there, or null.</summary>
    private static FieldReference? NeverNil(BinaryExpression binary)
    {
        var other = binary.Left is StaticExpression { Value.Type: FieldType.Nil } ? binary.Right
            : binary.Right is StaticExpression { Value.Type: FieldType.Nil } ? binary.Left
            : null;
        return other is ReferenceExpression { Reference: var reference }
            && reference is IntrinsicReference or AttributeReference { Scope: FieldScope.Resource, Name: "service.name" }
            ? reference
            : null;
    }

    private static TraceQLError? CheckRegex(BinaryExpression binary)
    {
        if (binary.Right is not StaticExpression { Value: { Type: FieldType.String } pattern })
        {
            return binary.Right is StaticExpression
                ? null
                : TypeChecker.Unsupported(binary.Right.Position, "a regular expression that is not a literal");
        }

        return RegexSyntax.TryCompileAnchored(pattern.Text!, out var refusal) is null
            ? TypeChecker.Invalid(binary.Right.Position, $"bad regular expression: {refusal}")
            : null;
    }
}
