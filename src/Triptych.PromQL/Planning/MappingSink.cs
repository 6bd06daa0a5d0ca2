using Triptych.Columnar.Symbols;
using Triptych.Query.Operators;

namespace Triptych.PromQL.Planning;

/// <summary>Changes the values of a row in place.</summary>
internal delegate void RowMapping(Span<double> values);

/// <summary>Changes each row's values and takes one label away before it hands the row on.</summary>
internal sealed class MappingSink(IStepRowSink next, RowMapping? mapping, int droppedLabel) : IStepRowSink
{
    private LabelId[] _scratch = new LabelId[32];

    public void Add(ReadOnlySpan<LabelId> labels, Span<double> values)
    {
        if (_scratch.Length < labels.Length)
            _scratch = new LabelId[labels.Length * 2];
        var count = LabelEditing.CopyWithout(labels, droppedLabel, _scratch);
        mapping?.Invoke(values);
        next.Add(_scratch.AsSpan(0, count), values);
    }
}
