using Triptych.Primitives.Binary;

namespace Triptych.Metrics.Chunks;

/// <summary>
/// Timestamps as differences of differences, in milliseconds:
/// <code>
/// first timestamp  64 bits        then, for d = delta - delta before:
/// d = 0            0              -8192..8191      110 + 14 bits       else  1111 + 64 bits
/// -64..63          10 + 7 bits    -524288..524287  1110 + 20 bits
/// </code>
/// One codec for one stream, forwards only; encoder and decoder keep the same state.
/// </summary>
internal struct TimeCodec
{
    /// <summary>The most bits that one timestamp takes.</summary>
    public const int MaxBits = 68;

    private long _lastDelta;
    private bool _started;

    /// <summary>The timestamp coded last.</summary>
    public long Last { get; private set; }

    /// <summary>Codes the next timestamp.</summary>
    public void Encode(ref BitWriter writer, long timestampMs)
    {
        if (!_started)
        {
            _started = true;
            writer.WriteBits((ulong)timestampMs, 64);
        }
        else
        {
            var delta = timestampMs - Last;
            Write(ref writer, delta - _lastDelta);
            _lastDelta = delta;
        }

        Last = timestampMs;
    }

    /// <summary>Decodes the next timestamp.</summary>
    public long Decode(ref BitReader reader)
    {
        if (!_started)
        {
            _started = true;
            return Last = (long)reader.ReadBits(64);
        }

        _lastDelta += Read(ref reader);
        return Last += _lastDelta;
    }

    private static void Write(ref BitWriter writer, long d)
    {
        switch (d)
        {
            case 0:
                writer.WriteBits(0, 1);
                break;
            case >= -64 and <= 63:
                writer.WriteBits((0b10UL << 7) | ((ulong)d & 0x7f), 9);
                break;
            case >= -8192 and <= 8191:
                writer.WriteBits((0b110UL << 14) | ((ulong)d & 0x3fff), 17);
                break;
            case >= -524288 and <= 524287:
                writer.WriteBits((0b1110UL << 20) | ((ulong)d & 0xfffff), 24);
                break;
            default:
                writer.WriteBits(0b1111, 4);
                writer.WriteBits((ulong)d, 64);
                break;
        }
    }

    private static long Read(ref BitReader reader)
    {
        if (!reader.ReadBit()) return 0;
        if (!reader.ReadBit()) return SignExtend(reader.ReadBits(7), 7);
        if (!reader.ReadBit()) return SignExtend(reader.ReadBits(14), 14);
        return reader.ReadBit() ? (long)reader.ReadBits(64) : SignExtend(reader.ReadBits(20), 20);
    }

    private static long SignExtend(ulong value, int bits) => (long)(value << (64 - bits)) >> (64 - bits);
}
