using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Triptych.Metrics.Chunks;

/// <summary>
/// Reads many values at once of what <see cref="ValueCodec"/> wrote, one piece of the stream after the other; the values are those that
/// <see cref="ValueCodec.Decode"/> gives. Never reads outside of a piece: behind its end there are zeros.
/// </summary>
internal struct ValueStream
{
    // Of eight bytes read at a bit within the first of them, this many bits are sure to be there.
    private const int SureBits = 57;
    private const int WindowHead = 2;
    private const int NewWindowHead = 13;

    private ulong _last;
    private int _width;
    private int _trailing;
    private bool _started;

    /// <summary>Reads the values of a piece, which begins with its first byte.</summary>
    public void Read(ReadOnlySpan<byte> piece, Span<double> values)
    {
        if (values.IsEmpty) return;
        var position = 0L;
        var next = 0;
        if (!_started)
        {
            (_started, _width) = (true, 64);
            _last = Bits(piece, 0, 64);
            position = 64;
            values[next++] = BitConverter.UInt64BitsToDouble(_last);
        }

        // In locals, which stay in registers.
        var (last, width, trailing) = (_last, _width, _trailing);
        for (; next < values.Length; next++)
        {
            var window = Window(piece, position);
            if ((long)window < 0)
            {
                if ((window & (1UL << 62)) == 0)
                {
                    position += WindowHead;
                    last ^= (width <= SureBits - WindowHead ? window << WindowHead >> (64 - width) : Bits(piece, position, width)) << trailing;
                }
                else
                {
                    var leading = (int)(window >> 57) & 31;
                    trailing = Math.Max(0, 63 - leading - ((int)(window >> 51) & 63));
                    width = 64 - leading - trailing;
                    position += NewWindowHead;
                    last ^= (width <= SureBits - NewWindowHead ? window << NewWindowHead >> (64 - width) : Bits(piece, position, width)) << trailing;
                }

                position += width;
            }
            else
            {
                position++;
            }

            values[next] = BitConverter.UInt64BitsToDouble(last);
        }

        (_last, _width, _trailing) = (last, width, trailing);
    }

    /// <summary>The bits from a position on, at the top; at least <see cref="SureBits"/> of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Window(ReadOnlySpan<byte> piece, long position)
    {
        var index = (int)(position >> 3);
        var bytes = index <= piece.Length - sizeof(ulong) ? BinaryPrimitives.ReadUInt64BigEndian(piece[index..]) : End(piece, index);
        return bytes << (int)(position & 7);
    }

    private static ulong Bits(ReadOnlySpan<byte> piece, long position, int count)
    {
        if (count <= SureBits) return Window(piece, position) >> (64 - count);
        var high = Window(piece, position) >> 32;
        return (high << (count - 32)) | (Window(piece, position + 32) >> (96 - count));
    }

    private static ulong End(ReadOnlySpan<byte> piece, int index)
    {
        Span<byte> padded = stackalloc byte[sizeof(ulong)];
        padded.Clear();
        if (index < piece.Length) piece[index..].CopyTo(padded);
        return BinaryPrimitives.ReadUInt64BigEndian(padded);
    }
}
