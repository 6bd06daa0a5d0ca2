using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Triptych.Primitives.Binary;

/// <summary>
/// Reads what <see cref="BitWriter"/> wrote. Never reads outside the span: a read past the end sets <see cref="Overrun"/> and gives 0,
/// as do all later reads, so callers check once at the end.
/// </summary>
public ref struct BitReader
{
    private readonly ReadOnlySpan<byte> _source;

    // The next _available bits of the stream at the top of _window; bits below them may already be filled, with the stream's own bits.
    private ulong _window;
    private int _available;
    private int _nextByte;

    public BitReader(ReadOnlySpan<byte> source) => _source = source;

    /// <summary>Bits read.</summary>
    public readonly long BitPosition => (_nextByte * 8L) - _available;

    /// <summary>Bits left in the span, which may include padding behind the last bit written.</summary>
    public readonly long RemainingBits => Overrun ? 0 : (_source.Length * 8L) - BitPosition;

    public bool Overrun { get; private set; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool ReadBit()
    {
        if (_available == 0)
            Refill();
        if (_available == 0)
        {
            Overrun = true;
            return false;
        }

        var bit = (long)_window < 0;
        _window <<= 1;
        _available--;
        return bit;
    }

    /// <summary>The next <paramref name="count"/> (0 to 64) bits as an unsigned number.</summary>
    public ulong ReadBits(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, 64u);
        if (count > 56)
            return ReadWide(count);
        if (count == 0)
            return 0;
        if (_available < count)
            Refill();
        if (_available < count)
        {
            Fail();
            return 0;
        }

        var value = _window >> (64 - count);
        _window <<= count;
        _available -= count;
        return value;
    }

    private ulong ReadWide(int count)
    {
        if (RemainingBits < count)
        {
            Fail();
            return 0;
        }

        var high = ReadBits(count - 32);
        return (high << 32) | ReadBits(32);
    }

    private void Refill()
    {
        if (Overrun)
            return;
        if (_source.Length - _nextByte >= sizeof(ulong))
        {
            _window |= BinaryPrimitives.ReadUInt64BigEndian(_source[_nextByte..]) >> _available;
            var taken = (63 - _available) >> 3;
            _nextByte += taken;
            _available += taken * 8;
            return;
        }

        while (_available <= 56 && _nextByte < _source.Length)
        {
            _window |= (ulong)_source[_nextByte++] << (56 - _available);
            _available += 8;
        }
    }

    private void Fail()
    {
        Overrun = true;
        _nextByte = _source.Length;
        _available = 0;
        _window = 0;
    }
}
