using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Triptych.Primitives.Binary;

namespace Triptych.Primitives.Protobuf;

/// <summary>
/// Reads the protobuf wire format from a span without allocating.
/// <code>
/// var reader = new ProtoReader(body);
/// while (reader.TryReadTag(out var field, out _))
///     switch (field) { case 1: id = reader.ReadUInt64(); break; default: reader.Skip(); break; }
/// if (reader.Error != ProtoError.None) …
/// </code>
/// Never throws on content and never reads outside. The first malformed element sets <see cref="Error"/> and <see cref="ErrorOffset"/>;
/// after that tags are refused and values are zero or empty, so callers check once at the end. A typed read checks the wire type of the
/// tag before it. Without a tag before it, it reads a bare value: so the elements of a packed field are read, by a reader over its bytes
/// until <see cref="AtEnd"/>. Nesting depth is the caller's to bound.
/// </summary>
public ref struct ProtoReader
{
    private const int MaxGroupDepth = 32;
    private const int Bare = -1;

    private readonly ReadOnlySpan<byte> _source;
    private readonly int _baseOffset;
    private int _position;
    private int _elementStart;
    private int _wire;

    public ProtoReader(ReadOnlySpan<byte> source)
        : this(source, 0)
    {
    }

    private ProtoReader(ReadOnlySpan<byte> source, int baseOffset)
    {
        _source = source;
        _baseOffset = baseOffset;
        _wire = Bare;
    }

    public ProtoError Error { get; private set; }

    /// <summary>Offset of the malformed element from the start of the outermost message; 0 while there is no error.</summary>
    public int ErrorOffset { get; private set; }

    /// <summary>Offset of the next element from the start of the outermost message.</summary>
    public readonly int Position => _baseOffset + _position;

    /// <summary>What is left to read, from the value of the tag read last on if that was not read; empty after an error.</summary>
    public readonly ReadOnlySpan<byte> Rest => _source[_position..];

    /// <summary>Whether nothing is left to read; also true after an error.</summary>
    public readonly bool AtEnd => _position >= _source.Length;

    /// <summary>Reads the tag of the next field; false at the end and after an error. A value not read since the last tag is skipped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryReadTag(out int field, out WireType wire)
    {
        if (_wire != Bare)
            Skip();
        if (_position >= _source.Length)
        {
            field = 0;
            wire = WireType.Varint;
            return false;
        }

        _elementStart = _position;
        ulong tag = _source[_position];
        if (tag < 0x80)
            _position++;
        else
            tag = NextVarint();
        field = (int)(tag >> 3);
        wire = (WireType)(tag & 7);
        _wire = (int)wire;
        if (tag - 8 <= uint.MaxValue - 8 && _wire <= (int)WireType.Fixed32)
            return true;
        return RefuseTag(tag, ref field);
    }

    /// <summary>uint64, and any varint as it stands.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong ReadUInt64()
    {
        if (!Expect(WireType.Varint))
            return 0;
        if (_position < _source.Length && _source[_position] < 0x80)
            return _source[_position++];
        return NextVarint();
    }

    public long ReadInt64() => (long)ReadUInt64();

    /// <summary>uint32; upper bits are dropped, as protobuf demands.</summary>
    public uint ReadUInt32() => (uint)ReadUInt64();

    /// <summary>int32 and enums; upper bits are dropped, as protobuf demands.</summary>
    public int ReadInt32() => (int)ReadUInt64();

    public bool ReadBool() => ReadUInt64() != 0;

    /// <summary>sint64 (zigzag).</summary>
    public long ReadSInt64() => Varint.ZigZagDecode(ReadUInt64());

    /// <summary>sint32 (zigzag).</summary>
    public int ReadSInt32() => (int)Varint.ZigZagDecode(ReadUInt32());

    public uint ReadFixed32()
    {
        if (!Expect(WireType.Fixed32) || !Take(sizeof(uint), out var bytes))
            return 0;
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    public ulong ReadFixed64()
    {
        if (!Expect(WireType.Fixed64) || !Take(sizeof(ulong), out var bytes))
            return 0;
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    public int ReadSFixed32() => (int)ReadFixed32();

    public long ReadSFixed64() => (long)ReadFixed64();

    public float ReadFloat() => BitConverter.UInt32BitsToSingle(ReadFixed32());

    public double ReadDouble() => BitConverter.UInt64BitsToDouble(ReadFixed64());

    /// <summary>The content of a string, bytes, message or packed field; it points into the source.</summary>
    public ReadOnlySpan<byte> ReadBytes()
    {
        if (!Expect(WireType.LengthDelimited))
            return default;
        ulong length;
        if (_position < _source.Length && _source[_position] < 0x80)
            length = _source[_position++];
        else
            length = NextVarint();
        if (length > (ulong)(_source.Length - _position))
        {
            SetError(ProtoError.LengthOutOfRange);
            return default;
        }

        var bytes = _source.Slice(_position, (int)length);
        _position += (int)length;
        return bytes;
    }

    /// <summary>
    /// The fields of one number that stand next in a row, strings, bytes or messages, as they are: tags, lengths and contents. Empty where something else
    /// is next.
    /// </summary>
    public ReadOnlySpan<byte> ReadRun(int field)
    {
        if (_wire != Bare)
            Skip();
        var tag = (uint)((field << 3) | (int)WireType.LengthDelimited);
        if (tag >= 0x80) throw new ArgumentOutOfRangeException(nameof(field), field, "a run is read of fields 1 to 15");
        var start = _position;
        while (_position < _source.Length && _source[_position] == tag)
        {
            // What strings mostly are: shorter than 128 bytes.
            var at = _position;
            while (at + 1 < _source.Length && _source[at] == tag && _source[at + 1] is var shortLength and < 0x80 && at + 2 + shortLength <= _source.Length)
                at += 2 + shortLength;
            if (at != _position)
            {
                _position = at;
                continue;
            }

            _elementStart = _position++;
            var length = NextVarint();
            if (length > (ulong)(_source.Length - _position))
                SetError(ProtoError.LengthOutOfRange);
            else
                _position += (int)length;
        }

        return Error == ProtoError.None ? _source[start.._position] : default;
    }

    /// <summary>
    /// A reader over a nested message or packed field whose error offsets count from the outermost message. Hand it to
    /// <see cref="Absorb"/> when done, or its error is lost.
    /// </summary>
    public ProtoReader ReadMessage()
    {
        var content = ReadBytes();
        return new ProtoReader(content, _baseOffset + _position - content.Length);
    }

    /// <summary>Takes over the error of a nested reader; false when either has one.</summary>
    public bool Absorb(scoped ProtoReader nested)
    {
        if (nested.Error != ProtoError.None && Error == ProtoError.None)
        {
            Error = nested.Error;
            ErrorOffset = nested.ErrorOffset;
            Stop();
        }

        return Error == ProtoError.None;
    }

    /// <summary>Ends reading because the caller refuses the element read last, such as a string that is not UTF-8.</summary>
    public void Fail(ProtoError error = ProtoError.Rejected) => SetError(error);

    /// <summary>Passes over the value of the tag read last, a whole group if it starts one.</summary>
    public void Skip()
    {
        var wire = _wire;
        if (wire == Bare)
            return;
        if (wire == (int)WireType.StartGroup)
            SkipGroup();
        else
            SkipValue((WireType)wire);
        _wire = Bare;
    }

    private void SkipValue(WireType wire)
    {
        switch (wire)
        {
            case WireType.Varint:
                ReadUInt64();
                break;
            case WireType.Fixed64:
                ReadFixed64();
                break;
            case WireType.LengthDelimited:
                ReadBytes();
                break;
            case WireType.Fixed32:
                ReadFixed32();
                break;
            default:
                SetError(ProtoError.InvalidWireType);
                break;
        }
    }

    private void SkipGroup()
    {
        var depth = 1;
        _wire = Bare;
        while (depth > 0)
        {
            if (!TryReadTag(out _, out var wire))
            {
                SetError(ProtoError.Truncated);
                return;
            }

            if (wire == WireType.StartGroup)
            {
                if (++depth > MaxGroupDepth)
                    SetError(ProtoError.InvalidWireType);
            }
            else if (wire == WireType.EndGroup)
            {
                depth--;
            }
            else
            {
                SkipValue(wire);
            }

            _wire = Bare;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Expect(WireType wire)
    {
        if (_wire == (int)wire)
        {
            _wire = Bare;
            return true;
        }

        return ExpectBare();
    }

    private bool ExpectBare()
    {
        if (_wire == Bare)
        {
            _elementStart = _position;
            return Error == ProtoError.None;
        }

        SetError(ProtoError.WrongWireType);
        return false;
    }

    private bool Take(int length, out ReadOnlySpan<byte> bytes)
    {
        if (length > _source.Length - _position)
        {
            SetError(ProtoError.Truncated);
            bytes = default;
            return false;
        }

        bytes = _source.Slice(_position, length);
        _position += length;
        return true;
    }

    private ulong NextVarint()
    {
        var length = Varint.Read(_source[_position..], out var value);
        if (length > 0)
        {
            _position += length;
            return value;
        }

        SetError(length < 0 ? ProtoError.VarintTooLong : ProtoError.Truncated);
        return 0;
    }

    private bool RefuseTag(ulong tag, ref int field)
    {
        if (tag > uint.MaxValue)
            SetError(ProtoError.VarintTooLong);
        else if (tag < 8)
            SetError(ProtoError.FieldNumberZero);
        else
            SetError(ProtoError.InvalidWireType);
        field = 0;
        return false;
    }

    private void SetError(ProtoError error)
    {
        if (Error == ProtoError.None)
        {
            Error = error;
            ErrorOffset = _baseOffset + _elementStart;
        }

        Stop();
    }

    private void Stop()
    {
        _position = _source.Length;
        _wire = Bare;
    }
}
