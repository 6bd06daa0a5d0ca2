using System.Text;

namespace Triptych.Ingest.Otlp.Json;

/// <summary>How a field's JSON value is written on the protobuf wire.</summary>
internal enum JsonFieldKind
{
    /// <summary>Text.</summary>
    Text,

    /// <summary>Bytes, in base64.</summary>
    Base64,

    /// <summary>An id, in hexadecimal digits (OTLP's deviation from protobuf's JSON).</summary>
    HexId,

    /// <summary>true or false.</summary>
    Bool,

    /// <summary>An integer as a varint: a number or its decimal text.</summary>
    Varint,

    /// <summary>As <see cref="Varint"/>, zigzag.</summary>
    SignedVarint,

    /// <summary>As <see cref="Varint"/>, of a number with a sign (int64).</summary>
    Int64,

    /// <summary>As <see cref="Varint"/>, in 8 bytes.</summary>
    Fixed64,

    /// <summary>As <see cref="Fixed64"/>, of a number with a sign.</summary>
    SignedFixed64,

    /// <summary>As <see cref="Varint"/>, in 4 bytes.</summary>
    Fixed32,

    /// <summary>A number, or the texts NaN, Infinity, -Infinity.</summary>
    Double,

    /// <summary>An enum by number or name.</summary>
    Enum,

    /// <summary>A message.</summary>
    Message,
}

/// <summary>A field of a message: names in JSON (lowerCamelCase, and the protobuf name that some senders use) and number.</summary>
internal sealed class JsonField
{
    private readonly byte[] _name;
    private readonly byte[] _protobufName;

    /// <param name="number">The field number.</param>
    /// <param name="name">The JSON name, lowerCamelCase.</param>
    /// <param name="kind">How its value is written.</param>
    /// <param name="repeated">Whether the JSON value is an array of such values.</param>
    /// <param name="message">For a message: its fields, in a function because messages nest in themselves.</param>
    /// <param name="enumNames">For an enum: names by number.</param>
    public JsonField(
        int number, string name, JsonFieldKind kind, bool repeated = false, Func<JsonMessage>? message = null, string[]? enumNames = null)
    {
        Number = number;
        Kind = kind;
        IsRepeated = repeated;
        Message = message;
        EnumNames = enumNames ?? [];
        _name = Encoding.UTF8.GetBytes(name);
        var snake = string.Concat(name.Select(c => char.IsAsciiLetterUpper(c) ? $"_{char.ToLowerInvariant(c)}" : c.ToString()));
        _protobufName = Encoding.UTF8.GetBytes(snake);
    }

    /// <summary>The field number.</summary>
    public int Number { get; }

    /// <summary>How its value is written.</summary>
    public JsonFieldKind Kind { get; }

    /// <summary>Whether the JSON value is an array.</summary>
    public bool IsRepeated { get; }

    /// <summary>The fields of the message.</summary>
    public Func<JsonMessage>? Message { get; }

    /// <summary>The names of an enum's numbers.</summary>
    public string[] EnumNames { get; }

    /// <summary>Whether this is the field's name.</summary>
    public bool IsNamed(ReadOnlySpan<byte> name) => name.SequenceEqual(_name) || name.SequenceEqual(_protobufName);
}

/// <summary>The fields of a message that the decoders read; all others are ignored.</summary>
internal sealed class JsonMessage(params JsonField[] fields)
{
    /// <summary>The field of that name, or null.</summary>
    public JsonField? Find(ReadOnlySpan<byte> name)
    {
        foreach (var field in fields)
        {
            if (field.IsNamed(name)) return field;
        }

        return null;
    }
}
