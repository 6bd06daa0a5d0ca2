using System.Buffers.Binary;
using Triptych.Primitives.Binary;

namespace Triptych.Ingest.PrometheusTsdb;

/// <summary>
/// Reads the elements that Prometheus' files are made of: big-endian numbers, varints (signed ones in zigzag), strings behind their length. Never reads
/// outside. The first malformed element sets <see cref="Failed"/>; from then on all reads give nothing, so callers check once at the end.
/// </summary>
internal ref struct ElementReader(ReadOnlySpan<byte> source)
{
    private readonly ReadOnlySpan<byte> _source = source;

    /// <summary>Offset of the next element.</summary>
    public int Position { get; private set; }

    /// <summary>Whether an element was malformed.</summary>
    public bool Failed { get; private set; }

    /// <summary>Bytes left; none once it failed.</summary>
    public readonly int Remaining => Failed ? 0 : _source.Length - Position;

    public byte ReadByte()
    {
        var bytes = ReadBytes(1);
        return bytes.IsEmpty ? (byte)0 : bytes[0];
    }

    public uint ReadUInt32()
    {
        var bytes = ReadBytes(sizeof(uint));
        return bytes.IsEmpty ? 0 : BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    public ulong ReadUInt64()
    {
        var bytes = ReadBytes(sizeof(ulong));
        return bytes.IsEmpty ? 0 : BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }

    public double ReadDouble() => BitConverter.UInt64BitsToDouble(ReadUInt64());

    public ulong ReadUnsigned()
    {
        if (Failed) return 0;
        var length = Varint.Read(_source[Position..], out var value);
        if (length <= 0)
        {
            Failed = true;
            return 0;
        }

        Position += length;
        return value;
    }

    public long ReadSigned() => Varint.ZigZagDecode(ReadUnsigned());

    /// <summary>How many things follow that take at least <paramref name="leastBytes"/> each; more than there is room for is malformed.</summary>
    public int ReadCount(int leastBytes)
    {
        var value = ReadUnsigned();
        if (value <= (ulong)(Remaining / leastBytes)) return (int)value;
        Failed = true;
        return 0;
    }

    public ReadOnlySpan<byte> ReadString() => ReadBytes(ReadCount(1));

    public ReadOnlySpan<byte> ReadBytes(int length)
    {
        if (Failed || length > _source.Length - Position)
        {
            Failed = true;
            return default;
        }

        var bytes = _source.Slice(Position, length);
        Position += length;
        return bytes;
    }
}
