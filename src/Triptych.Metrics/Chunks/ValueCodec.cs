using System.Numerics;
using Triptych.Primitives.Binary;

namespace Triptych.Metrics.Chunks;

/// <summary>
/// Floats as the exclusive or with the one before:
/// <code>
/// first value       64 bits        then, for x = bits xor bits before:
/// x = 0             0
/// x fits the window 10 + the window's bits
/// else              11 + leading zeros (5 bits, at most 31) + significant bits - 1 (6 bits) + the bits
/// </code>
/// Bits are kept exactly, those of NaNs included. One codec for one stream, forwards only.
/// </summary>
internal struct ValueCodec
{
    /// <summary>The most bits that one value takes.</summary>
    public const int MaxBits = 77;

    private ulong _last;
    private byte _leading;
    private byte _trailing;
    private bool _hasWindow;
    private bool _started;

    /// <summary>The value coded last.</summary>
    public readonly double Last => BitConverter.UInt64BitsToDouble(_last);

    /// <summary>Codes the next value.</summary>
    public void Encode(ref BitWriter writer, double value)
    {
        var bits = BitConverter.DoubleToUInt64Bits(value);
        if (!_started)
        {
            _started = true;
            writer.WriteBits(_last = bits, 64);
            return;
        }

        var x = bits ^ _last;
        _last = bits;
        if (x == 0)
        {
            writer.WriteBits(0, 1);
            return;
        }

        var leading = Math.Min(BitOperations.LeadingZeroCount(x), 31);
        var trailing = BitOperations.TrailingZeroCount(x);
        if (_hasWindow && leading >= _leading && trailing >= _trailing)
        {
            var width = 64 - _leading - _trailing;
            Write(ref writer, 0b10, 2, x >> _trailing, width);
            return;
        }

        _hasWindow = true;
        _leading = (byte)leading;
        _trailing = (byte)trailing;
        var significant = 64 - leading - trailing;
        Write(ref writer, (0b11UL << 11) | ((ulong)leading << 6) | (uint)(significant - 1), 13, x >> trailing, significant);
    }

    // What fits is written at once: the writer's work is the same for one bit and for 64.
    private static void Write(ref BitWriter writer, ulong head, int headBits, ulong bits, int count)
    {
        if (headBits + count <= 64)
        {
            writer.WriteBits((head << count) | bits, headBits + count);
            return;
        }

        writer.WriteBits(head, headBits);
        writer.WriteBits(bits, count);
    }

    /// <summary>Decodes the next value.</summary>
    public double Decode(ref BitReader reader)
    {
        if (!_started)
        {
            _started = true;
            _last = reader.ReadBits(64);
            return Last;
        }

        if (!reader.ReadBit()) return Last;
        if (reader.ReadBit())
        {
            _leading = (byte)reader.ReadBits(5);
            var significant = (int)reader.ReadBits(6) + 1;

            // Only damaged bytes say more bits than are left; the reader's owner finds it by the checksum or the count.
            _trailing = (byte)Math.Max(0, 64 - _leading - significant);
        }

        _last ^= reader.ReadBits(64 - _leading - _trailing) << _trailing;
        return Last;
    }
}
