using Triptych.Columnar.Parquet.Reading;

namespace Triptych.Traces.Block;

/// <summary>
/// The values of a decoded column of bytes, for loops: what <see cref="DecodedColumn.Bytes"/> gives, with the spans behind it looked up once.
/// </summary>
internal readonly ref struct BytesView
{
    private readonly ReadOnlySpan<int> _codes;
    private readonly ReadOnlySpan<int> _ends;
    private readonly ReadOnlySpan<byte> _data;
    private readonly ReadOnlySpan<bool> _validity;
    private readonly bool _isCoded;

    public BytesView(DecodedColumn column)
    {
        var values = column.IsCoded ? column.Dictionary! : column;
        _isCoded = column.IsCoded;
        _codes = column.Codes;
        _ends = values.Ends;
        _data = values.Data;
        _validity = column.Validity;
    }

    /// <summary>One slot's bytes; empty for a null one.</summary>
    public ReadOnlySpan<byte> this[int slot]
    {
        get
        {
            if (!_validity.IsEmpty && !_validity[slot]) return default;
            if (_isCoded) slot = _codes[slot];
            return _data[(slot == 0 ? 0 : _ends[slot - 1]).._ends[slot]];
        }
    }

    /// <summary>The length of a slot's bytes.</summary>
    public int LengthOf(int slot) => this[slot].Length;
}
