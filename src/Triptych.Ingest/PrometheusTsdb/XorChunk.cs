using System.Buffers.Binary;
using Triptych.Primitives.Binary;

namespace Triptych.Ingest.PrometheusTsdb;

/// <summary>
/// A chunk of floats:
/// <code>
/// samples:u16  t0:varint  v0:f64  [ t1−t0:uvarint  v1:xor  { delta of deltas  v:xor } ]
/// delta of deltas := 0 | 10 bits(14) | 110 bits(17) | 1110 bits(20) | 1111 bits(64)
/// </code>
/// </summary>
internal static class XorChunk
{
    /// <summary>Decodes all samples; returns what is wrong, or null. Samples before the fault have been given then.</summary>
    public static string? Decode(ReadOnlySpan<byte> data, ITsdbSamples into)
    {
        const string BreaksOff = "a chunk of floats breaks off";
        if (data.Length < 2) return BreaksOff;
        var count = BinaryPrimitives.ReadUInt16BigEndian(data);
        if (count == 0) return null;
        var head = new ElementReader(data[2..]);
        var time = head.ReadSigned();
        var value = new XorValue { Bits = head.ReadUInt64() };
        if (head.Failed) return BreaksOff;
        into.Add(time, value.Value);
        if (count == 1) return null;
        var delta = (long)head.ReadUnsigned();
        if (head.Failed) return BreaksOff;
        var reader = new BitReader(data[(2 + head.Position)..]);
        for (var i = 1; i < count; i++)
        {
            if (i > 1) delta += ReadDeltaOfDelta(ref reader);
            time += delta;
            if (!value.TryRead(ref reader)) return "a chunk of floats has a value that is no value";
            if (reader.Overrun) return BreaksOff;
            into.Add(time, value.Value);
        }

        return null;
    }

    private static long ReadDeltaOfDelta(ref BitReader reader)
    {
        if (!reader.ReadBit()) return 0;
        var width = !reader.ReadBit() ? 14 : !reader.ReadBit() ? 17 : !reader.ReadBit() ? 20 : 64;
        return Varbit.Signed(reader.ReadBits(width), width);
    }
}
