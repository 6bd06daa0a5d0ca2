using System.Collections.Immutable;

namespace Triptych.Columnar.Parquet.Writing;

/// <summary>Writes one file front to back. See docs/formats/parquet.md. One thread; disposing without <see cref="Finish"/> leaves a file without a footer.</summary>
public sealed class ParquetWriter : IDisposable
{
    public ParquetWriter(IParquetSink sink, ParquetSchema schema, ParquetWriterOptions? options = null) => throw new NotImplementedException();

    public ParquetWriter(Stream stream, ParquetSchema schema, ParquetWriterOptions? options = null) => throw new NotImplementedException();

    public ParquetSchema Schema => throw new NotImplementedException();

    /// <summary>Bytes written so far.</summary>
    public long Position => throw new NotImplementedException();

    /// <summary>Starts a row group; the one before must have been ended.</summary>
    public RowGroupWriter BeginRowGroup() => throw new NotImplementedException();

    /// <summary>Key-value metadata; a key is given once.</summary>
    public void AddMetadata(string key, string value) => throw new NotImplementedException();

    /// <summary>Writes an extra section, between row groups; a name is given once.</summary>
    public void AddSection(string name, ReadOnlySpan<byte> bytes) => throw new NotImplementedException();

    /// <summary>Writes indexes and footer. Nothing can be written after that.</summary>
    public ParquetFileSummary Finish() => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}

/// <summary>
/// Takes the rows of a row group, column by column or by batches in turn. Compressed pages wait in pooled memory until
/// <see cref="End"/>; a column that is <see cref="ColumnWriter.Complete"/> goes out as soon as those before it have.
/// </summary>
public sealed class RowGroupWriter
{
    /// <summary>Compressed and not yet compressed bytes that wait.</summary>
    public long BufferedBytes => throw new NotImplementedException();

    public ColumnWriter Column(int index) => throw new NotImplementedException();

    public ColumnWriter Column(ParquetColumn column) => throw new NotImplementedException();

    /// <summary>By dotted path.</summary>
    public ColumnWriter Column(string name) => throw new NotImplementedException();

    /// <summary>The leaf of a list or map: "key" and "value" for a map.</summary>
    public ColumnWriter Column(string field, string leaf) => throw new NotImplementedException();

    /// <summary>Writes what is left. All columns must have the same number of rows.</summary>
    public RowGroupSummary End() => throw new NotImplementedException();
}

/// <summary>
/// Takes the values of one column chunk, in any number of calls. The method must fit the column's type. Spans are not kept.
/// </summary>
public sealed class ColumnWriter
{
    public ParquetColumn Column => throw new NotImplementedException();

    public long RowCount => throw new NotImplementedException();

    public void WriteBool(ReadOnlySpan<bool> values, ColumnShape shape = default) => throw new NotImplementedException();

    public void WriteInt32(ReadOnlySpan<int> values, ColumnShape shape = default) => throw new NotImplementedException();

    public void WriteInt64(ReadOnlySpan<long> values, ColumnShape shape = default) => throw new NotImplementedException();

    public void WriteDouble(ReadOnlySpan<double> values, ColumnShape shape = default) => throw new NotImplementedException();

    /// <summary>BYTE_ARRAY: slot i is <c>data[ends[i - 1]..ends[i]]</c>.</summary>
    public void WriteBytes(ReadOnlySpan<int> ends, ReadOnlySpan<byte> data, ColumnShape shape = default) => throw new NotImplementedException();

    /// <summary>FIXED_LEN_BYTE_ARRAY: the values without gaps.</summary>
    public void WriteFixed(ReadOnlySpan<byte> data, ColumnShape shape = default) => throw new NotImplementedException();

    /// <summary>No more values come for this chunk.</summary>
    public void Complete() => throw new NotImplementedException();
}
