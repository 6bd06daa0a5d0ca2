using System.Text;
using Triptych.Columnar.Parquet.Writing;
using Triptych.Columnar.Predicates;
using Triptych.Primitives.Binary;

namespace Triptych.Logs.Block;

/// <summary>
/// Sorts the structured metadata of rows into the columns of a layout and the rest, row by row; a batch goes to the Parquet writer at a time. Knows which
/// names a row group has, as far as they are few. One thread.
/// </summary>
internal sealed class MetadataColumns
{
    private const int MostNames = 512;
    private const int MostNameBytes = 128;
    private const int MostPlaces = 64;

    private readonly MetadataLayout _layout;
    private readonly BytesRows[] _values;
    private readonly GrowingArray<bool>[] _isThere;
    private readonly Dictionary<ReadOnlyMemory<byte>, int> _numbers = new(BytesComparer.Instance);
    private readonly (byte[]? Name, int Number)[] _last = new (byte[]?, int)[MostPlaces];
    private readonly List<string> _names = [];
    private readonly List<bool> _isSeen = [];
    private bool _hasUnknown;
    private int _rows;

    /// <summary>Numbers the layout's names first.</summary>
    public MetadataColumns(MetadataLayout layout)
    {
        _layout = layout;
        _values = [.. layout.Columns.Select(_ => new BytesRows())];
        _isThere = [.. layout.Columns.Select(_ => new GrowingArray<bool>())];
        foreach (var column in layout.Columns) Number(Encoding.UTF8.GetBytes(column.Name));
    }

    /// <summary>The names that have columns.</summary>
    public MetadataLayout Layout => _layout;

    /// <summary>Bytes of values that wait to be handed on.</summary>
    public long WaitingBytes { get; private set; }

    /// <summary>Begins with a row group.</summary>
    public void Begin()
    {
        _hasUnknown = false;
        for (var i = 0; i < _isSeen.Count; i++) _isSeen[i] = false;
    }

    /// <summary>
    /// Takes a value of the row; false where the name has no column. <paramref name="place"/> is its place in the row: neighbours have the same there.
    /// </summary>
    public bool TryTake(int place, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var number = Find(place, name);
        if ((uint)number >= (uint)_values.Length) return false;
        Fill(number);
        _values[number].Add(value);
        _isThere[number].Add(true);
        WaitingBytes += value.Length;
        return true;
    }

    /// <summary>Notes what is in the map of a row group whose rows are written without going through here.</summary>
    public void Note(MetadataFacts facts)
    {
        _hasUnknown |= !facts.IsComplete;
        foreach (var name in facts.OfMap) Find(MostPlaces, Encoding.UTF8.GetBytes(name));
    }

    /// <summary>Ends a row.</summary>
    public void EndRow() => _rows++;

    /// <summary>Hands the batch on.</summary>
    public void Hand(RowGroupWriter rows)
    {
        for (var i = 0; i < _values.Length; i++)
        {
            Fill(i);
            rows.Column(_layout.Columns[i].Column).WriteBytes(_values[i].Ends, _values[i].Data, ColumnShape.Nullable(_isThere[i].Span));
            _values[i].Clear();
            _isThere[i].Clear();
        }

        _rows = 0;
        WaitingBytes = 0;
    }

    /// <summary>Writes the section about the row group.</summary>
    public void Finish(PooledBufferWriter output)
    {
        var facts = new MetadataFacts { IsComplete = !_hasUnknown };
        for (var i = 0; i < _names.Count; i++)
        {
            // A column without values says so by its statistics.
            if (i < _values.Length || _isSeen[i]) facts.Add(_names[i], isColumn: i < _values.Length);
        }

        facts.Write(output);
    }

    /// <summary>The rows so far that lack the name have nothing.</summary>
    private void Fill(int number)
    {
        while (_isThere[number].Count < _rows)
        {
            _values[number].Add([]);
            _isThere[number].Add(false);
        }
    }

    private int Find(int place, ReadOnlySpan<byte> name)
    {
        int number;
        if (place < MostPlaces && _last[place].Name is { } last && name.SequenceEqual(last))
        {
            number = _last[place].Number;
        }
        else if (!_numbers.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out number))
        {
            if (_names.Count >= MostNames || name.Length > MostNameBytes)
            {
                _hasUnknown = true;
                return -1;
            }

            number = Number(name.ToArray());
            Note(place, name, number);
        }
        else
        {
            Note(place, name, number);
        }

        _isSeen[number] = true;
        return number;
    }

    private void Note(int place, ReadOnlySpan<byte> name, int number)
    {
        if (place < MostPlaces) _last[place] = (name.ToArray(), number);
    }

    private int Number(byte[] name)
    {
        _numbers.Add(name, _names.Count);
        _names.Add(Encoding.UTF8.GetString(name));
        _isSeen.Add(false);
        return _names.Count - 1;
    }
}
