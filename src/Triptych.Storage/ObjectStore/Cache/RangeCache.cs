using Triptych.Primitives.Checksums;
using Triptych.Primitives.Memory;
using Triptych.Storage.Disk;

namespace Triptych.Storage.ObjectStore.Cache;

/// <summary>Where the cache lies and how large it may be.</summary>
public sealed record RangeCacheOptions
{
    /// <summary>Directory of its one file; made when it is missing.</summary>
    public required string Directory { get; init; }

    /// <summary>Bytes of pages that it holds at most.</summary>
    public required long CapacityBytes { get; init; }

    /// <summary>Whose objects it holds: a file of another data set starts empty.</summary>
    public required Guid DataSet { get; init; }

    /// <summary>Bytes of a page, a multiple of 16.</summary>
    public int PageBytes { get; init; } = 256 * 1024;
}

/// <summary>
/// Pages of remote objects in one file of fixed size on the local disk; the page used longest ago makes room. Only for objects whose
/// content never changes under their key. Each read checks the CRC-32C of the chunks that it touches, so neither a torn nor an altered nor
/// a just replaced page is ever served: it is a miss. It survives a restart, because after one the same dashboards ask for the same pages,
/// and its heads are read in one go; ages do not survive. No failure of the disk fails a read. Format: <see cref="CacheFormat"/>. Any thread may call.
/// </summary>
public sealed class RangeCache : IDisposable
{
    private readonly IDiskFile _file;
    private readonly CacheIndex _index;
    private readonly Lock _writeGate = new();
    private readonly int _chunkBytes;
    private readonly long _pagesStart;
    private bool _closed;

    private RangeCache(IDiskFile file, RangeCacheOptions options, int slots)
    {
        _file = file;
        PageBytes = options.PageBytes;
        Slots = slots;
        _chunkBytes = options.PageBytes / CacheFormat.ChunksPerPage;
        _pagesStart = CacheFormat.HeadBytes + ((long)slots * CacheFormat.SlotHeadBytes);
        _index = new CacheIndex(slots);
    }

    /// <summary>Bytes of a page.</summary>
    public int PageBytes { get; }

    /// <summary>Pages that fit.</summary>
    public int Slots { get; }

    /// <summary>Pages that are there.</summary>
    public int Count => _index.Count;

