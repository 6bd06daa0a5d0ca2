using System.Collections.Immutable;

namespace Triptych.Columnar.Parquet.Reading;

/// <summary>
/// Walks through the rows of a file front to back, some columns in step, with a page of each in memory: what a merge of sorted files
/// reads. Each move gives a run of rows that lies within one page of every column:
/// <code>
/// while (await cursor.MoveNextAsync(cancel))
///     for (var i = 0; i &lt; cursor.RowCount; i++)
///         use(cursor.Page(0).Int64s[cursor.Offset(0) + i], cursor.Page(1).Bytes(cursor.Offset(1) + i));
/// </code>
/// One thread at a time; one owner, who disposes it.
/// </summary>
public sealed class RowCursor : IDisposable
{
    private readonly ParquetFile _file;
    private readonly ImmutableArray<ParquetColumn> _columns;
    private readonly ColumnForm _form;
    private readonly int _readAheadBytes;
    private readonly ColumnPageReader?[] _pages;
    private readonly int _endGroup;
    private int _group;
    private long _endRow;

    internal RowCursor(ParquetFile file, ImmutableArray<ParquetColumn> columns, Range rowGroups, ColumnForm form, int readAheadBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(readAheadBytes, 1);
        if (columns.IsDefaultOrEmpty || columns.Any(column => file.Schema.Columns[column.Index] != column))
            throw new ArgumentException("A cursor needs columns of the file's own schema.", nameof(columns));
        _file = file;
        _columns = columns;
        _form = form;
        _readAheadBytes = readAheadBytes;
        _pages = new ColumnPageReader?[columns.Length];
        var (first, count) = rowGroups.GetOffsetAndLength(file.RowGroups.Length);
        _group = first;
        _endGroup = first + count;
    }

    /// <summary>The row group that the run lies in.</summary>
    public int RowGroup => _group;

    /// <summary>The run's first row, counted from the row group's.</summary>
    public long FirstRow { get; private set; }

    /// <summary>Rows of the run.</summary>
    public int RowCount { get; private set; }

    /// <summary>The page of a column (by its place in the list that the cursor was made with) that the run lies in; valid until the next move.</summary>
    public DecodedColumn Page(int column) => _pages[column]!.Page;

    /// <summary>Row of <see cref="Page"/> that the run begins with.</summary>
    public int Offset(int column) => (int)(FirstRow - _pages[column]!.FirstRow);

    /// <summary>Moves to the next run; false behind the last row.</summary>
    public async ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken = default)
    {
        FirstRow = _endRow;
        while (_group < _endGroup && FirstRow == _file.RowGroups[_group].RowCount)
        {
            Close();
            _group++;
            _endRow = FirstRow = 0;
        }

        RowCount = 0;
        if (_group >= _endGroup)
            return false;
        var end = long.MaxValue;
        for (var i = 0; i < _pages.Length; i++)
        {
            var pages = _pages[i] ??= _file.RowGroups[_group].ReadPages(_columns[i], _form, _readAheadBytes);
            if (pages.EndRow <= FirstRow)
                await pages.MoveNextAsync(cancellationToken);
            end = Math.Min(end, pages.EndRow);
        }

        RowCount = (int)(end - FirstRow);
        _endRow = end;
        return true;
    }

    /// <summary>Gives back all memory.</summary>
    public void Dispose()
    {
        Close();
        _group = _endGroup;
    }

    private void Close()
    {
        foreach (var pages in _pages)
            pages?.Dispose();
        Array.Clear(_pages);
    }
}
