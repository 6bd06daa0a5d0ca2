using Microsoft.Win32.SafeHandles;
using Triptych.Columnar.Parquet;

namespace Triptych.Benchmarks.Columnar;

/// <summary>A file whose reads are done when they return, so that a scan stays on the thread whose time is taken.</summary>
internal sealed class SameThreadInput(string path) : IParquetInput, IDisposable
{
    private readonly SafeFileHandle _handle = File.OpenHandle(path, options: FileOptions.RandomAccess);

    public string Name => path;

    public long Length { get; } = new FileInfo(path).Length;

    public ValueTask ReadAsync(long offset, Memory<byte> into, CancellationToken cancellationToken)
    {
        for (var done = 0; done < into.Length;)
        {
            var read = RandomAccess.Read(_handle, into.Span[done..], offset + done);
            if (read == 0)
                throw new CorruptFileException(path, offset + done, "the file ends here");
            done += read;
        }

        return ValueTask.CompletedTask;
    }

    public void Dispose() => _handle.Dispose();
}
