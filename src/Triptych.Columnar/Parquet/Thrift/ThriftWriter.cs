using System.Text;
using Triptych.Primitives.Binary;

namespace Triptych.Columnar.Parquet.Thrift;

/// <summary>Writes structs of the Thrift compact protocol; the grammar stands at <see cref="ThriftReader"/>. Fields come in ascending id.</summary>
internal sealed class ThriftWriter(PooledBufferWriter output)
{
    private readonly short[] _lastIds = new short[ThriftReader.MaxDepth + 1];
    private int _depth;

    /// <summary>Enters a struct that is the root or an element of a list.</summary>
    public void BeginStruct() => _lastIds[++_depth] = 0;

    public void BeginStruct(short id)
    {
        Head(id, ThriftType.Struct);
        BeginStruct();
    }

    public void EndStruct()
    {
        output.WriteByte(0);
        _depth--;
    }

    /// <summary>A struct without fields, the usual member of a union.</summary>
    public void EmptyStruct(short id)
    {
        BeginStruct(id);
        EndStruct();
    }

    public void Bool(short id, bool value) => Head(id, value ? ThriftType.True : ThriftType.False);

    public void Int8(short id, sbyte value)
    {
        Head(id, ThriftType.I8);
        output.WriteByte((byte)value);
    }

    public void Int16(short id, short value)
    {
        Head(id, ThriftType.I16);
        output.WriteSigned(value);
    }

    public void Int32(short id, int value)
    {
        Head(id, ThriftType.I32);
        output.WriteSigned(value);
    }

    public void Int64(short id, long value)
    {
        Head(id, ThriftType.I64);
        output.WriteSigned(value);
    }

    public void Binary(short id, ReadOnlySpan<byte> value)
    {
        Head(id, ThriftType.Binary);
        output.WriteLengthPrefixed(value);
    }

    public void String(short id, string value) => Binary(id, Encoding.UTF8.GetBytes(value));

    /// <summary>The head of a list; its elements follow through the methods below or as structs.</summary>
    public void List(short id, ThriftType elements, int count)
    {
        Head(id, ThriftType.List);
        if (count < 15)
        {
            output.WriteByte((byte)((count << 4) | (int)elements));
        }
        else
        {
            output.WriteByte((byte)(0xF0 | (int)elements));
            output.WriteUnsigned((ulong)count);
        }
    }

    public void Element(int value) => output.WriteSigned(value);

    public void Element(long value) => output.WriteSigned(value);

    public void Element(bool value) => output.WriteByte((byte)(value ? ThriftType.True : ThriftType.False));

    public void Element(ReadOnlySpan<byte> value) => output.WriteLengthPrefixed(value);

    private void Head(short id, ThriftType type)
    {
        var delta = id - _lastIds[_depth];
        if (delta is > 0 and < 16)
        {
            output.WriteByte((byte)((delta << 4) | (int)type));
        }
        else
        {
            output.WriteByte((byte)type);
            output.WriteSigned(id);
        }

        _lastIds[_depth] = id;
    }
}
