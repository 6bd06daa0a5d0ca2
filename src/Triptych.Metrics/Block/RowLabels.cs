using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Model.Labels;

namespace Triptych.Metrics.Block;

/// <summary>Makes canonical label sets of a block's columns again. One thread.</summary>
internal sealed class RowLabels(string file)
{
    private readonly LabelSetWriter _labels = new();

    /// <summary>The labels of a row, valid until the next call.</summary>
    /// <param name="name">The metric's name.</param>
    /// <param name="keys">Names of the other labels.</param>
    /// <param name="values">Their values.</param>
    /// <param name="row">The row in <paramref name="keys"/> and <paramref name="values"/>.</param>
    /// <param name="valueRow">The row in <paramref name="values"/>, where pages differ.</param>
    /// <exception cref="CorruptFileException">They are no label set.</exception>
    public ReadOnlySpan<byte> Read(ReadOnlySpan<byte> name, DecodedColumn keys, DecodedColumn values, int row, int valueRow)
    {
        _labels.Reset();
        var slot = row == 0 ? 0 : keys.ListEnds[row - 1];
        var valueSlot = valueRow == 0 ? 0 : values.ListEnds[valueRow - 1];
        var named = false;
        for (; slot < keys.ListEnds[row]; slot++, valueSlot++)
        {
            // The name goes where it stands in the order, so that no set needs sorting.
            if (!named && keys.Bytes(slot).SequenceCompareTo("__name__"u8) > 0)
            {
                named = true;
                _labels.Add("__name__"u8, name);
            }

            _labels.Add(keys.Bytes(slot), values.Bytes(valueSlot));
        }

        if (!named) _labels.Add("__name__"u8, name);
        return _labels.TryFinish(out var canonical) == LabelSetError.None
            ? canonical
            : throw new CorruptFileException(file, 0, "a row has no valid labels");
    }
}
