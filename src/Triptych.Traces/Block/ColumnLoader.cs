using Triptych.Columnar;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Traces.Attributes;

namespace Triptych.Traces.Block;

/// <summary>Reads columns of some rows of a row group, each once, however many columns of the scan are made of it. Owns them.</summary>
internal sealed class ColumnLoader(TraceBlock block, int rowGroup, RowRange[] ranges, ScanStatistics statistics) : IDisposable
{
    private readonly RowGroupReader _group = block.File.RowGroups[rowGroup];
    private readonly Dictionary<(int Column, ColumnForm Form), DecodedColumn> _columns = [];
    private readonly List<IDisposable> _owned = [];

    /// <summary>Bytes of the values, ends and codes that are held.</summary>
    public long SizeBytes { get; private set; }

    /// <summary>The block.</summary>
    public TraceBlock Block => block;

    /// <summary>The columns that hold attributes of the row group's spans.</summary>
    public GroupAttributes Attributes { get; } = block.AttributesOf(rowGroup);

    /// <summary>A flat column.</summary>
    public ValueTask<DecodedColumn> LoadAsync(string name, CancellationToken cancellationToken) =>
        LoadAsync(block.File.Schema.Column(name), ColumnForm.Values, cancellationToken);

    /// <summary>A flat column, as codes where it has a dictionary.</summary>
    public ValueTask<DecodedColumn> LoadCodesAsync(string name, CancellationToken cancellationToken) =>
        LoadAsync(block.File.Schema.Column(name), ColumnForm.Codes, cancellationToken);

    /// <summary>A leaf of a map or list, as codes where it has a dictionary.</summary>
    public ValueTask<DecodedColumn> LoadLeafAsync(string field, string leaf, ColumnForm form, CancellationToken cancellationToken) =>
        LoadAsync(block.File.Schema.Column(field, leaf), form, cancellationToken);

    /// <summary>A column of numbers of resources or scopes, checked.</summary>
    public async ValueTask<DecodedColumn> LoadNumbersAsync(string name, int count, CancellationToken cancellationToken)
    {
        var numbers = await LoadAsync(name, cancellationToken);
        if (numbers.RowCount > 0 && (count == 0 || numbers.Int32s.ContainsAnyExceptInRange(0, count - 1)))
            throw Corrupt($"a row names a {name} that the file does not have");
        return numbers;
    }

    /// <summary>The rows that are read.</summary>
    public RowRange[] Ranges => ranges;

    /// <summary>A leaf of a map or list, for some of the rows only. The caller owns it, see <see cref="Own"/>.</summary>
    public async ValueTask<DecodedColumn> LoadPartAsync(ParquetColumn column, RowRange[] rows, ColumnForm form, CancellationToken cancellationToken)
    {
        var decoded = await _group.ReadColumnAsync(column, rows, form, cancellationToken);
        Count(decoded);
        return decoded;
    }

    /// <summary>Takes what was made of the columns over.</summary>
    public T Own<T>(T owned)
        where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }

    /// <summary>An error about the block.</summary>
    public CorruptFileException Corrupt(string problem) => new(block.Key, 0, problem);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var column in _columns.Values) column.Dispose();
        _columns.Clear();
        foreach (var owned in _owned) owned.Dispose();
        _owned.Clear();
    }

    private async ValueTask<DecodedColumn> LoadAsync(ParquetColumn column, ColumnForm form, CancellationToken cancellationToken)
    {
        if (_columns.TryGetValue((column.Index, form), out var known)) return known;
        var decoded = await _group.ReadColumnAsync(column, ranges, form, cancellationToken);
        _columns[(column.Index, form)] = decoded;
        Count(decoded);
        return decoded;
    }

    private void Count(DecodedColumn decoded)
    {
        SizeBytes += decoded.Data.Length + (decoded.Codes.Length * 4L) + (decoded.RowCount * 4L) + (decoded.Dictionary?.Data.Length ?? 0);
        statistics.BytesRead += decoded.StoredBytes;
        statistics.PagesRead += decoded.PagesRead;
    }
}
