using System.Text;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Rows;
using Triptych.Model.Attributes;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Memory;
using Triptych.Traces.Attributes;

namespace Triptych.Traces.Block;

/// <summary>
/// The attributes of spans as read from the map column and its column of kinds. Where one attribute is asked for and few rows have it, values and kinds
/// are those of these rows only. The loader owns the columns.
/// </summary>
internal sealed class SpanAttributeMap
{
    private readonly ColumnLoader _loader;
    private readonly DecodedColumn _keys;
    private readonly DecodedColumn _values;
    private readonly DecodedColumn _kinds;

    // By row, its place in values and kinds, or -1; null where these have all rows.
    private readonly NativeList<int>? _places;

    private SpanAttributeMap(ColumnLoader loader, DecodedColumn keys, DecodedColumn values, DecodedColumn kinds, NativeList<int>? places)
    {
        _places = places;
        _loader = loader;
        _keys = keys;
        _values = values;
        _kinds = kinds;
    }

    /// <summary>Reads the columns and checks that they belong together.</summary>
    public static async ValueTask<SpanAttributeMap> LoadAsync(ColumnLoader loader, CancellationToken cancellationToken)
    {
        var map = new SpanAttributeMap(
            loader,
            await loader.LoadLeafAsync(TraceBlockSchema.SpanAttributes, "key", ColumnForm.Codes, cancellationToken),
            await loader.LoadLeafAsync(TraceBlockSchema.SpanAttributes, "value", ColumnForm.Codes, cancellationToken),
            await loader.LoadCodesAsync(TraceBlockSchema.SpanAttributeKinds, cancellationToken),
            places: null);
        map.Check();
        return map;
    }

    /// <summary>Reads the columns for one attribute: the names, then the rest of the rows that have it, where these are few.</summary>
    public static async ValueTask<SpanAttributeMap> LoadAsync(ColumnLoader loader, string key, MemoryBudget budget, CancellationToken cancellationToken)
    {
        var keys = await loader.LoadLeafAsync(TraceBlockSchema.SpanAttributes, "key", ColumnForm.Codes, cancellationToken);
        var places = loader.Own(new NativeList<int>(budget, keys.RowCount));
        var rows = FindRows(keys, loader.Ranges, Encoding.UTF8.GetBytes(key), places);
        if (RowRanges.Count(rows) > keys.RowCount / 16) return await LoadAsync(loader, cancellationToken);
        var schema = loader.Block.File.Schema;
        var values = loader.Own(await loader.LoadPartAsync(schema.Column(TraceBlockSchema.SpanAttributes, "value"), rows, ColumnForm.Codes, cancellationToken));
        var kinds = loader.Own(await loader.LoadPartAsync(schema.Column(TraceBlockSchema.SpanAttributeKinds), rows, ColumnForm.Codes, cancellationToken));
        var map = new SpanAttributeMap(loader, keys, values, kinds, places);
        map.Check();
        return map;
    }

    /// <summary>The slots of a row's attributes.</summary>
    public (int Start, int End) SlotsOf(int row) => (row == 0 ? 0 : _keys.ListEnds[row - 1], _keys.ListEnds[row]);

    /// <summary>The code that a key has; -1 where no row has it, -2 where keys are not coded.</summary>
    public int CodeOf(ReadOnlySpan<byte> key) => CodeOf(_keys, key);

    /// <summary>Looks an attribute up in some rows; the slot of each goes to <paramref name="slots"/>, -1 where a row has none.</summary>
    public void Find(SlotSelection rows, int code, ReadOnlySpan<byte> key, Span<int> slots)
    {
        var ends = _keys.ListEnds;
        var codes = _keys.Codes;
        for (var i = 0; i < slots.Length; i++)
        {
            var row = rows[i];
            slots[i] = code >= 0 ? IndexOf(codes, row == 0 ? 0 : ends[row - 1], ends[row], code) : Find(_keys, row, key, code);
        }
    }

    /// <summary>The kinds of a row's attributes in the order of arrival, see <see cref="TraceBlockSchema.SpanAttributeKinds"/>.</summary>
    public ReadOnlySpan<byte> KindsOf(int row) => _kinds.Bytes(PlaceOf(row));

    /// <summary>The kind of the value in a slot of a row.</summary>
    public AttributeKind KindOf(int row, int slot)
    {
        var left = slot - SlotsOf(row).Start;
        foreach (var kind in KindsOf(row))
        {
            if (kind < AttributeRows.InColumn && left-- == 0) return (AttributeKind)kind;
        }

        throw Corrupt("a row has more attributes than kinds");
    }

    /// <summary>Marks the columns of attributes that rows name.</summary>
    /// <exception cref="Columnar.Parquet.CorruptFileException">The row group has no such column.</exception>
    public void MarkColumns(Span<bool> isNamed)
    {
        var kinds = _kinds.IsCoded ? _kinds.Dictionary! : _kinds;
        for (var i = 0; i < kinds.SlotCount; i++)
        {
            foreach (var kind in kinds.Bytes(i))
            {
                if (kind < AttributeRows.InColumn) continue;
                if (kind - AttributeRows.InColumn >= isNamed.Length) throw Corrupt("a row names a column of attributes that its row group does not have");
                isNamed[kind - AttributeRows.InColumn] = true;
            }
        }
    }

