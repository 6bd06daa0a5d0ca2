using System.Runtime.InteropServices;
using Triptych.Columnar.Parquet.Blooms;
using Triptych.Columnar.Parquet.Encodings;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Memory;

namespace Triptych.Columnar.Parquet.Writing;

/// <summary>
/// Takes the values of one column chunk, in any number of calls. The method must fit the column's type. Spans are not kept.
/// Values wait in a page; a full page is encoded and compressed and waits as bytes until the chunk goes to the file.
/// </summary>
public sealed class ColumnWriter : IDisposable
{
    private readonly RowGroupWriter _owner;
    private readonly ParquetWriterOptions _options;
    private readonly int _pageSizeBytes;
    private readonly int _mostPageRows;
    private readonly PageValues _values;
    private readonly PooledBufferWriter? _definitions;
    private readonly PooledBufferWriter? _repetitions;
    private readonly PooledBufferWriter? _bloomHashes;
    private DictionaryBuilder? _dictionary;
    private ParquetEncoding _plainEncoding;
    private PooledBufferWriter? _scratch;
    private bool _isCoding;
    private int _pageLevels;
    private int _pageRows;

    internal ColumnWriter(RowGroupWriter owner, ParquetColumn column, ParquetWriterOptions options)
    {
        _owner = owner;
        _options = options;
        Column = column;
        var choices = options.Columns.GetValueOrDefault(column.Name) ?? new ColumnOptions();
        _mostPageRows = choices.PageRows ?? options.PageRows;
        _pageSizeBytes = choices.PageSizeBytes ?? options.PageSizeBytes;
        var encoding = choices.Encoding ?? ColumnEncoding.Dictionary;
        _plainEncoding = PageEncoder.Choose(column, encoding);
        _isCoding = encoding is ColumnEncoding.Dictionary or ColumnEncoding.DictionaryOrDelta && column.Type != ParquetType.Boolean;
        _dictionary = _isCoding ? new DictionaryBuilder(column, options.DictionarySizeBytes) : null;
        _values = new PageValues(column);
        _definitions = column.MaxDefinitionLevel > 0 ? new PooledBufferWriter() : null;
        _repetitions = column.MaxRepetitionLevel > 0 ? new PooledBufferWriter() : null;
        _bloomHashes = choices.BloomFilter ? new PooledBufferWriter() : null;
        Pages = new ChunkPages(column, choices.Codec ?? options.Codec, options.ZstdLevel, options.PageVersion);
        Statistics = new ChunkStatistics(column, choices.Statistics, options.StatisticsBytes);
    }

    public ParquetColumn Column { get; }

    /// <summary>Rows taken so far.</summary>
    public long RowCount { get; private set; }

    internal ChunkPages Pages { get; }

    internal ChunkStatistics Statistics { get; }

    internal bool IsComplete { get; private set; }

    /// <summary>Levels taken so far: slots, and one for each empty or null list.</summary>
    internal long LevelCount { get; private set; }

    internal long BufferedBytes => Pages.SizeBytes + _values.SizeBytes + (_dictionary?.SizeBytes ?? 0);

    public void WriteBool(ReadOnlySpan<bool> values, ColumnShape shape = default) =>
        WriteFixedWidth(MemoryMarshal.AsBytes(values), values.Length, shape, ParquetType.Boolean);

    public void WriteInt32(ReadOnlySpan<int> values, ColumnShape shape = default) =>
        WriteFixedWidth(MemoryMarshal.AsBytes(values), values.Length, shape, ParquetType.Int32);

    public void WriteInt64(ReadOnlySpan<long> values, ColumnShape shape = default) =>
        WriteFixedWidth(MemoryMarshal.AsBytes(values), values.Length, shape, ParquetType.Int64);

    public void WriteFloat(ReadOnlySpan<float> values, ColumnShape shape = default) =>
        WriteFixedWidth(MemoryMarshal.AsBytes(values), values.Length, shape, ParquetType.Float);

    public void WriteDouble(ReadOnlySpan<double> values, ColumnShape shape = default) =>
        WriteFixedWidth(MemoryMarshal.AsBytes(values), values.Length, shape, ParquetType.Double);

