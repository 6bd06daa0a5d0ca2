using System.Text;
using System.Text.Json;
using Triptych.Model.Attributes;

namespace Triptych.Columnar.Predicates;

/// <summary>
/// Walks the elements of a list attribute (<see cref="AttributeKind.Array"/>, JSON text). Texts, numbers and booleans are told; nested lists, maps and
/// nulls are passed over, for no comparison holds for them. Bytes that are not JSON end the walk.
/// </summary>
public ref struct ListReader
{
    private Utf8JsonReader _json;
    private bool _ended;

    /// <summary>Begins a walk.</summary>
    public ListReader(ReadOnlySpan<byte> json)
    {
        _json = new Utf8JsonReader(json, isFinalBlock: true, default);
        _ended = !TryAdvance() || _json.TokenType != JsonTokenType.StartArray;
    }

    /// <summary>The element's type.</summary>
    public AttributeKind Kind { get; private set; }

    /// <summary>The integer, the double's bits, or 1 and 0.</summary>
    public long Bits { get; private set; }

    /// <summary>Text.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Steps to the next element; false at the end.</summary>
    public bool TryRead()
    {
        while (!_ended && TryAdvance())
        {
            Bits = 0;
            Bytes = default;
            switch (_json.TokenType)
            {
                case JsonTokenType.String:
                    Kind = AttributeKind.String;
                    Bytes = _json.ValueIsEscaped ? Encoding.UTF8.GetBytes(_json.GetString()!) : _json.ValueSpan;
                    return true;
                case JsonTokenType.Number:
                    Kind = _json.TryGetInt64(out var integer) ? AttributeKind.Int : AttributeKind.Double;
                    Bits = Kind == AttributeKind.Int ? integer : BitConverter.DoubleToInt64Bits(_json.GetDouble());
                    return true;
                case JsonTokenType.True or JsonTokenType.False:
                    Kind = AttributeKind.Bool;
                    Bits = _json.TokenType == JsonTokenType.True ? 1 : 0;
                    return true;
                case JsonTokenType.StartArray or JsonTokenType.StartObject:
                    _ended = !TrySkip();
                    break;
                case JsonTokenType.EndArray:
                    _ended = true;
                    break;
            }
        }

        return false;
    }

    private bool TryAdvance()
    {
        try
        {
            return _json.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private bool TrySkip()
    {
        try
        {
            return _json.TrySkip();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
