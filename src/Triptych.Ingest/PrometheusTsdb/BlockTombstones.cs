using System.Buffers.Binary;
using Triptych.Primitives.Checksums;

namespace Triptych.Ingest.PrometheusTsdb;

/// <summary>A closed range of time, Unix milliseconds, in which the samples of a series are deleted.</summary>
public readonly record struct DeletedRange(long MinTimeMs, long MaxTimeMs);

/// <summary>
/// What is deleted in a block and not yet rewritten, the file <c>tombstones</c>:
/// <code>magic:u32 0x0130BA30  version:u8 1  { series:uvarint  min:varint  max:varint }  crc32c(of the list):u32</code>
/// </summary>
public sealed class BlockTombstones
{
    private const uint Magic = 0x0130BA30;
    private const int HeaderBytes = 5;
    private const int MaxBytes = 256 * 1024 * 1024;
    private readonly Dictionary<ulong, List<DeletedRange>> _ranges = [];

    /// <summary>Whether nothing is deleted.</summary>
    public bool IsEmpty => _ranges.Count == 0;

    /// <summary>What is deleted of a series.</summary>
    public IReadOnlyList<DeletedRange> Of(ulong series) => _ranges.TryGetValue(series, out var ranges) ? ranges : [];

    /// <summary>Reads the file; a block without one has nothing deleted.</summary>
    /// <exception cref="TsdbDamageException">It is damaged: what it deletes is not known.</exception>
    public static BlockTombstones Read(string path)
    {
        var tombstones = new BlockTombstones();
        if (!File.Exists(path)) return tombstones;
        using var file = new SourceFile(path);
        if (file.Length > MaxBytes) throw new TsdbDamageException(path, 0, $"the file has {file.Length} bytes, more than {MaxBytes}");
        var bytes = file.Read(0, (int)file.Length);
        if (bytes.Length < HeaderBytes + sizeof(uint)) throw new TsdbDamageException(path, bytes.Length, "the tombstones break off");
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes) != Magic || bytes[4] != 1) throw new TsdbDamageException(path, 0, "it is not a file of tombstones of version 1");
        var list = bytes[HeaderBytes..^sizeof(uint)];
        if (Crc32C.Compute(list) != BinaryPrimitives.ReadUInt32BigEndian(bytes[^sizeof(uint)..]))
            throw new TsdbDamageException(path, HeaderBytes, "the checksum of the tombstones does not match");
        var reader = new ElementReader(list);
        while (reader.Remaining > 0)
        {
            var series = reader.ReadUnsigned();
            var range = new DeletedRange(reader.ReadSigned(), reader.ReadSigned());
            if (reader.Failed) throw new TsdbDamageException(path, HeaderBytes + reader.Position, "a tombstone breaks off");
            if (!tombstones._ranges.TryGetValue(series, out var ranges)) tombstones._ranges[series] = ranges = [];
            ranges.Add(range);
        }

        return tombstones;
    }
}
