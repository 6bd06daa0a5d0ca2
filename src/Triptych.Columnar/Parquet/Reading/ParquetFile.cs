using System.Collections.Immutable;
using Triptych.Primitives.Memory;

namespace Triptych.Columnar.Parquet.Reading;

/// <summary>
/// An open file: footer, row groups and sections. Holds no memory but the footer and the page indexes read so far; the input stays the
/// caller's. Any thread may call. What is wrong with the file is a <see cref="CorruptFileException"/>; other trouble comes from the input.
/// </summary>
public sealed class ParquetFile
{
    /// <summary>Reads and parses the footer.</summary>
    public static ValueTask<ParquetFile> OpenAsync(
        IParquetInput input, ParquetReaderOptions? options = null, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Opens by a footer parsed before, without reading.</summary>
    public static ParquetFile Open(IParquetInput input, ParquetFooter footer, ParquetReaderOptions? options = null) => throw new NotImplementedException();

    public ParquetFooter Footer => throw new NotImplementedException();

    public ParquetSchema Schema => throw new NotImplementedException();

    public ImmutableArray<RowGroupReader> RowGroups => throw new NotImplementedException();

    /// <summary>The bytes of a section, checked against its checksum; the caller disposes them.</summary>
    /// <exception cref="KeyNotFoundException">The file has no such section.</exception>
    public ValueTask<PooledBytes> ReadSectionAsync(string name, CancellationToken cancellationToken = default) => throw new NotImplementedException();
}

/// <summary>One row group of an open file.</summary>
public sealed class RowGroupReader
{
    public RowGroupInfo Info => throw new NotImplementedException();

    public long RowCount => throw new NotImplementedException();

    /// <summary>Decodes all rows, or those of <paramref name="rows"/>, of one column. The caller disposes the result.</summary>
    public ValueTask<DecodedColumn> ReadColumnAsync(
        ParquetColumn column, RowRange? rows = null, ColumnForm form = ColumnForm.Values, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>
    /// Decodes the rows of several ranges, ascending and apart from each other, into one column without gaps. Only pages that hold such
    /// rows are read, where the file has a page index.
    /// </summary>
    public ValueTask<DecodedColumn> ReadColumnAsync(
        ParquetColumn column, ReadOnlyMemory<RowRange> rows, ColumnForm form = ColumnForm.Values, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Rows and bounds of each page; null when the file has no page index for the column. Read once, then kept.</summary>
    public ValueTask<PageIndex?> ReadPageIndexAsync(ParquetColumn column, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>
    /// False when the chunk certainly lacks the value (PLAIN form without length: the bytes of a string, 8 bytes of an INT64). True when
    /// it may have it or has no bloom filter.
    /// </summary>
    public ValueTask<bool> MightContainAsync(ParquetColumn column, ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();
}

/// <summary>The pages of a column chunk.</summary>
public sealed class PageIndex
{
    public ImmutableArray<PageInfo> Pages => throw new NotImplementedException();
}

/// <param name="FirstRow">Counted from the row group's first row.</param>
/// <param name="Statistics">Nothing when the file has no column index.</param>
/// <param name="IsAllNull">No slot of the page has a value.</param>
public sealed record PageInfo(long FirstRow, long RowCount, ColumnStatistics Statistics, bool IsAllNull);

/// <summary>
/// Decoded values of one column. Memory is pooled and native where large; the caller owns it and disposes it; spans are valid until then.
/// A slot is a row of a flat column or an element of a list; each value span has one entry for each slot, also for null ones
/// (zero, no bytes).
/// </summary>
public sealed class DecodedColumn : IDisposable
{
    public ParquetColumn Column => throw new NotImplementedException();

    public int RowCount => throw new NotImplementedException();

    public int SlotCount => throw new NotImplementedException();

    /// <summary>By slot, whether there is a value. Empty when all are there.</summary>
    public ReadOnlySpan<bool> Validity => throw new NotImplementedException();

    public int NullCount => throw new NotImplementedException();

    /// <summary>By row, the slot behind its last element; empty for flat columns.</summary>
    public ReadOnlySpan<int> ListEnds => throw new NotImplementedException();

    /// <summary>By row, whether the list is there. Empty when all are.</summary>
    public ReadOnlySpan<bool> ListValidity => throw new NotImplementedException();

    public ReadOnlySpan<bool> Bools => throw new NotImplementedException();

    public ReadOnlySpan<int> Int32s => throw new NotImplementedException();

    public ReadOnlySpan<long> Int64s => throw new NotImplementedException();

    public ReadOnlySpan<float> Floats => throw new NotImplementedException();

    public ReadOnlySpan<double> Doubles => throw new NotImplementedException();

    /// <summary>BYTE_ARRAY: the offset behind each slot's bytes in <see cref="Data"/>.</summary>
    public ReadOnlySpan<int> Ends => throw new NotImplementedException();

    /// <summary>BYTE_ARRAY and FIXED_LEN_BYTE_ARRAY: the bytes of all slots.</summary>
    public ReadOnlySpan<byte> Data => throw new NotImplementedException();

    /// <summary>One slot's bytes, in both forms; empty for a null slot.</summary>
    public ReadOnlySpan<byte> Bytes(int slot) => throw new NotImplementedException();

    /// <summary>Whether <see cref="Codes"/> and <see cref="Dictionary"/> hold the values instead of the spans here.</summary>
    public bool IsCoded => throw new NotImplementedException();

    /// <summary>By slot, an index into <see cref="Dictionary"/>; 0 for a null slot.</summary>
    public ReadOnlySpan<int> Codes => throw new NotImplementedException();

    /// <summary>The distinct values, without nulls; disposed with this column. Null unless <see cref="IsCoded"/>.</summary>
    public DecodedColumn? Dictionary => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
