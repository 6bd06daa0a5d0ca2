using Triptych.Columnar.Symbols;
using Triptych.Model.Metrics;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;

namespace Triptych.Query.Operators.Aggregation;

/// <summary>Takes rows, gives a matrix of groups.</summary>
public interface IAggregator : IStepRowSink
{
    /// <summary>The answer, charged to the query as <see cref="RowCollector.MatrixBytes"/> counts. Of no use afterwards.</summary>
    StepMatrix Finish();
}

/// <summary>What the aggregators that keep some numbers for each group and step have in common.</summary>
public abstract class GroupedAggregator(QueryContext context, StepGrid grid, Grouping grouping, int doublesPerStep) : IAggregator
{
    private readonly LabelSetIndex _groups = new();
    private LabelId[] _scratch = new LabelId[32];
    private long _charged;

    /// <summary>Told what becomes of histograms.</summary>
    public AggregationNoteHandler? Notes { get; init; }

    /// <summary>How many steps there are.</summary>
    protected int Steps { get; } = grid.Count;

    /// <inheritdoc/>
    public void Add(ReadOnlySpan<LabelId> labels, Span<double> values, Span<FloatHistogram?> histograms)
    {
        context.Tick(values.Length);
        if (_scratch.Length < labels.Length) _scratch = new LabelId[labels.Length * 2];
        var count = grouping.Project(labels, _scratch);
        var group = _groups.GetOrAdd(_scratch.AsSpan(0, count), out var added);
        if (added)
        {
            var bytes = (doublesPerStep * 8L * Steps) + 128;
            context.Charge(bytes);
            _charged += bytes;
            AddGroup();
        }

        Accumulate(group, values);
        if (!histograms.IsEmpty) AccumulateHistograms(group, labels, histograms);
    }

    /// <inheritdoc/>
    public StepMatrix Finish()
    {
        var collector = new RowCollector(context, grid, null);
        var result = new double[Steps];
        FloatHistogram?[]? histograms = null;
        for (var group = 0; group < _groups.Count; group++)
        {
            Write(group, result);
            if (HasHistograms(group))
            {
                histograms ??= new FloatHistogram?[Steps];
                WriteHistograms(group, result, histograms);
                collector.Add(_groups[group], result, histograms);
                continue;
            }

            collector.Add(_groups[group], result);
        }

        Release();
        context.Release(_charged);
        return collector.Finish();
    }

    /// <summary>Makes place for one more group.</summary>
    protected abstract void AddGroup();

    /// <summary>Adds a row to a group.</summary>
    protected abstract void Accumulate(int group, ReadOnlySpan<double> values);

    /// <summary>Writes a group's answer, absent where no row had a value.</summary>
    protected abstract void Write(int group, Span<double> result);

    /// <summary>Adds the histograms of a row to a group. Most aggregations leave them out.</summary>
    protected virtual void AccumulateHistograms(int group, ReadOnlySpan<LabelId> labels, ReadOnlySpan<FloatHistogram?> histograms)
    {
        if (histograms.ContainsAnyExcept((FloatHistogram?)null)) Notes?.Invoke(AggregationNote.HistogramsIgnored, labels);
    }

    /// <summary>Gives memory back that the aggregator charged by itself.</summary>
    protected virtual void Release()
    {
        // Most charge nothing beside the numbers of their groups.
    }

    /// <summary>Whether <see cref="WriteHistograms"/> is to be called for a group.</summary>
    protected virtual bool HasHistograms(int group) => false;

    /// <summary>Writes a group's histograms, and takes those floats out of <paramref name="values"/> that do not stand beside them.</summary>
    protected virtual void WriteHistograms(int group, Span<double> values, Span<FloatHistogram?> histograms) => histograms.Clear();
}
