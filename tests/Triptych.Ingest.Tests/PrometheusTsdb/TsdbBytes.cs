using System.Buffers.Binary;
using System.Text;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Checksums;

namespace Triptych.Ingest.Tests.PrometheusTsdb;

/// <summary>The elements of Prometheus' files, written for tests.</summary>
public sealed class TsdbBytes
{
    private readonly List<byte> _bytes = [];

    public int Count => _bytes.Count;

    public TsdbBytes Byte(int value)
    {
        _bytes.Add((byte)value);
        return this;
    }

    public TsdbBytes UInt32(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return Raw(bytes);
    }

    public TsdbBytes UInt64(ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return Raw(bytes);
    }

    public TsdbBytes Double(double value) => UInt64(BitConverter.DoubleToUInt64Bits(value));

    public TsdbBytes Unsigned(ulong value)
    {
        var bytes = new byte[Varint.MaxLength];
        return Raw(bytes.AsSpan(0, Varint.Write(bytes, value)));
    }

    public TsdbBytes Signed(long value) => Unsigned(Varint.ZigZagEncode(value));

    public TsdbBytes Text(string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        return Unsigned((ulong)bytes.Length).Raw(bytes);
    }

    public TsdbBytes Raw(ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes) _bytes.Add(b);
        return this;
    }

    /// <summary>Zeros up to a multiple.</summary>
    public TsdbBytes Align(int to)
    {
        while (_bytes.Count % to != 0) _bytes.Add(0);
        return this;
    }

    /// <summary>The checksum of everything from a place on.</summary>
    public TsdbBytes Checksum(int from) => UInt32(Crc32C.Compute(_bytes.ToArray().AsSpan(from)));

    public byte[] ToArray() => [.. _bytes];
}