    /// <summary>FIXED_LEN_BYTE_ARRAY: the values without gaps.</summary>
    public void WriteFixed(ReadOnlySpan<byte> data, ColumnShape shape = default)
    {
        RequireType(ParquetType.FixedLenByteArray);
        if (data.Length % Column.TypeLength != 0)
            throw new ArgumentException($"{data.Length} bytes are no whole number of values of {Column.TypeLength}.", nameof(data));
        WriteFixedWidth(data, data.Length / Column.TypeLength, shape, ParquetType.FixedLenByteArray);
    }

    /// <summary>BYTE_ARRAY: slot i is <c>data[ends[i - 1]..ends[i]]</c>.</summary>
    public void WriteBytes(ReadOnlySpan<int> ends, ReadOnlySpan<byte> data, ColumnShape shape = default)
    {
        RequireType(ParquetType.ByteArray);
        var previous = 0;
        foreach (var end in ends)
        {
            if (end < previous || end > data.Length)
                throw new ArgumentException($"Ends fall or pass the {data.Length} bytes of data.", nameof(ends));
            previous = end;
        }

        var rows = new RowSlices(Column, shape, ends.Length);
        for (var row = 0; row < rows.Count;)
        {
            var next = rows.Take(row, RoomRows(), _pageSizeBytes - _values.SizeBytes, ends, sizeof(int));
            var first = rows.SlotAt(row);
            var slots = rows.SlotAt(next) - first;
            var validity = AddLevels(shape, row, next, first, slots);
            _values.AddBytes(first == 0 ? 0 : ends[first - 1], ends.Slice(first, slots), data, validity);
            EndRows(next - row);
            row = next;
        }
    }

    /// <summary>Rows of a column that was decoded, in either form. Its list structure must be that of this column.</summary>
    public void Append(DecodedColumn source, int firstRow, int rowCount)
    {
        RequireType(source.Column.Type);
        if (source.Column.TypeLength != Column.TypeLength || source.Column.IsRepeated != Column.IsRepeated)
            throw new ArgumentException($"Column {Column.Name} cannot take values of {source.Column.Name}.", nameof(source));
        _scratch ??= new PooledBufferWriter();
        var rows = new DecodedRows(source, firstRow, rowCount, Column.IsNullable, _scratch);
        if (Column.Type == ParquetType.ByteArray)
            WriteBytes(rows.Ends, rows.Data, rows.Shape);
        else
            WriteFixedWidth(rows.Data, rows.SlotCount, rows.Shape, Column.Type);
    }

    /// <summary>No more values come for this chunk.</summary>
    public void Complete()
    {
        if (IsComplete)
            return;
        FlushPage();
        IsComplete = true;
        if (_dictionary is { } dictionary)
        {
            if (_bloomHashes is not null)
                dictionary.CollectHashes(_bloomHashes);
            if (dictionary.Count > 0 && Pages.Encodings.Contains(ParquetEncoding.RleDictionary))
                Pages.AddDictionaryPage(dictionary);
            dictionary.Dispose();
            _dictionary = null;
        }

        _values.Dispose();
        _definitions?.Dispose();
        _repetitions?.Dispose();
        _scratch?.Dispose();
        _owner.ColumnCompleted();
    }

    /// <summary>The bytes of a filter over the chunk's values; null when none was asked for.</summary>
    internal PooledBytes? BuildBloomFilter()
    {
        if (_bloomHashes is null)
            return null;
        var hashes = MemoryMarshal.Cast<byte, ulong>(_bloomHashes.WrittenForEdit);
        hashes.Sort();
        var distinct = hashes.IsEmpty ? 0 : 1;
        for (var i = 1; i < hashes.Length; i++)
            distinct += hashes[i] == hashes[i - 1] ? 0 : 1;
        var filter = PooledBytes.Rent(SplitBlockBloomFilter.SizeFor(distinct, _options.BloomBitsPerValue, _options.BloomMaxBytes));
        filter.Span.Clear();
        foreach (var hash in hashes)
            SplitBlockBloomFilter.Add(filter.Span, hash);
        return filter;
    }

    /// <summary>Gives back all memory; the row group calls it.</summary>
    public void Dispose()
    {
        IsComplete = true;
        Pages.Dispose();
        _values.Dispose();
        _definitions?.Dispose();
        _repetitions?.Dispose();
        _bloomHashes?.Dispose();
        _scratch?.Dispose();
        _dictionary?.Dispose();
    }

