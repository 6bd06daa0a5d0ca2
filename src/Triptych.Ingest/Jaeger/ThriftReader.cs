using System.Buffers.Binary;

namespace Triptych.Ingest.Jaeger;

/// <summary>The types of Thrift's binary protocol.</summary>
internal enum ThriftType : byte
{
    Stop = 0,
    Bool = 2,
    Byte = 3,
    Double = 4,
    Int16 = 6,
    Int32 = 8,
    Int64 = 10,
    Binary = 11,
    Struct = 12,
    Map = 13,
    Set = 14,
    List = 15,
}

/// <summary>
/// Reads structs in Thrift's binary protocol: fields <c>type:u8 id:i16be value</c> up to a type of 0. Whatever is wrong ends the reading:
/// <see cref="Error"/> says what, every value after it is 0 or empty. A copy reads the same bytes again.
/// </summary>
internal ref struct ThriftReader(ReadOnlySpan<byte> source)
{
    /// <summary>How deep values that are not looked at may stand in each other.</summary>
    public const int MaxDepth = 32;

    private readonly ReadOnlySpan<byte> _source = source;
    private int _position;

    /// <summary>What is wrong, or null.</summary>
    public string? Error { get; private set; }

    /// <summary>Where reading ended.</summary>
    public readonly int Position => _position;

    /// <summary>Steps to the next field of the struct; false at its end.</summary>
    public bool TryReadField(out ThriftType type, out short id)
    {
        id = 0;
        type = (ThriftType)ReadByte();
        if (type == ThriftType.Stop || Error is not null) return false;
        id = BinaryPrimitives.ReadInt16BigEndian(Take(2));
        return Error is null;
    }

    public bool ReadBool() => ReadByte() != 0;

    public int ReadInt32() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    public long ReadInt64() => BinaryPrimitives.ReadInt64BigEndian(Take(8));

    /// <summary>Text or bytes.</summary>
    public ReadOnlySpan<byte> ReadBinary()
    {
        var length = ReadInt32();
        if (length >= 0 && length <= _source.Length - _position)
        {
            var bytes = _source.Slice(_position, length);
            _position += length;
            return bytes;
        }

        Fail("a length runs past the end");
        return default;
    }

    /// <summary>The number of structs in a list; an element has at least a byte, so that no count is believed that the body cannot hold.</summary>
    public int ReadListOfStructs()
    {
        var type = (ThriftType)ReadByte();
        var count = ReadInt32();
        if (Error is not null) return 0;
        if (count == 0) return 0;
        if (type == ThriftType.Struct && count > 0 && count <= _source.Length - _position) return count;
        Fail("a list does not hold the structs that it should");
        return 0;
    }

    /// <summary>Passes over a value.</summary>
    public void Skip(ThriftType type) => Skip(type, 0);

    /// <summary>Marks the body as malformed; the first reason stays.</summary>
    public void Fail(string error)
    {
        Error ??= error;
        _position = Math.Min(_position, _source.Length);
    }

    private void Skip(ThriftType type, int depth)
    {
        if (depth > MaxDepth)
        {
            Fail($"values stand in each other more than {MaxDepth} deep");
            return;
        }

        switch (type)
        {
            case ThriftType.Bool or ThriftType.Byte:
                ReadByte();
                break;
            case ThriftType.Int16:
                Take(2);
                break;
            case ThriftType.Int32:
                Take(4);
                break;
            case ThriftType.Int64 or ThriftType.Double:
                Take(8);
                break;
            case ThriftType.Binary:
                ReadBinary();
                break;
            case ThriftType.Struct:
                while (TryReadField(out var inner, out _)) Skip(inner, depth + 1);
                break;
            case ThriftType.List or ThriftType.Set:
                var element = (ThriftType)ReadByte();
                SkipMany(element, ThriftType.Stop, ReadInt32(), depth);
                break;
            case ThriftType.Map:
                var key = (ThriftType)ReadByte();
                var value = (ThriftType)ReadByte();
                SkipMany(key, value, ReadInt32(), depth);
                break;
            default:
                Fail($"{(byte)type} is no type of Thrift's binary protocol");
                break;
        }
    }

    private void SkipMany(ThriftType first, ThriftType second, int count, int depth)
    {
        if (count < 0 || count > _source.Length - _position) Fail("a count is larger than the body");
        for (; count > 0 && Error is null; count--)
        {
            Skip(first, depth + 1);
            if (second != ThriftType.Stop) Skip(second, depth + 1);
        }
    }

    private byte ReadByte() => Take(1)[0];

    private ReadOnlySpan<byte> Take(int count)
    {
        if (Error is null && count <= _source.Length - _position)
        {
            var bytes = _source.Slice(_position, count);
            _position += count;
            return bytes;
        }

        Fail("the body ends within a value");
        return "\0\0\0\0\0\0\0\0"u8;
    }
}
