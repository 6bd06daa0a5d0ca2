using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Triptych.Primitives.Memory;

namespace Triptych.Primitives.Binary;

/// <summary>
/// A contiguous output buffer that grows up to a maximum. Small buffers are pooled arrays, large ones native (<see cref="PooledBytes"/>).
/// One owner, one thread at a time; disposal gives the memory back and may be repeated. Spans taken from it are valid until the next
/// write, reset or disposal.
/// </summary>
public sealed class PooledBufferWriter : IBufferWriter<byte>, IDisposable
{
    private const int FirstCapacity = 256;
    private readonly int _maxLength;
    private PooledBytes? _bytes;
    private int _length;
    private bool _disposed;

    /// <param name="maxLength">Most bytes that may be written; more throws <see cref="BufferLimitExceededException"/>.</param>
    /// <param name="capacity">Bytes to make room for at first.</param>
    public PooledBufferWriter(int maxLength = int.MaxValue, int capacity = FirstCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxLength);
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        _maxLength = Math.Min(maxLength, Array.MaxLength);
        if (capacity > 0)
            _bytes = PooledBytes.Rent(Math.Min(capacity, _maxLength));
    }

    /// <summary>Bytes written.</summary>
    public int Length => _length;

    /// <summary>Most bytes that may be written.</summary>
    public int MaxLength => _maxLength;

    public ReadOnlySpan<byte> WrittenSpan => _bytes is null ? default : _bytes.Span[.._length];

    public ReadOnlyMemory<byte> WrittenMemory => _bytes is null ? default : _bytes.Memory[.._length];

    /// <summary>What is written, for its owner to change in place (back-patched lengths and checksums).</summary>
    public Span<byte> WrittenForEdit => _bytes is null ? default : _bytes.Span[.._length];

    /// <summary>Makes room for at least <paramref name="sizeHint"/> more bytes; false when that would pass <see cref="MaxLength"/>.</summary>
    public bool TryReserve(int sizeHint)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        var needed = (long)_length + sizeHint;
        if (_bytes is not null && needed <= _bytes.Length)
            return true;
        if (needed > _maxLength)
            return false;
        var capacity = Math.Max(needed, Math.Max(FirstCapacity, (_bytes?.Length ?? 0) * 2L));
        var larger = PooledBytes.Rent((int)Math.Min(capacity, _maxLength));
        WrittenSpan.CopyTo(larger.Span);
        _bytes?.Dispose();
        _bytes = larger;
        return true;
    }

    /// <inheritdoc />
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes!.Span[_length..];
    }

    /// <inheritdoc />
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes!.Memory[_length..];
    }

    /// <inheritdoc />
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, (_bytes?.Length ?? 0) - _length);
        _length += count;
    }

    public void WriteByte(byte value)
    {
        Reserve(1);
        _bytes!.Span[_length++] = value;
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        Reserve(bytes.Length);
        bytes.CopyTo(_bytes!.Span[_length..]);
        _length += bytes.Length;
    }

    /// <summary>An unsigned varint.</summary>
    public void WriteUnsigned(ulong value)
    {
        Reserve(Varint.LengthOf(value));
        _length += Varint.Write(_bytes!.Span[_length..], value);
    }

    /// <summary>A zigzag varint.</summary>
    public void WriteSigned(long value) => WriteUnsigned(Varint.ZigZagEncode(value));

    /// <summary>Little-endian.</summary>
    public void WriteFixed32(uint value)
    {
        Reserve(sizeof(uint));
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes!.Span[_length..], value);
        _length += sizeof(uint);
    }

    /// <summary>Little-endian.</summary>
    public void WriteFixed64(ulong value)
    {
        Reserve(sizeof(ulong));
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes!.Span[_length..], value);
        _length += sizeof(ulong);
    }

    public void WriteDouble(double value) => WriteFixed64(BitConverter.DoubleToUInt64Bits(value));

    /// <summary>An unsigned varint length and the bytes.</summary>
    public void WriteLengthPrefixed(ReadOnlySpan<byte> bytes)
    {
        WriteUnsigned((ulong)bytes.Length);
        Write(bytes);
    }

    /// <summary>Encodes <paramref name="text"/> as UTF-8 (lone surrogates become U+FFFD) and returns the bytes written.</summary>
    public int WriteUtf8(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
            return 0;
        var encoding = System.Text.Encoding.UTF8;

        // Three bytes a char is the worst case; near the limit the exact count decides.
        var worst = text.Length * 3L;
        if (worst > int.MaxValue || !TryReserve((int)worst))
            Reserve(encoding.GetByteCount(text));
        var written = encoding.GetBytes(text, _bytes!.Span[_length..]);
        _length += written;
        return written;
    }

    /// <summary>Cuts the output back to its first <paramref name="length"/> bytes.</summary>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _length);
        _length = length;
    }

    /// <summary>Starts again at the first byte and keeps the memory.</summary>
    public void Reset() => _length = 0;

    public void Dispose()
    {
        _disposed = true;
        _length = 0;
        _bytes?.Dispose();
        _bytes = null;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Reserve(int count)
    {
        if (_bytes is { } bytes && count <= bytes.Length - _length)
            return;
        if (!TryReserve(count))
            throw new BufferLimitExceededException(_maxLength);
    }
}

/// <summary>More was written to a <see cref="PooledBufferWriter"/> than the maximum given for it.</summary>
public sealed class BufferLimitExceededException(int maxLength)
    : InvalidOperationException($"The output passed its limit of {maxLength} bytes.")
{
    /// <summary>The limit in bytes.</summary>
    public int MaxLength { get; } = maxLength;
}