    /// <summary>The name in a slot.</summary>
    public ReadOnlySpan<byte> Key(int slot) => _keys.Bytes(slot);

    /// <summary>The value in a slot of a row, as text.</summary>
    public ReadOnlySpan<byte> Text(int row, int slot) => _values.Bytes(StartOf(_values, PlaceOf(row)) + slot - SlotsOf(row).Start);

    /// <summary>An error about the block.</summary>
    public Exception Corrupt(string problem) => _loader.Corrupt(problem);

    private int PlaceOf(int row) => _places is null ? row : _places[row];

    private void Check()
    {
        if (_places is null && (_keys.SlotCount != _values.SlotCount || _keys.RowCount != _kinds.RowCount))
            throw Corrupt("keys, values and kinds of attributes do not match");
        var keyEnds = _keys.ListEnds;
        var valueEnds = _values.ListEnds;
        var counts = new KindCounts(_kinds);
        var places = _places is null ? default : _places.Span;
        var start = 0;
        for (var row = 0; row < keyEnds.Length; row++)
        {
            var count = keyEnds[row] - start;
            start = keyEnds[row];
            var place = places.IsEmpty ? row : places[row];
            if (place < 0) continue;
            if (counts.InMapOf(place) != count) throw Corrupt("a row has more or fewer attributes than kinds");
            if (valueEnds[place] - (place == 0 ? 0 : valueEnds[place - 1]) != count) throw Corrupt("a row has more or fewer attributes than values");
        }
    }

    private static int StartOf(DecodedColumn list, int row) => row == 0 ? 0 : list.ListEnds[row - 1];

    /// <summary>The rows of the group that have an attribute; by row that was read, its place among them.</summary>
    private static RowRange[] FindRows(DecodedColumn keys, RowRange[] ranges, ReadOnlySpan<byte> key, NativeList<int> places)
    {
        var having = new List<RowRange>();
        var code = CodeOf(keys, key);
        var (row, place) = (0, 0);
        var ends = keys.ListEnds;
        var codes = keys.Codes;
        foreach (var range in ranges)
        {
            for (var inGroup = range.Start; inGroup < range.End; inGroup++, row++)
            {
                var isThere = code >= 0 ? IndexOf(codes, row == 0 ? 0 : ends[row - 1], ends[row], code) >= 0 : Find(keys, row, key, code) >= 0;
                places.Add(isThere ? place++ : -1);
                if (!isThere) continue;
                if (having.Count > 0 && having[^1].End == inGroup) having[^1] = having[^1] with { Count = having[^1].Count + 1 };
                else having.Add(new RowRange(inGroup, 1));
            }
        }

        return [.. having];
    }

    private static int CodeOf(DecodedColumn keys, ReadOnlySpan<byte> key)
    {
        if (!keys.IsCoded) return -2;
        for (var code = 0; code < keys.Dictionary!.SlotCount; code++)
        {
            if (keys.Dictionary.Bytes(code).SequenceEqual(key)) return code;
        }

        return -1;
    }

    /// <summary>A row has few attributes: a loop is done before a vector would be set up.</summary>
    private static int IndexOf(ReadOnlySpan<int> codes, int start, int end, int code)
    {
        for (var slot = start; slot < end; slot++)
        {
            if (codes[slot] == code) return slot;
        }

        return -1;
    }

    /// <summary>The slot of an attribute where names are not coded.</summary>
    private static int Find(DecodedColumn keys, int row, ReadOnlySpan<byte> key, int code)
    {
        var (start, end) = (StartOf(keys, row), keys.ListEnds[row]);
        for (var slot = start; code == -2 && slot < end; slot++)
        {
            if (keys.Bytes(slot).SequenceEqual(key)) return slot;
        }

        return -1;
    }

    /// <summary>How many attributes of a row stand in the map; counted once for rows that are alike.</summary>
    private readonly ref struct KindCounts
    {
        private readonly BytesView _kinds;
        private readonly ReadOnlySpan<int> _codes;
        private readonly int[]? _byCode;

        public KindCounts(DecodedColumn kinds)
        {
            _kinds = new BytesView(kinds);
            if (!kinds.IsCoded) return;
            _codes = kinds.Codes;
            _byCode = new int[kinds.Dictionary!.SlotCount];
            for (var code = 0; code < _byCode.Length; code++) _byCode[code] = CountOf(kinds.Dictionary.Bytes(code));
        }

        public int InMapOf(int place) => _byCode is null ? CountOf(_kinds[place]) : _byCode[_codes[place]];

        private static int CountOf(ReadOnlySpan<byte> kinds)
        {
            var count = 0;
            foreach (var kind in kinds)
            {
                if (kind < AttributeRows.InColumn) count++;
            }

            return count;
        }
    }
}
