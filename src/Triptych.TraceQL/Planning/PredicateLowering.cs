using System.Text;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Model.Attributes;
using Triptych.Model.Labels;
using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Planning;

/// <summary>
/// Translates field expressions into conditions of the scan, as far as those can say them: comparisons of one field with one
/// literal, joined by the logical operators. What remains is <see cref="LoweredPredicate.Unknown"/> and left to the nodes.
/// </summary>
internal static class PredicateLowering
{
    private static readonly HashSet<ReadOnlyMemory<byte>> NoParent = new(BytesComparer.Instance) { new byte[8] };

    public static LoweredPredicate Lower(FieldExpression? expression) => expression switch
    {
        null => LoweredPredicate.Everything,
        StaticExpression literal => literal.Value is { Type: FieldType.Boolean, Integer: not 0 } ? LoweredPredicate.Everything : LoweredPredicate.Nothing,
        ReferenceExpression { Reference: AttributeReference attribute } => LowerBoolean(attribute, expected: true),
        UnaryExpression unary => LowerNot(unary),
        BinaryExpression { Operator: FieldOperator.And } and => Lower(and.Left).And(Lower(and.Right)),
        BinaryExpression { Operator: FieldOperator.Or } or => Lower(or.Left).Or(Lower(or.Right)),
        BinaryExpression binary when binary.Operator.IsComparison() => LowerComparison(binary),
        _ => LoweredPredicate.Unknown,
    };

    private static LoweredPredicate LowerNot(UnaryExpression unary) => unary switch
    {
        { Operator: UnaryOperator.Negate } => LoweredPredicate.Unknown,

        // A missing attribute is neither true nor false, so "!.a" is not the complement of ".a".
        { Operand: ReferenceExpression { Reference: AttributeReference attribute } } => LowerBoolean(attribute, expected: false),
        { Operand: BinaryExpression binary } when !binary.Operator.IsArithmetic() => Lower(binary).Not(),
        { Operand: StaticExpression { Value.Type: FieldType.Boolean } literal } => Lower(literal).Not(),
        _ => LoweredPredicate.Unknown,
    };

    private static LoweredPredicate LowerBoolean(AttributeReference attribute, bool expected) =>
        FieldCatalog.AttributeColumn(attribute) is { } column
            ? LoweredPredicate.AtMost(new RowPredicate.Compare(column, CompareOp.Equal, AttributeValue.Boolean(expected)))
            : LoweredPredicate.Unknown;

    private static LoweredPredicate LowerComparison(BinaryExpression binary) => (binary.Left, binary.Right) switch
    {
        (ReferenceExpression reference, StaticExpression literal) => LowerComparison(reference.Reference, binary.Operator, literal.Value),
        (StaticExpression literal, ReferenceExpression reference) when binary.Operator is not (FieldOperator.Regex or FieldOperator.NotRegex) =>
            LowerComparison(reference.Reference, binary.Operator.Mirrored(), literal.Value),
        _ => LoweredPredicate.Unknown,
    };

