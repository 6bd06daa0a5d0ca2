namespace Triptych.Columnar.Rows;

/// <summary>What a <see cref="FieldColumn"/> says of a row.</summary>
public enum FieldKind : byte
{
    /// <summary>The row has no such field.</summary>
    None,

    /// <summary>A text, possibly empty: its bits are a number of the query's symbols.</summary>
    Text,

    /// <summary>A number, see <see cref="FieldNumber"/>.</summary>
    Number,
}

/// <summary>A field of a line.</summary>
/// <param name="Kind">What the bits are.</param>
/// <param name="Decimals">Digits behind a number's point that the bits include.</param>
/// <param name="LeastDecimals">Digits behind the point that its text has at least.</param>
/// <param name="Bits">The symbol, or the number times ten to the power of <paramref name="Decimals"/>.</param>
public readonly record struct LineField(FieldKind Kind, byte Decimals, byte LeastDecimals, long Bits)
{
    /// <summary>A number's value.</summary>
    public double Number => FieldNumber.ToDouble(Bits, Decimals);

    /// <summary>Writes a number's text, at most <see cref="FieldNumber.MaxTextBytes"/>; returns its length.</summary>
    public int WriteNumber(Span<byte> into) => FieldNumber.Write(Bits, Decimals, LeastDecimals, into);
}

/// <summary>One field of lines, as <see cref="FieldRequest"/> asks for it.</summary>
public sealed class FieldColumn : Column
{
    private LineField[] _values = [];

    /// <summary>The rows.</summary>
    public ReadOnlySpan<LineField> Values => _values.AsSpan(0, Count);

    /// <inheritdoc/>
    public override long SizeBytes => _values.Length * 16L;

    /// <inheritdoc/>
    public override bool IsNull(int row) => _values[row].Kind == FieldKind.None;

    /// <summary>Adds a row.</summary>
    public void Add(in LineField value)
    {
        Reserve(ref _values, Count);
        _values[Count++] = value;
    }

    /// <summary>Adds rows and returns the place to write them to; they may hold anything.</summary>
    public Span<LineField> AddRange(int count)
    {
        if (Count + count > _values.Length) Array.Resize(ref _values, Math.Max(_values.Length * 2, Count + count));
        Count += count;
        return _values.AsSpan(Count - count, count);
    }
}
