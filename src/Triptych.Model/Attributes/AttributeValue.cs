using System.Globalization;
using System.Text;

namespace Triptych.Model.Attributes;

/// <summary>One attribute's value as a cold object: literals of queries, answers. Hot paths read <see cref="AttributeReader"/> instead.</summary>
public readonly record struct AttributeValue
{
    private AttributeValue(AttributeKind kind, long bits, string? text)
    {
        Kind = kind;
        Bits = bits;
        Text = text;
    }

    /// <summary>The value's type.</summary>
    public AttributeKind Kind { get; }

    /// <summary>The integer, the double's bits, or 1 and 0 for true and false.</summary>
    public long Bits { get; }

    /// <summary>The text, the JSON of a list or map, or the base64 of bytes.</summary>
    public string? Text { get; }

    /// <summary>The double.</summary>
    public double Double => BitConverter.Int64BitsToDouble(Bits);

    /// <summary>True or false.</summary>
    public bool Bool => Bits != 0;

    /// <summary>Text.</summary>
    public static AttributeValue String(string text) => new(AttributeKind.String, 0, text);

    /// <summary>An integer.</summary>
    public static AttributeValue Int(long value) => new(AttributeKind.Int, value, null);

    /// <summary>A float.</summary>
    public static AttributeValue Float(double value) => new(AttributeKind.Double, BitConverter.DoubleToInt64Bits(value), null);

    /// <summary>True or false.</summary>
    public static AttributeValue Boolean(bool value) => new(AttributeKind.Bool, value ? 1 : 0, null);

    /// <summary>A list, as JSON.</summary>
    public static AttributeValue Array(string json) => new(AttributeKind.Array, 0, json);

    /// <summary>A map, as JSON.</summary>
    public static AttributeValue KeyValueList(string json) => new(AttributeKind.KeyValueList, 0, json);

    /// <summary>Bytes.</summary>
    public static AttributeValue Binary(ReadOnlySpan<byte> bytes) => new(AttributeKind.Bytes, 0, Convert.ToBase64String(bytes));

    /// <summary>The value as the text that a label or a search shows.</summary>
    public string ToText() => Kind switch
    {
        AttributeKind.Bool => Bool ? "true" : "false",
        AttributeKind.Int => Bits.ToString(CultureInfo.InvariantCulture),
        AttributeKind.Double => Double.ToString("R", CultureInfo.InvariantCulture),
        _ => Text ?? "",
    };

    /// <summary>Makes a value out of one step of an <see cref="AttributeReader"/>.</summary>
    public static AttributeValue Read(AttributeKind kind, long bits, ReadOnlySpan<byte> bytes) => kind switch
    {
        AttributeKind.String or AttributeKind.Array or AttributeKind.KeyValueList => new(kind, 0, Encoding.UTF8.GetString(bytes)),
        AttributeKind.Bytes => Binary(bytes),
        _ => new(kind, bits, null),
    };
}
