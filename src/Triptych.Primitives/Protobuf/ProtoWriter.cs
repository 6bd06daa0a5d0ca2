using Triptych.Primitives.Binary;

namespace Triptych.Primitives.Protobuf;

/// <summary>
/// Writes the protobuf wire format into a <see cref="PooledBufferWriter"/>, which stays the caller's. Every call writes its field, the
/// default value too: leaving defaults out is the caller's choice. Nested messages and packed fields go between
/// <see cref="BeginMessage"/> and <see cref="EndMessage"/>, innermost ended first; the length is put in at the end.
/// </summary>
public readonly struct ProtoWriter(PooledBufferWriter output)
{
    public PooledBufferWriter Output => output;

    /// <summary>uint64, uint32, enums.</summary>
    public void WriteVarint(int field, ulong value)
    {
        WriteTag(field, WireType.Varint);
        output.WriteUnsigned(value);
    }

    /// <summary>int64 and int32: a negative value takes ten bytes.</summary>
    public void WriteInt64(int field, long value) => WriteVarint(field, (ulong)value);

    public void WriteBool(int field, bool value) => WriteVarint(field, value ? 1UL : 0UL);

    /// <summary>sint64 and sint32 (zigzag).</summary>
    public void WriteSInt64(int field, long value) => WriteVarint(field, Varint.ZigZagEncode(value));

    public void WriteFixed32(int field, uint value)
    {
        WriteTag(field, WireType.Fixed32);
        output.WriteFixed32(value);
    }

    public void WriteFixed64(int field, ulong value)
    {
        WriteTag(field, WireType.Fixed64);
        output.WriteFixed64(value);
    }

    public void WriteFloat(int field, float value) => WriteFixed32(field, BitConverter.SingleToUInt32Bits(value));

    public void WriteDouble(int field, double value) => WriteFixed64(field, BitConverter.DoubleToUInt64Bits(value));

    /// <summary>A bytes field, a string that is UTF-8 already, or a message encoded elsewhere.</summary>
    public void WriteBytes(int field, ReadOnlySpan<byte> value)
    {
        WriteTag(field, WireType.LengthDelimited);
        output.WriteLengthPrefixed(value);
    }

    public void WriteString(int field, ReadOnlySpan<char> value)
    {
        WriteTag(field, WireType.LengthDelimited);
        output.WriteUnsigned((ulong)System.Text.Encoding.UTF8.GetByteCount(value));
        output.WriteUtf8(value);
    }

    /// <summary>
    /// Starts a nested message or packed field. Returns a mark for <see cref="EndMessage"/>.
    /// </summary>
    /// <param name="field">Its field number.</param>
    /// <param name="lengthBytes">Bytes kept free for the length; a right guess (2 from 128 bytes, 3 from 16 KiB) saves a move.</param>
    public MessageMark BeginMessage(int field, int lengthBytes = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lengthBytes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lengthBytes, 5);
        WriteTag(field, WireType.LengthDelimited);
        output.GetSpan(lengthBytes);
        output.Advance(lengthBytes);
        return new MessageMark(output.Length, lengthBytes);
    }

    /// <summary>Ends the message begun at <paramref name="mark"/>.</summary>
    public void EndMessage(MessageMark mark)
    {
        var length = output.Length - mark.ContentStart;
        ArgumentOutOfRangeException.ThrowIfNegative(length, nameof(mark));
        var needed = Varint.LengthOf((ulong)length);
        var shift = needed - mark.LengthBytes;
        if (shift > 0)
        {
            output.GetSpan(shift);
            output.Advance(shift);
        }

        var written = output.WrittenForEdit;
        if (shift != 0)
            written.Slice(mark.ContentStart, length).CopyTo(written[(mark.ContentStart + shift)..]);
        if (shift < 0)
            output.Truncate(output.Length + shift);
        Varint.Write(written[(mark.ContentStart - mark.LengthBytes)..], (ulong)length);
    }

    /// <summary>A tag alone, for callers that write the value to <see cref="Output"/> themselves.</summary>
    public void WriteTag(int field, WireType wire)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(field, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(field, (1 << 29) - 1);
        output.WriteUnsigned(((ulong)field << 3) | (uint)wire);
    }
}

/// <summary>Where a nested message started; from <see cref="ProtoWriter.BeginMessage"/>.</summary>
public readonly record struct MessageMark(int ContentStart, int LengthBytes);
