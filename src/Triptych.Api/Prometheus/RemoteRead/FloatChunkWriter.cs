using Triptych.Primitives.Binary;

namespace Triptych.Api.Prometheus.RemoteRead;

/// <summary>
/// Writes Prometheus' chunk of floats (encoding 1):
/// <code>
/// samples:u16  t0:varint  v0:f64  [ t1−t0:uvarint  v1:xor  { delta of deltas  v:xor } ]
/// delta of deltas := 0 | 10 bits(14) | 110 bits(17) | 1110 bits(20) | 1111 bits(64)
/// </code>
/// </summary>
internal sealed class FloatChunkWriter(ChunkBits bits)
{
    private XorField _value;
    private long _timeMs;
    private long _deltaMs;
    private int _count;

    /// <summary>Begins a chunk.</summary>
    public void Begin()
    {
        bits.Begin();
        _count = 0;
    }

    /// <summary>Adds a sample; times ascend.</summary>
    public void Add(long timestampMs, double value)
    {
        var deltaMs = timestampMs - _timeMs;
        if (_count == 0)
        {
            bits.WriteVarint(Varint.ZigZagEncode(timestampMs));
            _value.Begin(bits, value);
        }
        else
        {
            if (_count == 1) bits.WriteVarint((ulong)deltaMs);
            else WriteDeltaOfDelta(deltaMs - _deltaMs);
            _value.Next(bits, value);
        }

        (_timeMs, _deltaMs) = (timestampMs, deltaMs);
        _count++;
    }

    private void WriteDeltaOfDelta(long difference)
    {
        if (difference == 0)
        {
            bits.Write(0, 1);
            return;
        }

        var (prefix, prefixBits, width) =
            ChunkBits.Fits(difference, 14) ? (0b10UL, 2, 14)
            : ChunkBits.Fits(difference, 17) ? (0b110UL, 3, 17)
            : ChunkBits.Fits(difference, 20) ? (0b1110UL, 4, 20)
            : (0b1111UL, 4, 64);
        bits.Write(prefix, prefixBits);
        bits.Write((ulong)difference, width);
    }
}
