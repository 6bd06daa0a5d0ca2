using Triptych.Columnar.Symbols;
using Triptych.Model.Metrics;
using Triptych.Query.Operators;

namespace Triptych.PromQL.Planning;

/// <summary>Changes the floats of a row in place; its histograms are left out.</summary>
internal delegate void RowMapping(Span<double> values);

/// <summary>Changes floats and histograms of a row in place; <paramref name="histograms"/> is empty for a row of floats.</summary>
internal delegate void CellMapping(Span<double> values, Span<FloatHistogram?> histograms);

/// <summary>Copies labels and changes them on the way; <paramref name="into"/> has room for one more. Returns how many there are.</summary>
internal delegate int LabelMapping(ReadOnlySpan<LabelId> labels, Span<LabelId> into);

/// <summary>Changes each row's values and labels before it hands the row on; null leaves either as it is.</summary>
internal sealed class MappingSink(IStepRowSink next, CellMapping? mapping, LabelMapping? labelMapping) : IStepRowSink
{
    private LabelId[] _scratch = new LabelId[32];

    /// <summary>A mapping of floats as one that leaves no histograms.</summary>
    public static CellMapping FloatsOnly(RowMapping mapping) => (values, histograms) =>
    {
        mapping(values);
        histograms.Clear();
    };

    public void Add(ReadOnlySpan<LabelId> labels, Span<double> values, Span<FloatHistogram?> histograms)
    {
        mapping?.Invoke(values, histograms);
        if (labelMapping is null)
        {
            next.Add(labels, values, histograms);
            return;
        }
        if (_scratch.Length < labels.Length + 1)
            _scratch = new LabelId[(labels.Length * 2) + 1];
        var count = labelMapping(labels, _scratch);
        next.Add(_scratch.AsSpan(0, count), values, histograms);
    }
}
