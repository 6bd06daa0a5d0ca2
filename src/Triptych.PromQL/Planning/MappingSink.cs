using Triptych.Columnar.Symbols;
using Triptych.Model.Metrics;
using Triptych.Query.Operators;

namespace Triptych.PromQL.Planning;

/// <summary>Changes the floats of a row in place; its histograms are left out.</summary>
internal delegate void RowMapping(Span<double> values);

/// <summary>Changes floats and histograms of a row in place; <paramref name="histograms"/> is empty for a row of floats.</summary>
internal delegate void CellMapping(Span<double> values, Span<FloatHistogram?> histograms);

/// <summary>Changes each row's values and takes one label away before it hands the row on.</summary>
internal sealed class MappingSink(IStepRowSink next, CellMapping? mapping, int droppedLabel) : IStepRowSink
{
    private LabelId[] _scratch = new LabelId[32];

    public MappingSink(IStepRowSink next, RowMapping mapping, int droppedLabel)
        : this(next, FloatsOnly(mapping), droppedLabel)
    {
    }

    /// <summary>A mapping of floats as one that leaves no histograms.</summary>
    public static CellMapping FloatsOnly(RowMapping mapping) => (values, histograms) =>
    {
        mapping(values);
        histograms.Clear();
    };

    public void Add(ReadOnlySpan<LabelId> labels, Span<double> values, Span<FloatHistogram?> histograms)
    {
        if (_scratch.Length < labels.Length)
            _scratch = new LabelId[labels.Length * 2];
        var count = LabelEditing.CopyWithout(labels, droppedLabel, _scratch);
        mapping?.Invoke(values, histograms);
        next.Add(_scratch.AsSpan(0, count), values, histograms);
    }
}