    /// <summary>Opens or makes the file. One of another size, format or data set starts empty.</summary>
    public static RangeCache Open(IDisk disk, RangeCacheOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(options.PageBytes % CacheFormat.ChunksPerPage, 0);
        disk.CreateDirectory(options.Directory);
        var file = disk.Open(Path.Combine(options.Directory, "ranges.cache"), DiskOpen.ReadWrite);
        try
        {
            var slots = (int)Math.Clamp(options.CapacityBytes / options.PageBytes, 1, int.MaxValue);
            var cache = new RangeCache(file, options, slots);
            cache.Load(options.DataSet);
            return cache;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Copies from a page: the bytes copied, fewer than asked for only where the object ends, or -1 when the page is not there.
    /// </summary>
    /// <param name="key">The object.</param>
    /// <param name="page">Which of its pages, from 0.</param>
    /// <param name="offset">First byte within the page.</param>
    /// <param name="into">Filled; not longer than the rest of the page.</param>
    public int TryRead(string key, int page, int offset, Span<byte> into)
    {
        if (!_index.TryGet(key, page, out var found))
            return -1;
        var count = Math.Clamp(found.LengthBytes - offset, 0, into.Length);
        try
        {
            if (count == 0 || ReadChecked(found, offset, into[..count]))
                return count;
        }
        catch (IOException)
        {
            ObjectStoreInstruments.CacheFailures.Add(1);
            return -1;
        }

        // Replaced while we read: an ordinary miss. Still there: the file was altered.
        if (Drop(found))
            ObjectStoreInstruments.CacheCorrupt.Add(1);
        return -1;
    }

    /// <summary>Whether a page is there; it may be gone a moment later.</summary>
    public bool Contains(string key, int page) => _index.Contains(key, page);

    /// <summary>Keeps a page, if the disk takes it.</summary>
    /// <param name="key">The object.</param>
    /// <param name="page">Which of its pages, from 0.</param>
    /// <param name="content">All of the page: shorter than <see cref="PageBytes"/> only where the object ends.</param>
    public void Add(string key, int page, ReadOnlySpan<byte> content)
    {
        if (_index.Contains(key, page) || !_index.Take(out var slot, out var evicted))
            return;
        if (evicted)
            ObjectStoreInstruments.CacheEvicted.Add(1);
        var entry = new CachePage(key, page, slot, content.Length, CacheFormat.ChecksumsOf(content, PageBytes));
        Span<byte> head = stackalloc byte[CacheFormat.SlotHeadBytes];
        CacheFormat.WriteSlotHead(head, entry);
        try
        {
            lock (_writeGate)
            {
                if (_closed)
                    return;
                if (content.Length > 0)
                    _file.Write(content, _pagesStart + ((long)slot * PageBytes));
                _file.Write(head, HeadOffset(slot));
            }
        }
        catch (IOException)
        {
            // A full disk is the write-ahead log's to report; here it only means that this page is fetched again.
            ObjectStoreInstruments.CacheFailures.Add(1);
            _index.GiveBack(slot);
            return;
        }

        _index.Publish(entry);
    }

    /// <summary>Forgets an object, on disk too: its key may come to stand for other bytes.</summary>
    public void Invalidate(string key)
    {
        foreach (var slot in _index.RemoveAll(key))
            ClearAndGiveBack(slot);
    }

    /// <summary>Closes the file. What is cached stays for the next time.</summary>
    public void Dispose()
    {
        lock (_writeGate)
        {
            _closed = true;
            _file.Dispose();
        }
    }

    private long HeadOffset(int slot) => CacheFormat.HeadBytes + ((long)slot * CacheFormat.SlotHeadBytes);

    private void Load(Guid dataSet)
    {
        Span<byte> wanted = stackalloc byte[CacheFormat.HeadBytes];
        Span<byte> found = stackalloc byte[CacheFormat.HeadBytes];
        CacheFormat.WriteHead(wanted, PageBytes, Slots, dataSet);
        if (_file.Read(found, 0) != found.Length || !found.SequenceEqual(wanted))
        {
            _file.SetLength(0);
            _file.Write(wanted, 0);
            return;
        }

        const int HeadsAtOnce = 1024;
        using var heads = PooledBytes.Rent(HeadsAtOnce * CacheFormat.SlotHeadBytes);
        var pages = new List<CachePage>();
        for (var first = 0; first < Slots; first += HeadsAtOnce)
        {
            var wantedBytes = Math.Min(HeadsAtOnce, Slots - first) * CacheFormat.SlotHeadBytes;
            var read = _file.Read(heads.Span[..wantedBytes], HeadOffset(first));
            for (var at = 0; at + CacheFormat.SlotHeadBytes <= read; at += CacheFormat.SlotHeadBytes)
            {
                var head = heads.Span.Slice(at, CacheFormat.SlotHeadBytes);
                if (CacheFormat.ReadSlotHead(head, first + (at / CacheFormat.SlotHeadBytes), PageBytes) is { } page)
                    pages.Add(page);
            }
        }

        _index.Load(pages);
    }

    /// <summary>Reads whole chunks, because only those have a checksum: straight into the target where it covers one.</summary>
    private bool ReadChecked(CachePage page, int offset, Span<byte> into)
    {
        var start = _pagesStart + ((long)page.Slot * PageBytes);
        var done = 0;
        while (done < into.Length)
        {
            var chunk = (offset + done) / _chunkBytes;
            var chunkStart = chunk * _chunkBytes;
            var chunkLength = Math.Min(_chunkBytes, page.LengthBytes - chunkStart);
            var within = offset + done - chunkStart;
            var count = Math.Min(chunkLength - within, into.Length - done);
            if (count == chunkLength)
            {
                var whole = into.Slice(done, count);
                if (_file.Read(whole, start + chunkStart) != count || Crc32C.Compute(whole) != page.Checksums[chunk])
                    return false;
            }
            else
            {
                using var edge = PooledBytes.Rent(chunkLength);
                if (_file.Read(edge.Span, start + chunkStart) != chunkLength || Crc32C.Compute(edge.Span) != page.Checksums[chunk])
                    return false;
                edge.Span.Slice(within, count).CopyTo(into[done..]);
            }

            done += count;
        }

        return true;
    }

    private bool Drop(CachePage page)
    {
        if (!_index.Remove(page))
            return false;
        ClearAndGiveBack(page.Slot);
        return true;
    }

    private void ClearAndGiveBack(int slot)
    {
        Span<byte> empty = stackalloc byte[CacheFormat.SlotHeadBytes];
        empty.Clear();
        try
        {
            lock (_writeGate)
            {
                if (!_closed)
                    _file.Write(empty, HeadOffset(slot));
            }
        }
        catch (IOException)
        {
            ObjectStoreInstruments.CacheFailures.Add(1);
        }

        _index.GiveBack(slot);
    }
}