    private static LoweredPredicate LowerComparison(FieldReference reference, FieldOperator op, StaticValue literal)
    {
        if (reference is AttributeReference attribute && !FieldCatalog.IsServiceName(reference))
        {
            return FieldCatalog.AttributeColumn(attribute) is { } column
                ? LowerAttribute(column, op, literal)
                : LowerInner(attribute.Scope == FieldScope.Event ? SpanColumns.Events : SpanColumns.Links, op, literal);
        }

        if (literal.Type == FieldType.Nil)
        {
            // Intrinsics are always there, except those of events and links.
            return reference is IntrinsicReference
            {
                Intrinsic: Intrinsic.EventName or Intrinsic.EventTimeSinceStart or Intrinsic.LinkTraceId or Intrinsic.LinkSpanId
            }
                ? LoweredPredicate.Unknown
                : LoweredPredicate.Everything;
        }

        if (reference is not IntrinsicReference { Intrinsic: var intrinsic })
        {
            return LowerText(SpanColumns.ServiceName, op, literal);
        }

        return intrinsic switch
        {
            Intrinsic.Name => LowerText(SpanColumns.Name, op, literal),
            Intrinsic.StatusMessage => LowerText(SpanColumns.StatusMessage, op, literal),
            Intrinsic.InstrumentationName => LowerText(SpanColumns.ScopeName, op, literal),
            Intrinsic.InstrumentationVersion => LowerText(SpanColumns.ScopeVersion, op, literal),
            Intrinsic.Duration => LowerNumber(SpanColumns.DurationNanos, op, literal),
            Intrinsic.Status => LowerNumber(SpanColumns.StatusCode, op, literal),
            Intrinsic.Kind => LowerNumber(SpanColumns.Kind, op, literal),
            Intrinsic.TraceId => LowerId(SpanColumns.TraceId, 32, op, literal),
            Intrinsic.SpanId => LowerId(SpanColumns.SpanId, 16, op, literal),
            Intrinsic.ParentId => LowerId(SpanColumns.ParentSpanId, 16, op, literal),
            Intrinsic.NestedSetParent => LowerNestedSetParent(op, literal),
            Intrinsic.EventName => LowerInner(SpanColumns.Events, op, literal),
            _ => LoweredPredicate.Unknown,
        };
    }

    private static LoweredPredicate LowerAttribute(ColumnRef column, FieldOperator op, StaticValue literal)
    {
        switch (op)
        {
            case FieldOperator.Equal when literal.Type == FieldType.Nil:
                return LoweredPredicate.Exactly(new RowPredicate.Not(new RowPredicate.Exists(column)));
            case FieldOperator.NotEqual when literal.Type == FieldType.Nil:
                return LoweredPredicate.Exactly(new RowPredicate.Exists(column));
            case FieldOperator.Regex when literal.Type == FieldType.String:
                return LoweredPredicate.Exactly(RegexLiterals.Match(column, literal.Text!));
            case FieldOperator.NotRegex when literal.Type == FieldType.String:
                // A number matches no pattern and differs from all, yet never compares: the nodes tell these apart.
                return LoweredPredicate.AtMost(new RowPredicate.And(
                    [new RowPredicate.Exists(column), new RowPredicate.Not(RegexLiterals.Match(column, literal.Text!))]));
        }

        if (Literal(literal) is not { } value)
        {
            // Statuses and kinds are no attribute's type.
            return LoweredPredicate.Nothing;
        }

        // A map or byte string is as a list without elements to the nodes: "!=" holds. The scan says false.
        return op == FieldOperator.NotEqual
            ? LoweredPredicate.AtMost(new RowPredicate.And(
                [new RowPredicate.Exists(column), new RowPredicate.Not(new RowPredicate.Compare(column, CompareOp.Equal, value))]))
            : LoweredPredicate.Exactly(new RowPredicate.Compare(column, Op(op), value));
    }

    /// <summary>Events and links: their texts stand in the column's bytes as they are, so an equal one is contained in them.</summary>
    private static LoweredPredicate LowerInner(ColumnRef column, FieldOperator op, StaticValue literal) =>
        op == FieldOperator.Equal && literal is { Type: FieldType.String, Text.Length: > 0 } && IsPlain(literal.Text)
            ? LoweredPredicate.AtMost(new RowPredicate.Contains(column, Encoding.UTF8.GetBytes(literal.Text)))
            : LoweredPredicate.Unknown;

