using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.LogQL.Planning;
using Triptych.LogQL.Stages;
using Triptych.LogQL.Syntax;
using Triptych.Query;
using Triptych.Query.Budgets;
using Triptych.Query.Operators;
using Triptych.Query.Steps;

namespace Triptych.LogQL.Functions;

/// <summary>Runs the stages that a scan leaves over on each row and hands what passes to its series.</summary>
internal sealed class StagedRows
{
    private readonly QueryContext _context;
    private readonly RangeAggregation _aggregation;
    private readonly LabelSelection _selection;
    private readonly CountAccumulator _counts;
    private readonly List<RowStage> _before;
    private readonly List<RowStage> _after;
    private readonly UnwrapReader? _unwrap;
    private readonly RowLabels _labels;
    private readonly bool _readsLine;
    private LabelId[] _scratch = new LabelId[32];

    public StagedRows(
        QueryContext context, StepGrid grid, RangeAggregation aggregation, LogScanPlan plan, LabelSelection selection,
        CountAccumulator counts, long nowUnixNanos)
    {
        _context = context;
        _aggregation = aggregation;
        _selection = selection;
        _counts = counts;
        _labels = new RowLabels(context.Symbols);
        Samples = new SampleAccumulator(context, grid);
        var wanted = WantedLabels.Of(plan.Stages, selection);
        _before = StageBuilder.Build(plan.Stages.TakeWhile(s => s is not UnwrapStage), context.Symbols, wanted, nowUnixNanos);
        _after = StageBuilder.Build(plan.Stages.SkipWhile(s => s is not UnwrapStage).Skip(1), context.Symbols, wanted, nowUnixNanos);
        _unwrap = aggregation.Range.Unwrap is { } unwrap ? new UnwrapReader(unwrap, context.Symbols) : null;
        _readsLine = _before.Exists(s => s.ReadsLine) || aggregation.Operator is RangeOperator.BytesOverTime or RangeOperator.BytesRate;
    }

    /// <summary>The series met so far.</summary>
    public LabelSetIndex Series { get; } = new();

    /// <summary>Unwrapped values by series.</summary>
    public SampleAccumulator Samples { get; }

    /// <summary>Rows that went into a series.</summary>
    public long PassedCount { get; private set; }

    public IReadOnlyList<ColumnRef> Projection => _readsLine
        ? [LogColumns.TimeUnixNanos, LogColumns.Stream, LogColumns.Metadata, LogColumns.Level, LogColumns.Line]
        : [LogColumns.TimeUnixNanos, LogColumns.Stream, LogColumns.Metadata, LogColumns.Level];

    public void Take(RecordBatch batch, StreamDictionary streams, ref WindowMap windows)
    {
        var times = batch.Column<Int64Column>(0);
        var streamNumbers = batch.Column<Int64Column>(1);
        var metadata = batch.Column<BytesColumn>(2);
        var levels = batch.Column<SymbolColumn>(3);
        var lines = _readsLine ? batch.Column<BytesColumn>(4) : null;
        for (var i = 0; i < batch.RowCount; i++)
        {
            _context.Tick();
            if (!windows.TryLocate(times[i], out var first, out var end)) continue;
            _labels.Reset(streams.LabelsOf((int)streamNumbers[i]), metadata[i], levels[i]);
            var row = new Row(_labels, times[i], lines is null ? [] : lines[i]);
            if (!Pass(ref row, _before)) continue;
            var sample = 0.0;
            if (_unwrap is not null && !_unwrap.TryRead(_labels, out sample)) continue;
            if (!Pass(ref row, _after)) continue;
            if (_labels.Error is not null) throw PipelineError();
            PassedCount++;
            var series = Series.GetOrAdd(_scratch.AsSpan(0, _labels.Select(_selection, ref _scratch)), out _);
            Account(series, times[i], first, end, row.Line.Length, sample);
        }
    }

    private static bool Pass(ref Row row, List<RowStage> stages)
    {
        foreach (var stage in stages)
        {
            if (!stage.Apply(ref row)) return false;
        }

        return true;
    }

    private void Account(int series, long time, int first, int end, int lineLength, double sample)
    {
        switch (_aggregation.Operator)
        {
            case RangeOperator.BytesOverTime or RangeOperator.BytesRate:
                _counts.Add(series, first, end, lineLength);
                break;
            case RangeOperator.CountOverTime or RangeOperator.AbsentOverTime:
            case RangeOperator.Rate when _unwrap is null:
                _counts.Add(series, first, end, 1);
                break;
            default:
                Samples.Add(series, time, sample);
                break;
        }
    }

    /// <summary>What Loki says; clients know the text.</summary>
    private QueryFailedException PipelineError()
    {
        var labels = _labels.ToArray(category: null)
            .Select(label => (Name: _context.Symbols.GetString(label.Name), Value: _context.Symbols.GetString(label.Value)))
            .Where(label => label.Name is not (RowLabels.ErrorName or RowLabels.ErrorDetailsName))
            .OrderBy(label => label.Name, StringComparer.Ordinal)
            .Select(label => $"{label.Name}=\"{label.Value}\"");
        return new QueryFailedException(
            QueryErrorKind.BadData,
            $"pipeline error: '{_labels.Error}' for series: '{{{string.Join(", ", labels)}}}'.\n"
            + $"Use a label filter to intentionally skip this error. (e.g | __error__!=\"{_labels.Error}\").\nTo skip all potential errors you can match empty errors.(e.g __error__=\"\")\n"
            + "The label filter can also be specified after unwrap. (e.g | unwrap latency | __error__=\"\" )\n");
    }
}
