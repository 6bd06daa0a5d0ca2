using System.Buffers.Binary;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Checksums;

namespace Triptych.Ingest.PrometheusTsdb;

/// <summary>
/// The chunks of a block, <c>chunks/NNNNNN</c>:
/// <code>
/// magic:u32 0x85BD40DD  version:u8 1  padding:3     then chunks: length:uvarint  encoding:u8  data  crc32c(encoding data):u32
/// </code>
/// A reference is the number of the segment (from 0, in order of names) in the upper 32 bits and the place in it in the lower.
/// One thread; the owner disposes it.
/// </summary>
public sealed class ChunkSegments : IDisposable
{
    private const uint Magic = 0x85BD40DD;
    private const int HeaderBytes = 8;
    private const int MaxChunkBytes = 16 * 1024 * 1024;
    private const int MostOpen = 4;

    private readonly string[] _paths;
    private readonly Dictionary<int, SourceFile> _open = [];
    private readonly Dictionary<int, TsdbDamage> _unusable = [];
    private readonly ChunkDecoder _decoder = new();

    /// <summary>Finds the segments of a block; none is opened yet.</summary>
    /// <param name="directory">The block's <c>chunks</c> directory.</param>
    /// <exception cref="TsdbDamageException">The directory cannot be read.</exception>
    public ChunkSegments(string directory)
    {
        Directory = directory;
        _paths = [.. TsdbNames.Numbered(directory).Select(static f => f.Path)];
    }

    /// <summary>Where they are.</summary>
    public string Directory { get; }

    /// <summary>Bytes of chunks that were read.</summary>
    public long ReadBytes { get; private set; }

    /// <summary>Decodes a chunk; returns what is wrong with it, or null. Samples before the fault have been given then.</summary>
    public TsdbDamage? Read(ulong reference, ITsdbSamples into)
    {
        var (segment, offset) = ((int)(reference >> 32), (long)(uint)reference);
        if (segment < 0 || segment >= _paths.Length) return new TsdbDamage(Directory, 0, $"the segment {segment + 1L} is missing, which the index names");
        if (_unusable.TryGetValue(segment, out var damage)) return damage;
        try
        {
            var file = Open(segment);
            var head = file.ReadUpTo(offset, 5);
            var lengthBytes = Varint.Read(head, out var length);
            if (offset < HeaderBytes || lengthBytes <= 0 || length > MaxChunkBytes) return new TsdbDamage(file.Path, offset, "there is no chunk at this place, which the index names");
            var bytes = file.Read(offset + lengthBytes, 1 + (int)length + sizeof(uint));
            ReadBytes += lengthBytes + bytes.Length;
            var checkedBytes = bytes[..^sizeof(uint)];
            if (Crc32C.Compute(checkedBytes) != BinaryPrimitives.ReadUInt32BigEndian(bytes[^sizeof(uint)..]))
                return new TsdbDamage(file.Path, offset, "the checksum of a chunk does not match");
            return _decoder.Decode(checkedBytes[0], checkedBytes[1..], into) is { } problem ? new TsdbDamage(file.Path, offset, problem) : null;
        }
        catch (TsdbDamageException e)
        {
            return e.Damage;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in _open.Values) file.Dispose();
    }

    private SourceFile Open(int segment)
    {
        if (_open.TryGetValue(segment, out var file)) return file;
        if (_open.Count == MostOpen)
        {
            // Series lie in the order of the segments: the lowest is the one that is done with.
            var oldest = _open.Keys.Min();
            _open[oldest].Dispose();
            _open.Remove(oldest);
        }

        SourceFile? opened = null;
        try
        {
            opened = new SourceFile(_paths[segment], windowBytes: 1024 * 1024);
            var header = opened.Read(0, HeaderBytes);
            if (BinaryPrimitives.ReadUInt32BigEndian(header) != Magic || header[4] != 1) throw new TsdbDamageException(opened.Path, 0, "it is not a file of chunks of version 1");
            return _open[segment] = opened;
        }
        catch (TsdbDamageException e)
        {
            opened?.Dispose();
            _unusable[segment] = e.Damage;
            throw;
        }
    }
}
