using Triptych.Columnar.Parquet.Writing;
using Triptych.Columnar.Predicates;
using Triptych.Model.Attributes;
using Triptych.Primitives.Binary;
using Triptych.Traces.Block;
using BytesRows = Triptych.Traces.Block.BytesRows;

namespace Triptych.Traces.Attributes;

/// <summary>
/// Attribute sets of spans on their way to the Parquet writer: each value goes to the column of its attribute where there is one of its type, else to the
/// map. The column of kinds keeps the order. One thread.
/// </summary>
internal sealed class AttributeRows : IDisposable
{
    /// <summary>The most rows that are handed on at once.</summary>
    public const int MaxRows = 4096;

    /// <summary>Added to the number of a column, a byte of the column of kinds that says that the attribute stands there.</summary>
    public const int InColumn = 0x80;

    private readonly AttributeLayout _layout;
    private readonly ValueRows[] _columns;
    private readonly Dictionary<ReadOnlyMemory<byte>, int> _numbers = new(BytesComparer.Instance);
    private readonly Dictionary<ReadOnlyMemory<byte>, int>.AlternateLookup<ReadOnlySpan<byte>> _byName;
    private readonly bool[] _isWhole;
    private readonly long[] _metAt;

    // By place in a set, the column of what stood there before: neighbours have the same attributes in the same order.
    private readonly int[] _guesses = new int[64];
    private readonly BytesRows _keys = new();
    private readonly BytesRows _texts = new();
    private readonly BytesRows _kinds = new();
    private readonly int[] _ends = new int[MaxRows];
    private long _row;
    private int _count;

    public AttributeRows(AttributeLayout layout)
    {
        _layout = layout;
        _columns = [.. layout.Columns.Select(static c => new ValueRows(c))];
        for (var i = 0; i < _columns.Length; i++) _numbers[layout.Columns[i].Key] = i;
        _byName = _numbers.GetAlternateLookup<ReadOnlySpan<byte>>();
        _isWhole = new bool[_columns.Length];
        _metAt = new long[_columns.Length];
        Begin();
    }

    /// <summary>Begins a row group.</summary>
    public void Begin() => _isWhole.AsSpan().Fill(true);

    /// <summary>What to remember of the row group whose rows were added.</summary>
    public GroupAttributes End() => _columns.Length == 0 ? GroupAttributes.None : new GroupAttributes(_layout.Columns, _isWhole.ToArray());

    /// <summary>Adds a row.</summary>
    public void Add(ReadOnlySpan<byte> set)
    {
        _row++;
        var attributes = new AttributeReader(set);
        for (var place = 0; attributes.TryRead(); place++)
        {
            var column = Find(place, attributes.Key);
            if (column >= 0)
            {
                // What stands first under a name is the attribute's value; a second one, which no sender should send, is kept in the map.
                var isFirst = _metAt[column] != _row;
                _metAt[column] = _row;
                if (isFirst && attributes.Kind == _columns[column].Spec.Kind)
                {
                    _columns[column].Add(_count, attributes);
                    _kinds.Data.WriteByte((byte)(InColumn + column));
                    continue;
                }

                _isWhole[column] = false;
            }

            _keys.Add(attributes.Key);
            AttributeText.Write(_texts.Data, attributes);
            _texts.End();
            _kinds.Data.WriteByte((byte)attributes.Kind);
        }

        _kinds.End();
        _ends[_count++] = _keys.Count;
    }

    /// <summary>Hands the rows on to a row group and forgets them.</summary>
    public void Hand(RowGroupWriter group)
    {
        var shape = ColumnShape.Lists(_ends.AsSpan(0, _count));
        group.Column(TraceBlockSchema.SpanAttributes, "key").WriteBytes(_keys.Ends, _keys.Data.WrittenSpan, shape);
        group.Column(TraceBlockSchema.SpanAttributes, "value").WriteBytes(_texts.Ends, _texts.Data.WrittenSpan, shape);
        group.Column(TraceBlockSchema.SpanAttributeKinds).WriteBytes(_kinds.Ends, _kinds.Data.WrittenSpan);
        foreach (var column in _columns) column.Hand(_count, group);
        _keys.Clear();
        _texts.Clear();
        _kinds.Clear();
        _count = 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _keys.Dispose();
        _texts.Dispose();
        _kinds.Dispose();
        foreach (var column in _columns) column.Dispose();
    }

    private int Find(int place, ReadOnlySpan<byte> key)
    {
        if (_columns.Length == 0) return -1;
        if (place >= _guesses.Length) return _byName.TryGetValue(key, out var rare) ? rare : -1;
        ref var guess = ref _guesses[place];
        if (key.SequenceEqual(_columns[guess].Spec.Key)) return guess;
        if (!_byName.TryGetValue(key, out var found)) return -1;
        return guess = found;
    }

    /// <summary>The values of one column; rows without one lie between those that were added.</summary>
    private sealed class ValueRows(AttributeSpec spec) : IDisposable
    {
        private readonly bool[] _validity = new bool[MaxRows];
        private readonly long[] _bits = spec.Kind is AttributeKind.Int or AttributeKind.Double ? new long[MaxRows] : [];
        private readonly bool[] _bools = spec.Kind == AttributeKind.Bool ? new bool[MaxRows] : [];
        private readonly int[] _ends = spec.Kind == AttributeKind.String ? new int[MaxRows] : [];
        private readonly PooledBufferWriter _data = new();
        private int _next;

        public AttributeSpec Spec => spec;

        public void Add(int row, in AttributeReader attribute)
        {
            _validity[row] = true;
            switch (spec.Kind)
            {
                case AttributeKind.String:
                    _ends.AsSpan(_next, row - _next).Fill(_data.Length);
                    _data.Write(attribute.Bytes);
                    _ends[row] = _data.Length;
                    _next = row + 1;
                    break;
                case AttributeKind.Bool:
                    _bools[row] = attribute.Bits != 0;
                    break;
                default:
                    _bits[row] = attribute.Bits;
                    break;
            }
        }

        public void Hand(int rows, RowGroupWriter group)
        {
            var column = group.Column(spec.Column);
            var shape = ColumnShape.Nullable(_validity.AsSpan(0, rows));
            switch (spec.Kind)
            {
                case AttributeKind.String:
                    _ends.AsSpan(_next, rows - _next).Fill(_data.Length);
                    column.WriteBytes(_ends.AsSpan(0, rows), _data.WrittenSpan, shape);
                    break;
                case AttributeKind.Bool:
                    column.WriteBool(_bools.AsSpan(0, rows), shape);
                    break;
                case AttributeKind.Int:
                    column.WriteInt64(_bits.AsSpan(0, rows), shape);
                    break;
                default:
                    column.WriteDouble(System.Runtime.InteropServices.MemoryMarshal.Cast<long, double>(_bits.AsSpan(0, rows)), shape);
                    break;
            }

            _validity.AsSpan(0, rows).Clear();
            _data.Reset();
            _next = 0;
        }

        public void Dispose() => _data.Dispose();
    }
}
