using System.Buffers;
using System.Text.Unicode;
using Triptych.Columnar.Parquet.Writing;
using Triptych.Columnar.Rows;
using Triptych.Primitives.Binary;

namespace Triptych.Logs.Fields;

/// <summary>
/// Reads the fields of lines for their columns, row by row; a batch of rows goes to the Parquet writer at a time. A row is told exactly or not at all: then
/// <c>parsed</c> is 0 and all of its fields are null. One thread.
/// </summary>
internal sealed class FieldExtractor : IFieldSink
{
    private const int BatchRows = 4096;
    private const int MostTextBytes = 256;

    private readonly FieldLayout _layout;
    private readonly Names[] _formats;
    private readonly Values[] _columns;
    private readonly int[] _parsed = new int[BatchRows];
    private readonly byte[] _keys = new byte[256];
    private Names _format;
    private long _found;
    private int _rows;

    /// <summary>Reads for some columns.</summary>
    public FieldExtractor(FieldLayout layout)
    {
        _layout = layout;
        _columns = [.. layout.Columns.Select(c => new Values(c))];
        _formats = [new Names(FieldFormat.Json, layout), new Names(FieldFormat.Logfmt, layout)];
        _format = _formats[0];
    }

    /// <summary>Whether the next row needs the batch to be handed on before.</summary>
    public bool IsFull => _rows == BatchRows;

    /// <summary>Begins with a row group.</summary>
    public void Begin()
    {
        foreach (var format in _formats) format.Known.Begin();
    }

    /// <summary>Adds the line of the next row.</summary>
    public void Add(ReadOnlySpan<byte> line)
    {
        _found = 0;
        var isJson = JsonFields.MayRead(line);
        _format = _formats[isJson ? 0 : 1];
        var isExact = isJson ? new JsonFields(line, _keys).TryRead(this) : LogfmtFields.TryRead(line, this);
        _parsed[_rows] = isExact ? (int)_format.Format : 0;
        for (var left = isExact ? _found : 0; left != 0; left &= left - 1) _columns[System.Numerics.BitOperations.TrailingZeroCount(left)].Keep(_rows);
        _rows++;
    }

    /// <inheritdoc/>
    public bool Take(int place, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool isEscaped)
    {
        var name = _format.Known.Find(place, key);
        if (name < 0) return name == FieldNames.Unknown;
        var slot = _format.SlotOf(name);
        if (slot < 0) return true;

        // Of two fields under one name the parser may keep either.
        if (isEscaped || (_found & (1L << slot)) != 0) return false;
        _found |= 1L << slot;

        // Logfmt makes no label of an empty value; it still counts as met.
        if (value.IsEmpty && _format.Format == FieldFormat.Logfmt) return _columns[slot].SetNothing();
        return _columns[slot].TrySet(value);
    }

    /// <summary>Hands the batch on.</summary>
    public void Hand(RowGroupWriter rows)
    {
        rows.Column(Block.LogBlockSchema.Parsed).WriteInt32(_parsed.AsSpan(0, _rows));
        foreach (var column in _columns) column.Hand(rows, _rows);
        _rows = 0;
    }

    /// <summary>Writes the section about the row group.</summary>
    public void Finish(PooledBufferWriter output)
    {
        var facts = new FieldFacts();
        foreach (var format in _formats)
        {
            facts.SetComplete(format.Format, !format.Known.HasUnknown);
            for (var name = 0; name < format.Known.Count; name++)
            {
                if (format.Known.IsSeen(name)) facts.Add(format.Format, format.Known[name], null);
            }
        }

        foreach (var column in _layout.Columns) facts.Add(column.Format, column.Name, column);
        facts.Write(output);
    }

    /// <summary>The names of one format and their columns.</summary>
    private sealed class Names
    {
        private readonly List<int> _slots = [];

        public Names(FieldFormat format, FieldLayout layout)
        {
            Format = format;
            for (var slot = 0; slot < layout.Columns.Count; slot++)
            {
                if (layout.Columns[slot].Format != format) continue;
                var name = Known.NumberOf(layout.Columns[slot].Name);
                while (_slots.Count <= name) _slots.Add(-1);
                _slots[name] = slot;
            }
        }

        public FieldFormat Format { get; }

        public FieldNames Known { get; } = new();

        public int SlotOf(int name) => name < _slots.Count ? _slots[name] : -1;
    }

    /// <summary>The values of one column.</summary>
    private sealed class Values(FieldSpec column)
    {
        private readonly bool[] _isThere = new bool[BatchRows];
        private readonly long[] _numbers = column.IsText ? [] : new long[BatchRows];
        private readonly int[] _ends = column.IsText ? new int[BatchRows] : [];
        private readonly ArrayBufferWriter<byte> _text = new();
        private readonly byte[] _nextText = new byte[MostTextBytes];
        private int _nextLength;
        private long _next;
        private bool _isNothing;

        public bool SetNothing() => _isNothing = true;

        public bool TrySet(ReadOnlySpan<byte> value)
        {
            _isNothing = false;
            if (!column.IsText) return FieldNumber.TryRead(value, column.Decimals, column.LeastDecimals, out _next);
            if (value.Length > MostTextBytes || !Utf8.IsValid(value)) return false;
            value.CopyTo(_nextText);
            _nextLength = value.Length;
            return true;
        }

        public void Keep(int row)
        {
            if (_isNothing) return;
            _isThere[row] = true;
            if (!column.IsText)
            {
                _numbers[row] = _next;
                return;
            }

            _text.Write(_nextText.AsSpan(0, _nextLength));
            _ends[row] = _text.WrittenCount;
        }

        public void Hand(RowGroupWriter rows, int count)
        {
            var shape = ColumnShape.Nullable(_isThere.AsSpan(0, count));
            var writer = rows.Column(column.Column);
            if (!column.IsText)
            {
                writer.WriteInt64(_numbers.AsSpan(0, count), shape);
            }
            else
            {
                for (var row = 0; row < count; row++)
                {
                    if (!_isThere[row]) _ends[row] = row == 0 ? 0 : _ends[row - 1];
                }

                writer.WriteBytes(_ends.AsSpan(0, count), _text.WrittenSpan, shape);
                _text.ResetWrittenCount();
            }

            _isThere.AsSpan(0, count).Clear();
        }
    }
}
