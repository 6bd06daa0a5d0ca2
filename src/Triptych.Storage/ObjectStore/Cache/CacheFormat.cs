using System.Buffers.Binary;
using System.Text;
using Triptych.Primitives.Checksums;

namespace Triptych.Storage.ObjectStore.Cache;

/// <summary>
/// The bytes of <c>ranges.cache</c>, all numbers little-endian:
/// <code>
/// file     = head(4096) slot-head(1024)*slots page(pageBytes)*slots
/// head     = "TRICACHE" version:u32 pageBytes:u32 slots:u32 dataSet:16 crc32c:u32   of the bytes before it; zeros follow
/// slot-head= crc32c:u32 keyLength:u16 page:u32 length:u32 chunkCrc32c:u32*16 key    crc of the rest that is used; all zeros: empty
/// page     = chunk*16, each of pageBytes/16 bytes; the last ones are short or missing where the object ends
/// </code>
/// Nothing is flushed: a power cut may leave any mixture of old and new, which the checksums find.
/// </summary>
internal static class CacheFormat
{
    public const int HeadBytes = 4096;
    public const int SlotHeadBytes = 1024;
    public const int ChunksPerPage = 16;
    private const uint Version = 1;
    private const int FixedSlotBytes = 4 + 2 + 4 + 4 + (4 * ChunksPerPage);

    public static void WriteHead(Span<byte> into, int pageBytes, int slots, Guid dataSet)
    {
        into.Clear();
        "TRICACHE"u8.CopyTo(into);
        BinaryPrimitives.WriteUInt32LittleEndian(into[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(into[12..], pageBytes);
        BinaryPrimitives.WriteInt32LittleEndian(into[16..], slots);
        dataSet.TryWriteBytes(into[20..]);
        BinaryPrimitives.WriteUInt32LittleEndian(into[36..], Crc32C.Compute(into[..36]));
    }

    public static void WriteSlotHead(Span<byte> into, CachePage page)
    {
        into.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(into[4..], (ushort)page.Key.Length);
        BinaryPrimitives.WriteInt32LittleEndian(into[6..], page.Number);
        BinaryPrimitives.WriteInt32LittleEndian(into[10..], page.LengthBytes);
        for (var i = 0; i < page.Checksums.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(into[(14 + (4 * i))..], page.Checksums[i]);
        Encoding.ASCII.GetBytes(page.Key, into[FixedSlotBytes..]);
        BinaryPrimitives.WriteUInt32LittleEndian(into, Crc32C.Compute(into[4..(FixedSlotBytes + page.Key.Length)]));
    }

    /// <summary>The page that a slot's head tells of; null for an empty, torn or altered one.</summary>
    public static CachePage? ReadSlotHead(ReadOnlySpan<byte> head, int slot, int pageBytes)
    {
        var keyLength = BinaryPrimitives.ReadUInt16LittleEndian(head[4..]);
        if (keyLength is 0 or > ObjectKey.MaxLength || FixedSlotBytes + keyLength > head.Length)
            return null;
        if (Crc32C.Compute(head[4..(FixedSlotBytes + keyLength)]) != BinaryPrimitives.ReadUInt32LittleEndian(head))
            return null;
        var number = BinaryPrimitives.ReadInt32LittleEndian(head[6..]);
        var length = BinaryPrimitives.ReadInt32LittleEndian(head[10..]);
        var key = Encoding.ASCII.GetString(head.Slice(FixedSlotBytes, keyLength));
        if (number < 0 || length < 0 || length > pageBytes || !ObjectKey.IsValid(key))
            return null;
        var checksums = new uint[ChunkCount(length, pageBytes)];
        for (var i = 0; i < checksums.Length; i++)
            checksums[i] = BinaryPrimitives.ReadUInt32LittleEndian(head[(14 + (4 * i))..]);
        return new CachePage(key, number, slot, length, checksums);
    }

    /// <summary>Checksums of the chunks of a page.</summary>
    public static uint[] ChecksumsOf(ReadOnlySpan<byte> content, int pageBytes)
    {
        var chunkBytes = pageBytes / ChunksPerPage;
        var checksums = new uint[ChunkCount(content.Length, pageBytes)];
        for (var i = 0; i < checksums.Length; i++)
            checksums[i] = Crc32C.Compute(content.Slice(i * chunkBytes, Math.Min(chunkBytes, content.Length - (i * chunkBytes))));
        return checksums;
    }

    private static int ChunkCount(int length, int pageBytes) => (length + (pageBytes / ChunksPerPage) - 1) / (pageBytes / ChunksPerPage);
}
