using System.Buffers.Binary;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Checksums;

namespace Triptych.Ingest.PrometheusTsdb;

/// <summary>
/// A file of chunks of the head, <c>chunks_head/NNNNNN</c>. All that is in it is in the write-ahead log too; it is of use where that is damaged.
/// <code>
/// magic:u32 0x0130BC91  version:u8 1  padding:3   { series:u64  min:u64  max:u64  encoding:u8  length:uvarint  data  crc32c(of all before):u32 }   zeros
/// </code>
/// </summary>
public static class HeadChunks
{
    private const uint Magic = 0x0130BC91;
    private const int HeaderBytes = 8;
    private const int FixedBytes = (3 * sizeof(ulong)) + 1;
    private const int MaxChunkBytes = 16 * 1024 * 1024;
    private const byte OutOfOrderFlag = 0x80;

    /// <summary>Gives the samples of all chunks.</summary>
    /// <param name="path">The file.</param>
    /// <param name="seriesOf">Says where the samples of a series go, by its number in the log and whether the chunk came out of order; null: nowhere.</param>
    /// <param name="onDamage">Told where the file cannot be read further, for a chunk's length is needed to find the next one.</param>
    public static void Read(string path, Func<ulong, bool, ITsdbSamples?> seriesOf, Action<TsdbDamage> onDamage)
    {
        var decoder = new ChunkDecoder();
        try
        {
            using var file = new SourceFile(path);
            var header = file.Read(0, HeaderBytes);
            if (BinaryPrimitives.ReadUInt32BigEndian(header) != Magic || header[4] != 1)
                throw new TsdbDamageException(path, 0, "it is not a file of head chunks of version 1");
            for (long at = HeaderBytes; at + FixedBytes < file.Length;)
            {
                var head = file.ReadUpTo(at, FixedBytes + 10);
                var series = BinaryPrimitives.ReadUInt64BigEndian(head);

                // No series has the number 0: the rest of the file was not written yet.
                if (series == 0) return;
                var lengthBytes = Varint.Read(head[FixedBytes..], out var length);
                if (lengthBytes <= 0 || length > MaxChunkBytes) throw new TsdbDamageException(path, at, "there is no chunk at this place");
                var bytes = file.Read(at, FixedBytes + lengthBytes + (int)length + sizeof(uint));
                if (Crc32C.Compute(bytes[..^sizeof(uint)]) != BinaryPrimitives.ReadUInt32BigEndian(bytes[^sizeof(uint)..]))
                    throw new TsdbDamageException(path, at, "the checksum of a chunk does not match");
                var encoding = (byte)(bytes[FixedBytes - 1] & ~OutOfOrderFlag);
                var isOutOfOrder = encoding != bytes[FixedBytes - 1];
                if (seriesOf(series, isOutOfOrder) is { } into
                    && decoder.Decode(encoding, bytes[(FixedBytes + lengthBytes)..^sizeof(uint)], into) is { } problem)
                {
                    onDamage(new TsdbDamage(path, at, problem));
                }

                at += bytes.Length;
            }
        }
        catch (TsdbDamageException e)
        {
            onDamage(e.Damage);
        }
    }
}
