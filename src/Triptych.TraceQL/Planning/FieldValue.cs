using System.Text.Json.Nodes;
using Triptych.Columnar.Symbols;
using Triptych.Model.Attributes;
using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Planning;

internal enum ValueKind : byte
{
    Nil,
    Integer,
    Float,
    String,
    Boolean,
    Duration,
    Status,
    Kind,
    /// <summary>Several values: a list attribute, or an attribute of each event or link.</summary>
    List,
}

/// <summary>
/// A value of a span while a query runs. Bits are the integer, nanoseconds, the double's bits, 1 or 0, an OTLP number, the symbol
/// of a string, or the index of a list in <see cref="SpanTable.Lists"/>.
/// </summary>
internal readonly record struct FieldValue(ValueKind Kind, long Bits)
{
    public static readonly FieldValue Nil;

    public static readonly FieldValue True = new(ValueKind.Boolean, 1);

    public static readonly FieldValue False = new(ValueKind.Boolean, 0);

    public bool IsTrue => Kind == ValueKind.Boolean && Bits != 0;

    public bool IsNumeric => Kind is ValueKind.Integer or ValueKind.Float or ValueKind.Duration;

    public double AsDouble => Kind == ValueKind.Float ? BitConverter.Int64BitsToDouble(Bits) : Bits;

    public static FieldValue OfBoolean(bool value) => value ? True : False;

    public static FieldValue OfInteger(long value) => new(ValueKind.Integer, value);

    /// <summary>A float; both zeros, which are equal, are one.</summary>
    public static FieldValue OfFloat(double value) => new(ValueKind.Float, value == 0 ? 0 : BitConverter.DoubleToInt64Bits(value));

    public static FieldValue OfDuration(long nanos) => new(ValueKind.Duration, nanos);

    public static FieldValue OfSymbol(int symbol) => new(ValueKind.String, symbol);

    /// <summary>A literal of the query.</summary>
    public static FieldValue Of(StaticValue value, SymbolTable symbols) => value.Type switch
    {
        FieldType.Integer => OfInteger(value.Integer),
        FieldType.Float => OfFloat(value.Float),
        FieldType.String => OfSymbol(symbols.Intern(value.Text!)),
        FieldType.Boolean => OfBoolean(value.Integer != 0),
        FieldType.Duration => OfDuration(value.Integer),
        FieldType.Status => new FieldValue(ValueKind.Status, value.Integer),
        FieldType.Kind => new FieldValue(ValueKind.Kind, value.Integer),
        _ => Nil,
    };

    /// <summary>The value as an answer carries it: durations, statuses and kinds as text. Nil is the text <c>nil</c>.</summary>
    public AttributeValue ToAttribute(SymbolTable symbols, IReadOnlyList<FieldValue[]> lists) => Kind switch
    {
        ValueKind.Integer => AttributeValue.Int(Bits),
        ValueKind.Float => AttributeValue.Float(AsDouble),
        ValueKind.String => AttributeValue.String(symbols.GetString((int)Bits)),
        ValueKind.Boolean => AttributeValue.Boolean(Bits != 0),
        ValueKind.Duration => AttributeValue.String(DurationText.Format(Bits)),
        ValueKind.Status => AttributeValue.String(StaticValue.OfStatus((int)Bits).ToString()),
        ValueKind.Kind => AttributeValue.String(StaticValue.OfKind((int)Bits).ToString()),
        ValueKind.List when lists[(int)Bits].Length == 1 => lists[(int)Bits][0].ToAttribute(symbols, lists),
        ValueKind.List => AttributeValue.Array(JsonOf(lists[(int)Bits].Select(e => e.ToAttribute(symbols, lists)))),
        _ => AttributeValue.String("nil"),
    };

    private static string JsonOf(IEnumerable<AttributeValue> values) => new JsonArray([.. values.Select(static value => value.Kind switch
    {
        AttributeKind.Int => JsonValue.Create(value.Bits),
        AttributeKind.Double when double.IsFinite(value.Double) => JsonValue.Create(value.Double),
        AttributeKind.Bool => JsonValue.Create(value.Bool),
        _ => JsonValue.Create(value.ToText()),
    })]).ToJsonString();
}
