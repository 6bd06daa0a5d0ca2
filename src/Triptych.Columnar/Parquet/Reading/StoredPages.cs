using Triptych.Columnar.Parquet.Pages;
using Triptych.Primitives.Memory;

namespace Triptych.Columnar.Parquet.Reading;

/// <summary>
/// Walks through the pages of a column chunk as they are stored, a few pages in memory at a time. Needs no page index. What
/// <see cref="Bytes"/> gives is valid until the next move. One owner, who disposes it.
/// </summary>
internal sealed class StoredPages(ParquetFile file, ColumnChunkInfo chunk, int readBytes) : IDisposable
{
    // Headers with long bounds, as other writers make them, are longer than ours; none is longer than this.
    private const int HeaderRoom = 64 * 1024;

    private readonly long _end = chunk.StartOffset + chunk.CompressedBytes;
    private PooledBytes? _window;
    private int _at;
    private int _pageBytes;
    private int _headerBytes;

    public PageHeader Header { get; private set; }

    /// <summary>Where the page begins in the file.</summary>
    public long Offset { get; private set; } = chunk.StartOffset;

    /// <summary>Header and body.</summary>
    public ReadOnlySpan<byte> Bytes => _window!.Span.Slice(_at, _pageBytes);

    public ReadOnlySpan<byte> Body => Bytes[_headerBytes..];

    public int HeaderBytes => _headerBytes;

    /// <summary>False behind the last page of the chunk.</summary>
    public async ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken)
    {
        Offset += _pageBytes;
        _at += _pageBytes;
        _pageBytes = 0;
        if (Offset >= _end)
            return false;
        while (!TryTake(out var needed))
            await FillAsync(Math.Min(_end - Offset, Math.Max(needed, readBytes)), cancellationToken);
        return true;
    }

    /// <summary>Checks the body against the checksum in the header.</summary>
    /// <exception cref="CorruptFileException">It does not match, or the header has none although the file says so.</exception>
    public void RequireChecksum()
    {
        if (Header.Crc is null && !file.Footer.HasChecksums)
            return;
        if (Header.Crc is not { } crc)
            throw new CorruptFileException(file.Input.Name, Offset, $"a page of column {chunk.Column.Name} has no checksum");
        if (Crc32.Compute(Body) != crc)
            throw new CorruptFileException(file.Input.Name, Offset, $"a page of column {chunk.Column.Name} does not match its checksum");
    }

    public void Dispose()
    {
        _window?.Dispose();
        _window = null;
    }

    /// <summary>Takes the page at hand when all of it is in the window; else says how many bytes it may take.</summary>
    private bool TryTake(out long needed)
    {
        var remaining = _end - Offset;
        ReadOnlySpan<byte> rest = _window is null ? default : _window.Span[_at..];
        needed = Math.Min(remaining, HeaderRoom);
        if (rest.IsEmpty)
            return false;
        try
        {
            Header = PageHeader.Read(rest, out _headerBytes);
        }
        catch (MalformedDataException) when (rest.Length < needed)
        {
            return false;
        }
        catch (MalformedDataException e)
        {
            throw e.In(file.Input.Name, Offset);
        }

        needed = (long)_headerBytes + Header.CompressedSize;
        if (needed > remaining)
            throw new CorruptFileException(file.Input.Name, Offset, $"a page of {Header.CompressedSize} bytes reaches beyond its column");
        if (Header.CompressedSize > file.Options.MaxPageBytes)
            throw new UnsupportedFileException(file.Input.Name, Offset, $"a page of {Header.CompressedSize} bytes passes the limit of {file.Options.MaxPageBytes}");
        if (needed > rest.Length)
            return false;
        _pageBytes = (int)needed;
        return true;
    }

    private async ValueTask FillAsync(long length, CancellationToken cancellationToken)
    {
        _window?.Dispose();
        _window = null;
        _window = await file.ReadAsync(Offset, length, cancellationToken);
        _at = 0;
    }
}
