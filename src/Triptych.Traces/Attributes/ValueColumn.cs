using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Rows;
using Triptych.Model.Attributes;
using Triptych.Primitives.Binary;
using Triptych.Traces.Block;

namespace Triptych.Traces.Attributes;

/// <summary>Values of one attribute as read from its column. The loader owns the memory.</summary>
internal sealed class ValueColumn(AttributeSpec spec, DecodedColumn values)
{
    /// <summary>Whose.</summary>
    public AttributeSpec Spec => spec;

    /// <summary>Reads some rows' values.</summary>
    public static async ValueTask<ValueColumn> LoadAsync(AttributeSpec spec, ColumnLoader loader, CancellationToken cancellationToken) => new(
        spec,
        spec.Kind == AttributeKind.String
            ? await loader.LoadCodesAsync(spec.Column, cancellationToken)
            : await loader.LoadAsync(spec.Column, cancellationToken));

    /// <summary>Whether the column has no value in a row.</summary>
    public bool IsNull(int row) => values.IsNull(row);

    /// <summary>The integer, the double's bits, or 1 and 0; 0 for a text.</summary>
    public long BitsOf(int row) => spec.Kind switch
    {
        AttributeKind.Int => values.Int64s[row],
        AttributeKind.Double => BitConverter.DoubleToInt64Bits(values.Doubles[row]),
        AttributeKind.Bool => values.Bools[row] ? 1 : 0,
        _ => 0,
    };

    /// <summary>The text; nothing for another kind.</summary>
    public ReadOnlySpan<byte> BytesOf(int row) => spec.Kind == AttributeKind.String ? values.Bytes(row) : default;

    /// <summary>The distinct texts, where rows name them by code.</summary>
    public DecodedColumn? Dictionary => values.IsCoded ? values.Dictionary : null;

    /// <summary>The code of each row, see <see cref="Dictionary"/>.</summary>
    public ReadOnlySpan<int> Codes => values.Codes;

    /// <summary>By row, whether there is a value. Empty when all are there.</summary>
    public ReadOnlySpan<bool> Validity => values.Validity;

    /// <summary>Appends rows.</summary>
    public void Fill(SlotSelection rows, AttributeColumn into)
    {
        if (spec.Kind == AttributeKind.String)
        {
            FillTexts(rows, into);
            return;
        }

        var validity = values.Validity;
        var (kindRows, bitRows) = into.AddFixed(rows.Length);
        var kinds = kindRows.Span;
        var bits = bitRows.Span;
        for (var i = 0; i < kinds.Length; i++) kinds[i] = validity.IsEmpty || validity[rows[i]] ? spec.Kind : AttributeKind.None;
        switch (spec.Kind)
        {
            case AttributeKind.Int:
                var integers = values.Int64s;
                for (var i = 0; i < bits.Length; i++) bits[i] = integers[rows[i]];
                break;
            case AttributeKind.Double:
                var doubles = values.Doubles;
                for (var i = 0; i < bits.Length; i++) bits[i] = BitConverter.DoubleToInt64Bits(doubles[rows[i]]);
                break;
            default:
                var bools = values.Bools;
                for (var i = 0; i < bits.Length; i++) bits[i] = bools[rows[i]] ? 1 : 0;
                break;
        }
    }

    /// <summary>Writes the attribute as one of an attribute set.</summary>
    public void WriteAttribute(PooledBufferWriter set, int row)
    {
        set.WriteLengthPrefixed(spec.Key);
        set.WriteByte((byte)spec.Kind);
        switch (spec.Kind)
        {
            case AttributeKind.String:
                set.WriteLengthPrefixed(values.Bytes(row));
                break;
            case AttributeKind.Bool:
                set.WriteByte((byte)BitsOf(row));
                break;
            default:
                set.WriteFixed64((ulong)BitsOf(row));
                break;
        }
    }

    private void FillTexts(SlotSelection rows, AttributeColumn into)
    {
        var texts = new BytesView(values);
        var validity = values.Validity;
        var missing = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            var row = rows[i];
            if (!validity.IsEmpty && !validity[row])
            {
                missing++;
                continue;
            }

            into.AddNulls(missing);
            missing = 0;
            into.Add(AttributeKind.String, 0, texts[row]);
        }

        into.AddNulls(missing);
    }
}
