using Microsoft.Win32.SafeHandles;

namespace Triptych.Ingest.PrometheusTsdb;

/// <summary>
/// A file that is read in pieces at any place, never written. Who goes forward is read ahead for; who jumps about pays for little more than
/// what he asks for. One thread; the owner disposes it.
/// </summary>
public sealed class SourceFile : IDisposable
{
    private const int JumpBytes = 4 * 1024;
    private readonly SafeFileHandle _handle;
    private readonly int _windowBytes;
    private byte[] _window;
    private long _start;
    private int _count;

    /// <summary>Opens a file.</summary>
    /// <param name="path">Which.</param>
    /// <param name="windowBytes">How much is read ahead.</param>
    /// <exception cref="TsdbDamageException">It cannot be opened.</exception>
    public SourceFile(string path, int windowBytes = 256 * 1024)
    {
        Path = path;
        _windowBytes = windowBytes;
        _window = new byte[windowBytes];
        try
        {
            _handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            Length = RandomAccess.GetLength(_handle);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _handle?.Dispose();
            throw new TsdbDamageException(path, 0, $"it cannot be opened: {e.Message}");
        }
    }

    /// <summary>The file's path.</summary>
    public string Path { get; }

    /// <summary>Its length when it was opened.</summary>
    public long Length { get; }

    /// <summary>Exactly the bytes asked for, valid until the next read.</summary>
    /// <exception cref="TsdbDamageException">The file ends before, or cannot be read.</exception>
    public ReadOnlySpan<byte> Read(long offset, int length)
    {
        if (offset < 0 || offset > Length) throw new TsdbDamageException(Path, offset, $"this place is outside of the file, which has {Length} bytes");
        if (length > Length - offset) throw new TsdbDamageException(Path, offset, $"the file breaks off: {Length - offset} bytes are left of {length}");
        if (offset < _start || offset + length > _start + _count) Fill(offset, length);
        return _window.AsSpan((int)(offset - _start), length);
    }

    /// <summary>As many bytes as there are, at most <paramref name="length"/>.</summary>
    public ReadOnlySpan<byte> ReadUpTo(long offset, int length) => Read(offset, (int)Math.Min(length, Math.Max(0, Length - offset)));

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private void Fill(long offset, int length)
    {
        var isForward = offset >= _start && offset <= _start + _count + _windowBytes;
        var wanted = (int)Math.Min(Math.Max(length, isForward ? _windowBytes : JumpBytes), Length - offset);
        if (wanted > _window.Length) _window = new byte[wanted];
        (_start, _count) = (offset, 0);
        try
        {
            while (_count < wanted)
            {
                var read = RandomAccess.Read(_handle, _window.AsSpan(_count, wanted - _count), offset + _count);
                if (read == 0) throw new TsdbDamageException(Path, offset + _count, "the file became shorter while it was read");
                _count += read;
            }
        }
        catch (IOException e) when (e is not TsdbDamageException)
        {
            throw new TsdbDamageException(Path, offset + _count, $"it cannot be read: {e.Message}");
        }
    }
}
