using System.Buffers.Binary;
using System.Numerics;

namespace Triptych.Primitives.Checksums;

/// <summary>
/// CRC-32C (Castagnoli, RFC 3720 appendix B.4), the checksum of our blocks and of Prometheus's chunk frames. Uses the processor's
/// instruction where there is one; <see cref="BitOperations"/> falls back to a table elsewhere, with equal results.
/// </summary>
public static class Crc32C
{
    public static uint Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>Goes on from the checksum of the bytes before: <c>Append(Compute(a), b) == Compute(a + b)</c>.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        var state = ~crc;
        while (data.Length >= sizeof(ulong))
        {
            state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[sizeof(ulong)..];
        }

        foreach (var b in data)
            state = BitOperations.Crc32C(state, b);
        return ~state;
    }
}
