using Microsoft.Win32.SafeHandles;

namespace Triptych.Columnar.Parquet;

/// <summary>Random access to the bytes of one immutable file or object. Any thread may call, reads may overlap.</summary>
public interface IParquetInput
{
    /// <summary>Shown in errors: a path or an object key.</summary>
    string Name { get; }

    /// <summary>Length of the file in bytes.</summary>
    long Length { get; }

    /// <summary>
    /// Fills <paramref name="into"/> wholly with the bytes from <paramref name="offset"/> on. A file that is shorter than
    /// <see cref="Length"/> throws <see cref="CorruptFileException"/>; other trouble is an <see cref="IOException"/>.
    /// </summary>
    ValueTask ReadAsync(long offset, Memory<byte> into, CancellationToken cancellationToken);
}

/// <summary>A file held in memory. The bytes stay the caller's and must not change.</summary>
public sealed class MemoryInput(ReadOnlyMemory<byte> bytes, string name) : IParquetInput
{
    public string Name => name;

    public long Length => bytes.Length;

    public ValueTask ReadAsync(long offset, Memory<byte> into, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (offset < 0 || offset > bytes.Length || into.Length > bytes.Length - offset)
            throw new CorruptFileException(name, offset, $"the file ends before {into.Length} bytes from here");
        bytes.Slice((int)offset, into.Length).CopyTo(into);
        return ValueTask.CompletedTask;
    }
}

/// <summary>A local file, read with pread. The owner disposes it; no read may be under way then.</summary>
public sealed class FileInput : IParquetInput, IDisposable
{
    private readonly SafeFileHandle _handle;

    /// <summary>Opens a file.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="name">What errors call it; null: its path.</param>
    public FileInput(string path, string? name = null)
    {
        Name = name ?? path;
        _handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.RandomAccess);
        try
        {
            Length = RandomAccess.GetLength(_handle);
        }
        catch
        {
            _handle.Dispose();
            throw;
        }
    }

    public string Name { get; }

    public long Length { get; }

    public async ValueTask ReadAsync(long offset, Memory<byte> into, CancellationToken cancellationToken)
    {
        var done = 0;
        while (done < into.Length)
        {
            var read = await RandomAccess.ReadAsync(_handle, into[done..], offset + done, cancellationToken);
            if (read == 0)
                throw new CorruptFileException(Name, offset + done, $"the file ends here, {into.Length - done} bytes early");
            done += read;
        }
    }

    public void Dispose() => _handle.Dispose();
}