    /// <summary>Whether JSON writes the text as it is, whatever the writer escapes.</summary>
    private static bool IsPlain(string text)
    {
        foreach (var unit in text)
        {
            if (!char.IsAsciiLetterOrDigit(unit) && unit is not (' ' or '.' or '-' or '_' or ':'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Texts that are never nil: a missing one is empty.</summary>
    private static LoweredPredicate LowerText(ColumnRef column, FieldOperator op, StaticValue literal)
    {
        if (literal.Type != FieldType.String)
        {
            return LoweredPredicate.Nothing;
        }

        var text = literal.Text!;
        var exists = new RowPredicate.Exists(column);
        switch (op)
        {
            case FieldOperator.Regex or FieldOperator.NotRegex:
                var match = RegexLiterals.Match(column, text);
                var emptyMatches = RegexLiterals.Compile(text).IsMatch("");
                RowPredicate matches = emptyMatches ? new RowPredicate.Or([match, new RowPredicate.Not(exists)]) : match;
                return op == FieldOperator.Regex
                    ? LoweredPredicate.Exactly(matches)
                    : LoweredPredicate.Exactly(new RowPredicate.Not(matches));
            default:
                var compare = new RowPredicate.Compare(column, Op(op), AttributeValue.String(text));
                return ComparisonNode.Holds(op, text.Length == 0 ? 0 : -1)
                    ? LoweredPredicate.Exactly(new RowPredicate.Or([compare, new RowPredicate.Not(exists)]))
                    : LoweredPredicate.Exactly(compare);
        }
    }

    private static LoweredPredicate LowerNumber(ColumnRef column, FieldOperator op, StaticValue literal)
    {
        AttributeValue? value = literal.Type switch
        {
            FieldType.Float => AttributeValue.Float(literal.Float),
            FieldType.Integer or FieldType.Duration or FieldType.Status or FieldType.Kind => AttributeValue.Int(literal.Integer),
            _ => null,
        };
        return value is null ? LoweredPredicate.Nothing : LoweredPredicate.Exactly(new RowPredicate.Compare(column, Op(op), value.Value));
    }

    private static LoweredPredicate LowerId(ColumnRef column, int hexDigits, FieldOperator op, StaticValue literal)
    {
        if (literal.Type != FieldType.String || op is not (FieldOperator.Equal or FieldOperator.NotEqual))
        {
            return LoweredPredicate.Unknown;
        }

        var text = FieldCompiler.NormalizeId(literal.Text!, hexDigits);
        var isRootParent = column == SpanColumns.ParentSpanId && text.Length == 0;
        LoweredPredicate equal;
        if (isRootParent)
        {
            equal = LoweredPredicate.Exactly(new RowPredicate.IdIn(column, NoParent));
        }
        else if (text.Length == hexDigits && text.All(char.IsAsciiHexDigitLower) && (column != SpanColumns.ParentSpanId || text.Any(d => d != '0')))
        {
            equal = LoweredPredicate.Exactly(new RowPredicate.IdIn(column, new(BytesComparer.Instance) { Convert.FromHexString(text) }));
        }
        else
        {
            equal = LoweredPredicate.Nothing;
        }

        return op == FieldOperator.Equal ? equal : equal.Not();
    }

    /// <summary>Roots have -1, all other spans more; so what holds for -1 only asks for roots.</summary>
    private static LoweredPredicate LowerNestedSetParent(FieldOperator op, StaticValue literal)
    {
        var asksForRoots = literal.IsNumeric && (op, literal.AsDouble) switch
        {
            (FieldOperator.Less, > -1 and <= 0) => true,
            (FieldOperator.LessOrEqual, >= -1 and < 0) => true,
            (FieldOperator.Equal, -1) => true,
            _ => false,
        };
        // A server's span that shares its client's id has no parent's id either.
        return asksForRoots
            ? LoweredPredicate.AtMost(new RowPredicate.IdIn(SpanColumns.ParentSpanId, NoParent))
            : LoweredPredicate.Unknown;
    }

    private static AttributeValue? Literal(StaticValue literal) => literal.Type switch
    {
        FieldType.Integer or FieldType.Duration => AttributeValue.Int(literal.Integer),
        FieldType.Float => AttributeValue.Float(literal.Float),
        FieldType.String => AttributeValue.String(literal.Text!),
        FieldType.Boolean => AttributeValue.Boolean(literal.Integer != 0),
        _ => null,
    };

    private static CompareOp Op(FieldOperator op) => op switch
    {
        FieldOperator.Equal => CompareOp.Equal,
        FieldOperator.NotEqual => CompareOp.NotEqual,
        FieldOperator.Less => CompareOp.Less,
        FieldOperator.LessOrEqual => CompareOp.LessOrEqual,
        FieldOperator.Greater => CompareOp.Greater,
        _ => CompareOp.GreaterOrEqual,
    };
}
