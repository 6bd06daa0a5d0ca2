using System.Buffers.Binary;
using Triptych.Columnar.Symbols;
using Triptych.Model.Metrics;
using Triptych.Primitives.Checksums;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;

namespace Triptych.Query.Operators.Aggregation;

/// <summary>
/// Keeps a share of the rows, chosen by a hash of their labels, so that the same series is in or out at every step and in every query.
/// The hash is the one that Prometheus takes of a label set (XXH64 over lengths and bytes in the order of the names), and so is the choice.
/// </summary>
/// <param name="context">The query.</param>
/// <param name="grid">The steps.</param>
/// <param name="ratios">The share at each step, from −1 to 1; −r keeps what 1−r leaves out.</param>
/// <param name="ignored">A label that does not count; −1 for none.</param>
public sealed class RatioAggregator(QueryContext context, StepGrid grid, double[] ratios, int ignored) : IAggregator
{
    private readonly RowCollector _collector = new(context, grid, null);
    private LabelId[] _sorted = new LabelId[32];
    private byte[] _encoded = new byte[512];

    /// <inheritdoc/>
    public void Add(ReadOnlySpan<LabelId> labels, Span<double> values, Span<FloatHistogram?> histograms)
    {
        context.Tick(values.Length);
        var offset = HashOf(labels) / (double)ulong.MaxValue;
        for (var i = 0; i < values.Length; i++)
        {
            var keep = ratios[i] >= 0 ? offset < ratios[i] : offset >= 1 + ratios[i];
            if (keep) continue;
            values[i] = StepRow.Absent;
            if (!histograms.IsEmpty) histograms[i] = null;
        }

        _collector.Add(labels, values, histograms);
    }

    /// <inheritdoc/>
    public StepMatrix Finish() => _collector.Finish();

    private ulong HashOf(ReadOnlySpan<LabelId> labels)
    {
        if (_sorted.Length < labels.Length) _sorted = new LabelId[labels.Length * 2];
        var sorted = _sorted.AsSpan(0, LabelEditing.CopyWithout(labels, ignored, _sorted));
        sorted.Sort((a, b) => context.Symbols.GetUtf8(a.Name).SequenceCompareTo(context.Symbols.GetUtf8(b.Name)));
        var length = 0;
        foreach (var label in sorted)
        {
            Append(context.Symbols.GetUtf8(label.Name), ref length);
            Append(context.Symbols.GetUtf8(label.Value), ref length);
        }

        return XxHash64.Compute(_encoded.AsSpan(0, length));
    }

    // A length below 255 is one byte; a longer one is 255 and three bytes, the lowest first.
    private void Append(ReadOnlySpan<byte> text, ref int length)
    {
        var needed = length + text.Length + 4;
        if (needed > _encoded.Length) Array.Resize(ref _encoded, needed * 2);
        if (text.Length < 255)
        {
            _encoded[length++] = (byte)text.Length;
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(_encoded.AsSpan(length), ((uint)text.Length << 8) | 255);
            length += 4;
        }

        text.CopyTo(_encoded.AsSpan(length));
        length += text.Length;
    }
}
