namespace Triptych.Columnar.Parquet.Writing;

/// <summary>Counts the bytes that go to a sink.</summary>
internal sealed class PositionedSink(IParquetSink sink)
{
    public long Position { get; private set; }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        sink.Write(bytes);
        Position += bytes.Length;
    }
}
