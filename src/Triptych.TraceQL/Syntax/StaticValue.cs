using System.Globalization;
using System.Text;

namespace Triptych.TraceQL.Syntax;

/// <summary>Types of field expressions. <see cref="Attribute"/> is known only per span, <see cref="Span"/> is the parent span itself.</summary>
public enum FieldType
{
    Nil,
    Integer,
    Float,
    String,
    Boolean,
    Duration,
    Status,
    Kind,
    Attribute,
    Span,
}

/// <summary>
/// A literal. Integers, durations (nanoseconds), booleans (0 or 1), statuses and kinds (their OTLP numbers) are in
/// <see cref="Integer"/>, floats in <see cref="Float"/>, strings in <see cref="Text"/>.
/// </summary>
public readonly record struct StaticValue
{
    private static readonly string[] StatusNames = ["unset", "ok", "error"];
    private static readonly string[] KindNames = ["unspecified", "internal", "server", "client", "producer", "consumer"];

    private StaticValue(FieldType type, long integer, double number, string? text)
    {
        Type = type;
        Integer = integer;
        Float = number;
        Text = text;
    }

    public FieldType Type { get; }

    public long Integer { get; }

    public double Float { get; }

    public string? Text { get; }

    public bool IsNumeric => Type is FieldType.Integer or FieldType.Float or FieldType.Duration;

    /// <summary>The value of a number or duration (nanoseconds) as a float.</summary>
    public double AsDouble => Type == FieldType.Float ? Float : Integer;

    public static StaticValue Nil => default;

    public static StaticValue OfInteger(long value) => new(FieldType.Integer, value, 0, null);

    public static StaticValue OfFloat(double value) => new(FieldType.Float, 0, value, null);

    public static StaticValue OfString(string value) => new(FieldType.String, 0, 0, value);

    public static StaticValue OfBoolean(bool value) => new(FieldType.Boolean, value ? 1 : 0, 0, null);

    public static StaticValue OfDuration(long nanos) => new(FieldType.Duration, nanos, 0, null);

    public static StaticValue OfStatus(int otlpCode) => new(FieldType.Status, otlpCode, 0, null);

    public static StaticValue OfKind(int otlpKind) => new(FieldType.Kind, otlpKind, 0, null);

    /// <summary>A status by its name in the language, or null.</summary>
    public static StaticValue? StatusNamed(string name) => IndexOf(StatusNames, name) is >= 0 and var code ? OfStatus(code) : null;

    /// <summary>A span kind by its name in the language, or null.</summary>
    public static StaticValue? KindNamed(string name) => IndexOf(KindNames, name) is >= 0 and var code ? OfKind(code) : null;

    /// <summary>The names of the statuses by OTLP code.</summary>
    public static IReadOnlyList<string> Statuses => StatusNames;

    /// <summary>The names of the span kinds by OTLP number.</summary>
    public static IReadOnlyList<string> Kinds => KindNames;

    /// <summary>The negated number, or null where it is no number or does not fit.</summary>
    public StaticValue? Negated() => Type switch
    {
        FieldType.Integer when Integer != long.MinValue => OfInteger(-Integer),
        FieldType.Duration when Integer != long.MinValue => OfDuration(-Integer),
        FieldType.Float => OfFloat(-Float),
        _ => null,
    };

    /// <summary>The literal as it would be written in a query.</summary>
    public override string ToString() => Type switch
    {
        FieldType.Nil => "nil",
        FieldType.Integer when Integer == long.MinValue => "minInt",
        FieldType.Integer => Integer.ToString(CultureInfo.InvariantCulture),
        FieldType.Float => FormatFloat(Float),
        FieldType.String => Quote(Text!),
        FieldType.Boolean => Integer != 0 ? "true" : "false",
        FieldType.Duration => DurationLiteral.Format(Integer),
        FieldType.Status => Name(StatusNames, Integer),
        FieldType.Kind => Name(KindNames, Integer),
        _ => Type.ToString(),
    };

    /// <summary>A string in double quotes with escapes that the lexer reads back.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var unit in text)
        {
            _ = unit switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append(@"\\"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                < ' ' => quoted.Append(CultureInfo.InvariantCulture, $"\\x{(int)unit:x2}"),
                _ => quoted.Append(unit),
            };
        }

        return quoted.Append('"').ToString();
    }

    private static string FormatFloat(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().ContainsAny('.', 'E', 'N') || double.IsInfinity(value) ? text : text + ".0";
    }

    private static string Name(string[] names, long code) => code >= 0 && code < names.Length ? names[code] : $"{code}";

    private static int IndexOf(string[] names, string name) => Array.IndexOf(names, name);
}
