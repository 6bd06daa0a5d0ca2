using System.Collections.Immutable;

namespace Triptych.Columnar.Parquet;

/// <summary>
/// A node of a schema: a leaf with values, or a group of fields. Immutable. Lists and maps are built in the three-level form of
/// LogicalTypes.md, so that every reader sees them as such.
/// </summary>
public sealed class ParquetField
{
    internal ParquetField(
        string name, ParquetRepetition repetition, ParquetType? type, int typeLength, ParquetLogicalType logicalType, ImmutableArray<ParquetField> children)
    {
        Name = name;
        Repetition = repetition;
        Type = type;
        TypeLength = typeLength;
        LogicalType = logicalType;
        Children = children;
    }

    public string Name { get; }

    public ParquetRepetition Repetition { get; }

    /// <summary>The physical type of a leaf; null for a group.</summary>
    public ParquetType? Type { get; }

    /// <summary>Bytes of a value of FIXED_LEN_BYTE_ARRAY; else 0.</summary>
    public int TypeLength { get; }

    public ParquetLogicalType LogicalType { get; }

    /// <summary>Fields of a group; empty for a leaf.</summary>
    public ImmutableArray<ParquetField> Children { get; }

    public static ParquetField Boolean(string name, bool nullable = false) => Leaf(name, ParquetType.Boolean, nullable);

    public static ParquetField Int32(string name, bool nullable = false, ParquetLogicalType logicalType = ParquetLogicalType.None) =>
        Leaf(name, ParquetType.Int32, nullable, logicalType);

    public static ParquetField Int64(string name, bool nullable = false, ParquetLogicalType logicalType = ParquetLogicalType.None) =>
        Leaf(name, ParquetType.Int64, nullable, logicalType);

    public static ParquetField TimestampNanos(string name, bool nullable = false) =>
        Leaf(name, ParquetType.Int64, nullable, ParquetLogicalType.TimestampNanos);

    public static ParquetField TimestampMillis(string name, bool nullable = false) =>
        Leaf(name, ParquetType.Int64, nullable, ParquetLogicalType.TimestampMillis);

    public static ParquetField Float(string name, bool nullable = false) => Leaf(name, ParquetType.Float, nullable);

    public static ParquetField Double(string name, bool nullable = false) => Leaf(name, ParquetType.Double, nullable);

    /// <summary>BYTE_ARRAY of UTF-8 text.</summary>
    public static ParquetField String(string name, bool nullable = false) => Leaf(name, ParquetType.ByteArray, nullable, ParquetLogicalType.String);

    /// <summary>BYTE_ARRAY of JSON text.</summary>
    public static ParquetField Json(string name, bool nullable = false) => Leaf(name, ParquetType.ByteArray, nullable, ParquetLogicalType.Json);

    /// <summary>BYTE_ARRAY.</summary>
    public static ParquetField Binary(string name, bool nullable = false) => Leaf(name, ParquetType.ByteArray, nullable);

    /// <summary>FIXED_LEN_BYTE_ARRAY of <paramref name="width"/> bytes.</summary>
    public static ParquetField Fixed(string name, int width, bool nullable = false) =>
        Leaf(name, ParquetType.FixedLenByteArray, nullable, ParquetLogicalType.None, width);

    /// <summary>A leaf of any type that can be written.</summary>
    /// <exception cref="ArgumentException">The logical type does not go with the physical one.</exception>
    public static ParquetField Leaf(
        string name, ParquetType type, bool nullable, ParquetLogicalType logicalType = ParquetLogicalType.None, int typeLength = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (type == ParquetType.FixedLenByteArray ? typeLength is < 1 or > MaxTypeLength : typeLength != 0)
            throw new ArgumentException($"Column {name}: {typeLength} is no width for {type}.", nameof(typeLength));
        if (!Fits(type, typeLength, logicalType))
            throw new ArgumentException($"Column {name}: {logicalType} is not a meaning of {type}.", nameof(logicalType));
        return new ParquetField(name, nullable ? ParquetRepetition.Optional : ParquetRepetition.Required, type, typeLength, logicalType, []);
    }

    /// <summary>A group that is always there (or null as a whole when <paramref name="nullable"/>).</summary>
    public static ParquetField Struct(string name, bool nullable, params ReadOnlySpan<ParquetField> fields) =>
        new(name, nullable ? ParquetRepetition.Optional : ParquetRepetition.Required, null, 0, ParquetLogicalType.None, [.. fields]);

    /// <summary>
    /// A list of structs: <c>name (LIST) { repeated group list { required group element { fields } } }</c>.
    /// </summary>
    public static ParquetField ListOfStruct(string name, bool nullable, params ReadOnlySpan<ParquetField> fields) =>
        ListOf(name, nullable, Struct("element", nullable: false, fields));

    /// <summary>A list of leaves: <c>name (LIST) { repeated group list { element } }</c>. The element's own name is not kept.</summary>
    public static ParquetField ListOf(string name, bool nullable, ParquetField element)
    {
        var named = new ParquetField("element", element.Repetition, element.Type, element.TypeLength, element.LogicalType, element.Children);
        var repeated = new ParquetField("list", ParquetRepetition.Repeated, null, 0, ParquetLogicalType.None, [named]);
        return Annotated(name, nullable, ParquetLogicalType.List, repeated);
    }

    /// <summary>
    /// A map from strings: <c>name (MAP) { repeated group key_value { required binary key (STRING); value } }</c>. The value's own name
    /// is not kept.
    /// </summary>
    public static ParquetField MapOf(string name, bool nullable, ParquetField value)
    {
        var named = new ParquetField("value", value.Repetition, value.Type, value.TypeLength, value.LogicalType, value.Children);
        var repeated = new ParquetField("key_value", ParquetRepetition.Repeated, null, 0, ParquetLogicalType.None, [String("key"), named]);
        return Annotated(name, nullable, ParquetLogicalType.Map, repeated);
    }

    internal const int MaxTypeLength = 64 * 1024;

    private static ParquetField Annotated(string name, bool nullable, ParquetLogicalType annotation, ParquetField repeated) =>
        new(name, nullable ? ParquetRepetition.Optional : ParquetRepetition.Required, null, 0, annotation, [repeated]);

    private static bool Fits(ParquetType type, int typeLength, ParquetLogicalType logicalType) => logicalType switch
    {
        ParquetLogicalType.None => type != ParquetType.Int96,
        ParquetLogicalType.String or ParquetLogicalType.Json or ParquetLogicalType.Enum => type == ParquetType.ByteArray,
        ParquetLogicalType.Uuid => type == ParquetType.FixedLenByteArray && typeLength == 16,
        ParquetLogicalType.Int8 or ParquetLogicalType.Int16 or ParquetLogicalType.Int32 => type == ParquetType.Int32,
        ParquetLogicalType.UInt8 or ParquetLogicalType.UInt16 or ParquetLogicalType.UInt32 => type == ParquetType.Int32,
        ParquetLogicalType.Int64 or ParquetLogicalType.UInt64 => type == ParquetType.Int64,
        ParquetLogicalType.TimestampMillis or ParquetLogicalType.TimestampMicros or ParquetLogicalType.TimestampNanos => type == ParquetType.Int64,
        _ => false,
    };
}
