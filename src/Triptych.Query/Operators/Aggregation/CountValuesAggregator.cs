using Triptych.Columnar.Symbols;
using Triptych.Model.Metrics;
using Triptych.Query.Budgets;
using Triptych.Query.Histograms;
using Triptych.Query.Steps;

namespace Triptych.Query.Operators.Aggregation;

/// <summary>Counts equal values: a row for each group and value, with the value's text in a label.</summary>
/// <param name="context">The query.</param>
/// <param name="grid">The steps.</param>
/// <param name="grouping">The groups.</param>
/// <param name="label">The label that gets the text, replacing one of that name in the group.</param>
/// <param name="format">The value's text.</param>
public sealed class CountValuesAggregator(QueryContext context, StepGrid grid, Grouping grouping, int label, Func<double, string> format)
    : IAggregator
{
    /// <summary>False where the groups leave the label out: then all values of a group are counted together.</summary>
    public bool TellsValues { get; init; } = true;

    private readonly LabelSetIndex _groups = new();
    private readonly List<double[]> _counts = [];
    private readonly Dictionary<long, int> _texts = [];
    private LabelId[] _scratch = new LabelId[32];
    private long _charged;

    /// <inheritdoc/>
    public void Add(ReadOnlySpan<LabelId> labels, Span<double> values, Span<FloatHistogram?> histograms)
    {
        context.Tick(values.Length);
        if (_scratch.Length < labels.Length + 1) _scratch = new LabelId[(labels.Length * 2) + 1];
        var count = grouping.Project(labels, _scratch);
        for (var i = 0; i < values.Length; i++)
        {
            var histogram = histograms.IsEmpty ? null : histograms[i];
            if (StepRow.IsAbsent(values[i]) && histogram is null) continue;
            if (TellsValues)
            {
                var text = histogram is null ? TextOf(values[i]) : context.Symbols.Intern(HistogramText.Of(histogram));
                count = LabelEditing.Set(_scratch, count, label, text);
            }

            var group = _groups.GetOrAdd(_scratch.AsSpan(0, count), out var added);
            if (added)
            {
                _charged += (values.Length * 8L) + 128;
                context.Charge((values.Length * 8L) + 128);
                _counts.Add(StepValues.NewAbsent(values.Length));
            }

            ref var counter = ref _counts[group][i];
            counter = StepRow.IsAbsent(counter) ? 1 : counter + 1;
        }
    }

    /// <inheritdoc/>
    public StepMatrix Finish()
    {
        var collector = new RowCollector(context, grid, null);
        for (var group = 0; group < _groups.Count; group++) collector.Add(_groups[group], _counts[group]);
        context.Release(_charged);
        return collector.Finish();
    }

    private int TextOf(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        if (!_texts.TryGetValue(bits, out var symbol)) _texts.Add(bits, symbol = context.Symbols.Intern(format(value)));
        return symbol;
    }
}