    private void WriteFixedWidth(ReadOnlySpan<byte> values, int count, ColumnShape shape, ParquetType type)
    {
        RequireType(type);
        var width = _values.Width;
        var rows = new RowSlices(Column, shape, count);
        for (var row = 0; row < rows.Count;)
        {
            var next = rows.Take(row, RoomRows(), _pageSizeBytes - _values.SizeBytes, default, width);
            var first = rows.SlotAt(row);
            var slots = rows.SlotAt(next) - first;
            var validity = AddLevels(shape, row, next, first, slots);
            _values.AddFixed(values.Slice(first * width, slots * width), validity);
            EndRows(next - row);
            row = next;
        }
    }

    private int RoomRows() => Math.Max(1, _mostPageRows - _pageRows);

    /// <summary>Adds the levels of some rows; returns the validity of their slots, empty when all are there.</summary>
    private ReadOnlySpan<bool> AddLevels(in ColumnShape shape, int row, int nextRow, int firstSlot, int slots)
    {
        var validity = shape.Validity.IsEmpty ? default : shape.Validity.Slice(firstSlot, slots);
        if (_repetitions is null)
            _pageLevels += LevelWriter.AddFlat(Column, validity, slots, _definitions);
        else
            _pageLevels += LevelWriter.AddLists(Column, shape, row, nextRow, firstSlot, _definitions!, _repetitions);
        return validity;
    }

    private void EndRows(int count)
    {
        _pageRows += count;
        RowCount += count;
        if (_values.SizeBytes >= _pageSizeBytes || _pageRows >= _mostPageRows || _pageLevels >= MaxPageLevels)
            FlushPage();
    }

    // Lists can be long without having values: their levels end a page as well.
    private const int MaxPageLevels = 1 << 20;

    private void FlushPage()
    {
        if (_pageRows == 0)
            return;
        var nullCount = _pageLevels - _values.Count;

        // A page without values is never coded: where the chunk's dictionary stays empty there is no dictionary page, and readers may demand
        // one for coded pages.
        var encoding = _isCoding && _values.Count > 0 && TryEncodeCodes(nullCount) ? ParquetEncoding.RleDictionary : _plainEncoding;
        if (encoding == _plainEncoding)
        {
            Statistics.AddPage(_values, nullCount);
            PageEncoder.Encode(_values, encoding, Pages.Values);
            CollectHashes();
        }

        Pages.AddDataPage(
            _repetitions is null ? default : _repetitions.WrittenSpan,
            _definitions is null ? default : _definitions.WrittenSpan,
            _pageLevels, _pageRows, nullCount, encoding);
        LevelCount += _pageLevels;
        _values.Clear();
        _definitions?.Reset();
        _repetitions?.Reset();
        _pageLevels = 0;
        _pageRows = 0;
    }

    /// <summary>Writes the page as codes; false when the dictionary does not pay or is full, and the chunk goes on without.</summary>
    private bool TryEncodeCodes(int nullCount)
    {
        var dictionary = _dictionary!;
        var before = dictionary.Count;
        using var codeBytes = PooledBytes.Rent(Math.Max(1, _values.Count) * sizeof(int));
        var codes = MemoryMarshal.Cast<byte, int>(codeBytes.Span)[.._values.Count];
        var isFirstPage = before == 0;
        var pays = dictionary.TryEncode(_values, codes);
        var width = BitPacking.WidthOf((ulong)Math.Max(0, dictionary.Count - 1));
        if (pays && isFirstPage)
            pays = dictionary.SizeBytes + BitPacking.SizeOf(codes.Length, width) < _values.SizeBytes;
        if (!pays)
        {
            dictionary.Truncate(before);
            _isCoding = false;
            if (_plainEncoding == ParquetEncoding.Plain)
                _plainEncoding = PageEncoder.ChooseAfterDictionary(_values, _options.PageVersion);
            return false;
        }

        Statistics.AddPage(_values, nullCount, dictionary, codes);
        Pages.Values.WriteByte((byte)width);
        RleHybridEncoder.Encode<int>(codes, width, Pages.Values);
        return true;
    }

    private void CollectHashes()
    {
        for (var i = 0; _bloomHashes is not null && i < _values.Count; i++)
            _bloomHashes.WriteFixed64(SplitBlockBloomFilter.Hash(_values[i]));
    }

    private void RequireType(ParquetType type)
    {
        if (Column.Type != type)
            throw new ArgumentException($"Column {Column.Name} holds {Column.Type}, not {type}.");
        if (IsComplete)
            throw new InvalidOperationException($"Column {Column.Name} is complete.");
    }
}
