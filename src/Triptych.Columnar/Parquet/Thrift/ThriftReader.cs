using System.Diagnostics.CodeAnalysis;
using System.Text;
using Triptych.Primitives.Binary;

namespace Triptych.Columnar.Parquet.Thrift;

/// <summary>
/// Reads structs of the Thrift compact protocol from a span. Never reads outside, never nests deeper than <see cref="MaxDepth"/>, never
/// believes a count that its bytes cannot hold. Whatever is malformed throws <see cref="MalformedDataException"/> with its position.
/// <code>
/// struct := field* 00          field := (idDelta:4 type:4 | 0:4 type:4 zigzag id) value
/// binary := varint length, bytes    list := (count:4 type:4 | F:4 type:4 varint count) element*
/// </code>
/// </summary>
internal ref struct ThriftReader(ReadOnlySpan<byte> source)
{
    public const int MaxDepth = 24;
    private readonly ReadOnlySpan<byte> _source = source;
    private int _depth;

    /// <summary>Offset of the next byte.</summary>
    public int Position { get; private set; }

    private readonly int Remaining => _source.Length - Position;

    /// <summary>Enters a struct; go through its fields with <see cref="Next"/> until that is false.</summary>
    public ThriftField BeginStruct()
    {
        if (++_depth > MaxDepth)
            Fail("thrift structs nest too deep");
        return default;
    }

    /// <summary>As <see cref="BeginStruct()"/>, for a field that must be a struct.</summary>
    public ThriftField BeginStruct(in ThriftField field)
    {
        Expect(field, ThriftType.Struct);
        return BeginStruct();
    }

    /// <summary>Goes to the next field of the struct; false behind the last.</summary>
    public bool Next(ref ThriftField field)
    {
        var head = ReadByte();
        if (head == 0)
        {
            _depth--;
            return false;
        }

        var type = (ThriftType)(head & 0xF);
        if (type is ThriftType.Stop or > ThriftType.Struct)
            Fail($"unknown thrift type {(int)type}");
        var delta = head >> 4;
        var id = delta == 0 ? ReadSigned() : field.Id + delta;
        if (id is < short.MinValue or > short.MaxValue)
            Fail("thrift field id out of range");
        field = new ThriftField { Id = (short)id, Type = type };
        return true;
    }

    public bool ReadBool(in ThriftField field)
    {
        if (field.Type is not (ThriftType.True or ThriftType.False))
            Fail($"field {field.Id} is no boolean");
        return field.Type == ThriftType.True;
    }

    public int ReadInt32(in ThriftField field)
    {
        if (field.Type is not (ThriftType.I32 or ThriftType.I16 or ThriftType.I8))
            Fail($"field {field.Id} is no 32-bit integer");
        return field.Type == ThriftType.I8 ? (sbyte)ReadByte() : ReadInt32();
    }

    public long ReadInt64(in ThriftField field)
    {
        if (field.Type is not (ThriftType.I64 or ThriftType.I32))
            Fail($"field {field.Id} is no 64-bit integer");
        return ReadSigned();
    }

    /// <summary>A value that must not be negative: a size, a count, an offset.</summary>
    public long ReadSize(in ThriftField field)
    {
        var value = field.Type == ThriftType.I64 ? ReadInt64(field) : ReadInt32(field);
        if (value < 0)
            Fail($"field {field.Id} is negative");
        return value;
    }

    /// <summary>As <see cref="ReadSize"/>, for a field of 32 bits.</summary>
    public int ReadSize32(in ThriftField field)
    {
        var value = ReadInt32(field);
        if (value < 0)
            Fail($"field {field.Id} is negative");
        return value;
    }

    public ReadOnlySpan<byte> ReadBinary(in ThriftField field)
    {
        Expect(field, ThriftType.Binary);
        return ReadBinary();
    }

    public string ReadString(in ThriftField field) => Encoding.UTF8.GetString(ReadBinary(field));

    /// <summary>Enters a list of <paramref name="elements"/> and returns their count.</summary>
    public int ReadList(in ThriftField field, ThriftType elements)
    {
        Expect(field, ThriftType.List);
        var count = ReadListHead(out var type);
        var same = type == elements || (elements is ThriftType.True && type is ThriftType.False);
        if (count > 0 && !same)
            Fail($"list {field.Id} holds {type}, not {elements}");
        return count;
    }

    /// <summary>An element of a list of 32-bit integers.</summary>
    public int ReadInt32()
    {
        var value = ReadSigned();
        if (value is < int.MinValue or > int.MaxValue)
            Fail("a 32-bit integer is out of range");
        return (int)value;
    }

    /// <summary>An element of a list of 64-bit integers.</summary>
    public long ReadSigned() => Varint.ZigZagDecode(ReadUnsigned());

    /// <summary>An element of a list of booleans.</summary>
    public bool ReadBool() => ReadByte() == (byte)ThriftType.True;

    /// <summary>An element of a list of byte strings.</summary>
    public ReadOnlySpan<byte> ReadBinary()
    {
        var length = ReadUnsigned();
        if (length > (ulong)Remaining)
            Fail("a thrift string is longer than what is left");
        var bytes = _source.Slice(Position, (int)length);
        Position += (int)length;
        return bytes;
    }

    /// <summary>Passes over the value of a field.</summary>
    public void Skip(in ThriftField field)
    {
        if (field.Type is not (ThriftType.True or ThriftType.False))
            SkipValue(field.Type);
    }

    [DoesNotReturn]
    public readonly void Fail(string problem) => throw new MalformedDataException(problem, Position);

    private void SkipValue(ThriftType type)
    {
        switch (type)
        {
            case ThriftType.True or ThriftType.False or ThriftType.I8:
                Advance(1);
                break;
            case ThriftType.I16 or ThriftType.I32 or ThriftType.I64:
                ReadUnsigned();
                break;
            case ThriftType.Double:
                Advance(8);
                break;
            case ThriftType.Binary:
                ReadBinary();
                break;
            case ThriftType.List or ThriftType.Set:
                SkipElements(ReadListHead(out var element), element, null);
                break;
            case ThriftType.Map:
                SkipMap();
                break;
            case ThriftType.Struct:
                var field = BeginStruct();
                while (Next(ref field))
                    Skip(field);
                break;
            default:
                Fail($"unknown thrift type {(int)type}");
                break;
        }
    }

    private void SkipMap()
    {
        var count = ReadCount();
        if (count == 0)
            return;
        var types = ReadByte();
        SkipElements(count, (ThriftType)(types >> 4), (ThriftType)(types & 0xF));
    }

    /// <summary>Elements of a list, or of a map when there is a <paramref name="mapped"/> type.</summary>
    private void SkipElements(int count, ThriftType element, ThriftType? mapped)
    {
        if (++_depth > MaxDepth)
            Fail("thrift lists nest too deep");
        for (var i = 0; i < count; i++)
        {
            SkipValue(element);
            if (mapped is { } value)
                SkipValue(value);
        }

        _depth--;
    }

    private int ReadListHead(out ThriftType type)
    {
        var head = ReadByte();
        type = (ThriftType)(head & 0xF);
        var count = head >> 4;
        if (count == 15)
            return ReadCount();
        if (count > Remaining)
            Fail("a thrift list is longer than what is left");
        return count;
    }

    // Each element takes a byte or more.
    private int ReadCount()
    {
        var count = ReadUnsigned();
        if (count > (ulong)Remaining)
            Fail("a thrift list is longer than what is left");
        return (int)count;
    }

    private void Expect(in ThriftField field, ThriftType type)
    {
        if (field.Type != type)
            Fail($"field {field.Id} is {field.Type}, not {type}");
    }

    private ulong ReadUnsigned()
    {
        var length = Varint.Read(_source[Position..], out var value);
        if (length <= 0)
            Fail("a thrift integer is malformed or cut off");
        Position += length;
        return value;
    }

    private byte ReadByte()
    {
        if (Remaining == 0)
            Fail("a thrift structure is cut off");
        return _source[Position++];
    }

    private void Advance(int count)
    {
        if (count > Remaining)
            Fail("a thrift structure is cut off");
        Position += count;
    }
}
