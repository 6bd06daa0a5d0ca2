namespace Triptych.Columnar.Parquet;

/// <summary>Takes the bytes of a file front to back. One thread at a time.</summary>
public interface IParquetSink
{
    /// <summary>Appends all of <paramref name="bytes"/>; they are not kept. Failure is an <see cref="IOException"/>.</summary>
    void Write(ReadOnlySpan<byte> bytes);
}

/// <summary>Writes to a stream that stays the caller's, who flushes and closes it.</summary>
public sealed class StreamSink(Stream stream) : IParquetSink
{
    public void Write(ReadOnlySpan<byte> bytes) => stream.Write(bytes);
}
