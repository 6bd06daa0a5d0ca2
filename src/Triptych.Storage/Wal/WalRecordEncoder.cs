using System.Text;
using Triptych.Model;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Compression;
using Triptych.Primitives.Memory;

namespace Triptych.Storage.Wal;

/// <summary>Makes the bytes of a record. Any thread.</summary>
internal static class WalRecordEncoder
{
    /// <summary>The whole record, header included; the caller owns it.</summary>
    public static PooledBytes Encode(
        long sequence, TenantId tenant, Hash128? requestHash, long receivedUnixMs, RecordTimes times, ReadOnlySpan<byte> payload, int level)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, WalFormat.MaxRawLength);
        var tenantLength = checked((byte)Encoding.ASCII.GetByteCount(tenant.Name));
        var flags = (requestHash is null ? WalRecordFlags.None : WalRecordFlags.HasRequestHash)
            | (times.IsUnknown ? WalRecordFlags.None : WalRecordFlags.HasTimes);
        var headLength = WalFormat.HeadLengthOf(flags);
        var bodyStart = headLength + tenantLength;
        var scratch = PooledBytes.Rent(bodyStart + Math.Max(Zstd.MaxCompressedLength(payload.Length), payload.Length));
        PooledBytes? result = null;
        try
        {
            if (!Zstd.TryCompress(payload, scratch.Span[bodyStart..], level, out var storedLength) || storedLength >= payload.Length)
            {
                payload.CopyTo(scratch.Span[bodyStart..]);
                storedLength = payload.Length;
                flags |= WalRecordFlags.Uncompressed;
            }

            Encoding.ASCII.GetBytes(tenant.Name, scratch.Span[headLength..]);
            WalFormat.WriteRecordHeader(scratch.Span, new WalRecordHeader
            {
                BodyCrc = Crc32C.Compute(scratch.Span[headLength..(bodyStart + storedLength)]),
                StoredLength = storedLength,
                RawLength = payload.Length,
                Flags = flags,
                TenantLength = tenantLength,
                Sequence = sequence,
                ReceivedUnixMs = receivedUnixMs,
                Hash = requestHash ?? default,
                Times = times,
            });

            // What waits for the disk is kept at its real size, not at the bound for what does not compress.
            result = PooledBytes.Rent(bodyStart + storedLength);
            scratch.Span[..result.Length].CopyTo(result.Span);
            return result;
        }
        finally
        {
            scratch.Dispose();
        }
    }
}
