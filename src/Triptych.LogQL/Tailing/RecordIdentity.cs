using System.Buffers.Binary;
using Triptych.Primitives.Checksums;

namespace Triptych.LogQL.Tailing;

/// <summary>What makes two log records one: stream, time, line and structured metadata, hashed.</summary>
public static class RecordIdentity
{
    /// <summary>The hash of a record, labels and metadata as canonical label sets.</summary>
    public static Hash128 Of(ReadOnlySpan<byte> stream, long timeUnixNanos, ReadOnlySpan<byte> line, ReadOnlySpan<byte> metadata)
    {
        // Hashes of the parts, so that no byte can move from one to the next.
        Span<byte> parts = stackalloc byte[56];
        Write(parts, Hash128.Compute(stream));
        Write(parts[16..], Hash128.Compute(line));
        Write(parts[32..], Hash128.Compute(metadata));
        BinaryPrimitives.WriteInt64LittleEndian(parts[48..], timeUnixNanos);
        return Hash128.Compute(parts);
    }

    private static void Write(Span<byte> into, Hash128 hash)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(into, hash.Hi);
        BinaryPrimitives.WriteUInt64LittleEndian(into[8..], hash.Lo);
    }
}
