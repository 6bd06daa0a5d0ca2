using Triptych.Columnar.Symbols;
using Triptych.Model.Metrics;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;

namespace Triptych.Query.Operators.Aggregation;

/// <summary>Keeps the first k rows of each group, step by step, with all their labels and whatever their values are.</summary>
/// <param name="context">The query.</param>
/// <param name="grid">The steps.</param>
/// <param name="grouping">The groups.</param>
/// <param name="limits">k at each step; below 1 nothing is kept.</param>
public sealed class LimitAggregator(QueryContext context, StepGrid grid, Grouping grouping, long[] limits) : IAggregator
{
    private readonly RowCollector _collector = new(context, grid, null);
    private readonly LabelSetIndex _groups = new();
    private readonly List<int[]> _kept = [];
    private LabelId[] _scratch = new LabelId[32];
    private long _charged;

    /// <inheritdoc/>
    public void Add(ReadOnlySpan<LabelId> labels, Span<double> values, Span<FloatHistogram?> histograms)
    {
        context.Tick(values.Length);
        if (_scratch.Length < labels.Length) _scratch = new LabelId[labels.Length * 2];
        var group = _groups.GetOrAdd(_scratch.AsSpan(0, grouping.Project(labels, _scratch)), out var added);
        if (added)
        {
            var bytes = (values.Length * 4L) + 128;
            context.Charge(bytes);
            _charged += bytes;
            _kept.Add(new int[values.Length]);
        }

        var kept = _kept[group];
        for (var i = 0; i < values.Length; i++)
        {
            if (StepRow.IsAbsent(values[i]) && (histograms.IsEmpty || histograms[i] is null)) continue;
            if (kept[i] < limits[i])
            {
                kept[i]++;
                continue;
            }

            values[i] = StepRow.Absent;
            if (!histograms.IsEmpty) histograms[i] = null;
        }

        _collector.Add(labels, values, histograms);
    }

    /// <inheritdoc/>
    public StepMatrix Finish()
    {
        context.Release(_charged);
        return _collector.Finish();
    }
}
