using Triptych.Columnar.Symbols;
using Triptych.Model.Metrics;
using Triptych.Query.Operators;
using Triptych.Query.Operators.Aggregation;

namespace Triptych.PromQL.Planning;

/// <summary>Stands before an aggregation by name: remembers the groups that a row with a marked name came into.</summary>
internal sealed class MarkedGroups(NameDropping names, Grouping grouping, IStepRowSink aggregator) : IStepRowSink
{
    private readonly LabelSetIndex _marked = new();
    private LabelId[] _scratch = new LabelId[32];

    public void Add(ReadOnlySpan<LabelId> labels, Span<double> values, Span<FloatHistogram?> histograms)
    {
        if (names.IsMarked(labels))
        {
            if (_scratch.Length < labels.Length)
                _scratch = new LabelId[labels.Length * 2];
            _marked.GetOrAdd(_scratch.AsSpan(0, grouping.Project(labels, _scratch)), out _);
        }
        aggregator.Add(labels, values, histograms);
    }

    /// <summary>Marks the rows of those groups again.</summary>
    public IStepRowSink MarkingSink(IStepRowSink next) => new MappingSink(next, null, MarkAgain);

    private int MarkAgain(ReadOnlySpan<LabelId> labels, Span<LabelId> into)
    {
        if (_marked.Find(labels) >= 0)
            return names.Drop(labels, into);
        labels.CopyTo(into);
        return labels.Length;
    }
}
