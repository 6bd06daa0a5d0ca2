using Triptych.Columnar.Parquet.Pages;
using Triptych.Primitives.Memory;

namespace Triptych.Columnar.Parquet.Reading;

/// <summary>
/// Decodes one column of a row group page by page, in order. In memory are the dictionary, one decoded page and the stored bytes read
/// ahead; a chunk without page index, which our writer never makes, is one page. One thread at a time; one owner, who disposes it.
/// </summary>
public sealed class ColumnPageReader : IDisposable
{
    private readonly ParquetFile _file;
    private readonly RowGroupReader _group;
    private readonly ColumnChunkInfo _chunk;
    private readonly ColumnForm _form;
    private readonly int _readBytes;
    private readonly ColumnDecoder _decoder;
    private PageIndex? _index;
    private DecodedColumn? _whole;
    private PooledBytes? _window;
    private long _windowOffset;
    private int _next;
    private bool _started;

    internal ColumnPageReader(ParquetFile file, RowGroupReader group, ParquetColumn column, ColumnForm form, int readBytes)
    {
        _file = file;
        _group = group;
        _chunk = group.Info.Columns[column.Index];
        _form = form;
        _readBytes = readBytes;
        var all = new RowSelection(new[] { new RowRange(0, group.RowCount) }, group.RowCount);
        group.RequireReadable(_chunk, all);
        _decoder = new ColumnDecoder(_chunk, all, form, file.Options, file.Footer.HasChecksums, isWhole: false) { IsPaged = true };
    }

    /// <summary>Which column.</summary>
    public ParquetColumn Column => _chunk.Column;

    /// <summary>The page at hand, valid until the next move; owned by this reader.</summary>
    public DecodedColumn Page => _whole ?? _decoder.Current;

    /// <summary>Its first row, counted from the row group's.</summary>
    public long FirstRow { get; private set; }

    /// <summary>The row behind its last; 0 before the first move.</summary>
    public long EndRow { get; private set; }

    /// <summary>Decodes the next page; false behind the last.</summary>
    public async ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken = default)
    {
        if (!_started)
        {
            _started = true;
            _index = await _group.ReadPageIndexAsync(Column, cancellationToken);
            if (_index is not null)
                await ReadDictionaryAsync(cancellationToken);
        }

        if (EndRow == _group.RowCount)
            return false;
        if (_index is null)
        {
            _whole = await _group.ReadColumnAsync(Column, form: _form, cancellationToken: cancellationToken);
            EndRow = _group.RowCount;
            return true;
        }

        // Pages without rows are legal, and passed over.
        while (_next < _index.Pages.Length && _index.Pages[_next].RowCount == 0)
            _next++;
        if (_next == _index.Pages.Length)
            throw new CorruptFileException(_file.Input.Name, _chunk.StartOffset, $"column {Column.Name} has {EndRow} of {_group.RowCount} rows");
        var location = _index.Locations[_next];
        if (_window is null || location.Offset + location.CompressedSize > _windowOffset + _window.Length)
            await FillAsync(location.Offset, cancellationToken);
        _decoder.BeginPage();
        _group.DecodeAt(_decoder, _index, _next, _window!, _windowOffset);
        _decoder.EndPage();
        FirstRow = location.FirstRow;
        EndRow = FirstRow + _index.Pages[_next++].RowCount;
        return true;
    }

    /// <summary>Gives back all memory.</summary>
    public void Dispose()
    {
        _window?.Dispose();
        _window = null;
        _whole?.Dispose();
        _decoder.Dispose();
    }

    private async ValueTask ReadDictionaryAsync(CancellationToken cancellationToken)
    {
        if (_index!.Locations.Length == 0 || _index.Locations[0].Offset <= _chunk.StartOffset)
            return;
        using var bytes = await _file.ReadAsync(_chunk.StartOffset, _index.Locations[0].Offset - _chunk.StartOffset, cancellationToken);
        _group.DecodePage(_decoder, bytes.Span, _chunk.StartOffset);
    }

    /// <summary>Reads the next page and as many behind it as there is room for.</summary>
    private async ValueTask FillAsync(long offset, CancellationToken cancellationToken)
    {
        var pages = _index!.Locations;
        var end = RowGroupReader.EndOf(pages[_next]);
        for (var i = _next + 1; i < pages.Length && RowGroupReader.EndOf(pages[i]) - offset <= _readBytes; i++)
            end = RowGroupReader.EndOf(pages[i]);
        _window?.Dispose();
        _window = null;
        _window = await _file.ReadAsync(offset, end - offset, cancellationToken);
        _windowOffset = offset;
    }
}
