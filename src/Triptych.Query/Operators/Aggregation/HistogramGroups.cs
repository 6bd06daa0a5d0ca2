using Triptych.Columnar.Symbols;
using Triptych.Model.Metrics;
using Triptych.Query.Budgets;
using Triptych.Query.Histograms;
using Triptych.Query.Steps;

namespace Triptych.Query.Operators.Aggregation;

/// <summary>Sums or averages of histograms by group and step, for aggregations that keep floats beside. Made only where there are histograms.</summary>
internal sealed class HistogramGroups(QueryContext context, bool averages)
{
    private readonly Dictionary<int, Cell?[]> _groups = [];
    private readonly HistogramScratch _scratch = new();
    private readonly HashSet<AggregationNote> _told = [];
    private long _charged;

    public bool Has(int group) => _groups.ContainsKey(group);

    public void Add(int group, ReadOnlySpan<LabelId> labels, ReadOnlySpan<FloatHistogram?> histograms, AggregationNoteHandler? notes)
    {
        if (!_groups.TryGetValue(group, out var cells))
        {
            Charge(histograms.Length * 8L);
            _groups.Add(group, cells = new Cell?[histograms.Length]);
        }

        for (var i = 0; i < histograms.Length; i++)
        {
            if (histograms[i] is not { } histogram) continue;
            if (cells[i] is null)
            {
                // Numbers, counts and what was lost, twice while two are merged.
                Charge((histogram.SizeBytes * 4) + 512);
                cells[i] = new Cell(averages, _scratch);
            }

            var issues = cells[i]!.Add(histogram);
            if ((issues & HistogramIssues.SchemasMixed) != 0) notes?.Invoke(AggregationNote.SchemasMixed, labels);
            if ((issues & HistogramIssues.BoundsReconciled) != 0) TellOnce(AggregationNote.BoundsReconciled, notes);
        }
    }

    /// <summary>Writes a group's histograms; where there are floats as well, neither remains.</summary>
    public void Write(int group, Span<double> values, Span<FloatHistogram?> histograms, AggregationNoteHandler? notes)
    {
        histograms.Clear();
        var cells = _groups[group];
        for (var i = 0; i < cells.Length; i++)
        {
            if (cells[i] is not { } cell) continue;
            if (!StepRow.IsAbsent(values[i]))
            {
                values[i] = StepRow.Absent;
                TellOnce(AggregationNote.KindsMixed, notes);
                continue;
            }

            if (cell.HasMixedSchemas) continue;
            histograms[i] = cell.ToHistogram();
            if (cell.HasConflictingResets) TellOnce(AggregationNote.ResetsConflict, notes);
        }
    }

    /// <summary>To be called when all groups are written.</summary>
    public void Release()
    {
        _groups.Clear();
        context.Release(_charged);
        _charged = 0;
    }

    private void TellOnce(AggregationNote note, AggregationNoteHandler? notes)
    {
        if (_told.Add(note)) notes?.Invoke(note, default);
    }

    private void Charge(long bytes)
    {
        context.Charge(bytes);
        _charged += bytes;
    }

    private sealed class Cell(bool averages, HistogramScratch scratch)
    {
        private readonly HistogramSum? _sum = averages ? null : new HistogramSum(scratch);
        private readonly HistogramAverage? _average = averages ? new HistogramAverage(scratch) : null;
        private bool _reset;
        private bool _notReset;

        public bool HasMixedSchemas { get; private set; }

        public bool HasConflictingResets => _reset && _notReset;

        public HistogramIssues Add(FloatHistogram histogram)
        {
            if (HasMixedSchemas) return HistogramIssues.None;
            _reset |= histogram.ResetHint == CounterResetHint.Reset;
            _notReset |= histogram.ResetHint == CounterResetHint.NotReset;
            var issues = _sum?.Add(histogram) ?? _average!.Add(histogram);
            HasMixedSchemas = (issues & HistogramIssues.SchemasMixed) != 0;
            return issues;
        }

        public FloatHistogram ToHistogram() => _sum?.ToHistogram() ?? _average!.ToHistogram();
    }
}
