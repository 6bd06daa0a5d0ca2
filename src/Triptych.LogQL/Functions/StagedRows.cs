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
    private readonly RowColumns _columns;
    private readonly FieldMemo? _memo;
    private readonly SampleAccumulator _samples;
    private readonly bool _keepsTies;
    private readonly bool _isPartial;
    private readonly int _free = -1;
    private StreamDictionary? _streams;
    private LabelId[] _scratch = new LabelId[32];

    public StagedRows(
        QueryContext context, StepGrid grid, RangeAggregation aggregation, LogScanPlan plan, LabelSelection selection,
        CountAccumulator counts, bool usesFields, long nowUnixNanos)
    {
        _context = context;
        _aggregation = aggregation;
        _selection = selection;
        _counts = counts;
        _labels = new RowLabels(context.Symbols);
        _keepsTies = aggregation.Operator is RangeOperator.FirstOverTime or RangeOperator.LastOverTime or RangeOperator.RateCounter;
        _samples = new SampleAccumulator(context, grid, _keepsTies);
        var wanted = WantedLabels.Of(plan.Stages, selection);
        _before = StageBuilder.Build(plan.Stages.TakeWhile(s => s is not UnwrapStage), context.Symbols, wanted, nowUnixNanos);
        _after = StageBuilder.Build(plan.Stages.SkipWhile(s => s is not UnwrapStage).Skip(1), context.Symbols, wanted, nowUnixNanos);
        _unwrap = aggregation.Range.Unwrap is { } unwrap ? new UnwrapReader(unwrap, context.Symbols) : null;
        var readsLine = _before.Exists(s => s.ReadsLine) || aggregation.Operator is RangeOperator.BytesOverTime or RangeOperator.BytesRate;
        var isOfBytes = aggregation.Operator is RangeOperator.BytesOverTime or RangeOperator.BytesRate;
        Fields = usesFields && !isOfBytes && _after.TrueForAll(s => !s.ReadsLine) ? FieldPlan.ForSeries(plan.Stages, wanted, selection.Names) : null;
        _isPartial = Fields is not null || (usesFields && wanted is not null && !selection.Names.Any(FieldPlan.IsError));
        _columns = new RowColumns(Fields, _isPartial ? wanted : null, readsLine, context.Symbols);
        if (_columns.Known is not { } known) return;
        if (aggregation.Range.Unwrap is { Conversion: UnwrapConversion.None } free && plan.Stages.All(LeavesLabels)
            && WantedLabels.Of(plan.Stages.Where(s => s is not UnwrapStage), selection)?.Contains(free.Label) == false)
        {
            _free = known.IndexOf(context.Symbols.Intern(free.Label));
        }

        _memo = new FieldMemo(known, _free);
    }

    /// <summary>The series met so far.</summary>
    public LabelSetIndex Series { get; } = new();

    /// <summary>Rows that went into a series.</summary>
    public long PassedCount { get; private set; }

    public IReadOnlyList<ColumnRef> Projection => _columns.Projection;

    /// <summary>The fields to ask the scan for; null for none.</summary>
    public FieldRequest? Fields { get; }

    /// <summary>Takes rows; false where one has an error that is to be told with all of its labels, which were not asked for.</summary>
    public bool TryTake(RecordBatch batch, StreamDictionary streams, ref WindowMap windows)
    {
        _streams = streams;
        _columns.Begin(batch);
        for (var i = 0; i < batch.RowCount; i++)
        {
            _context.Tick();
            if (!windows.TryLocate(_columns.TimeOf(i), out var first, out var end)) continue;
            var isMemorable = _memo is not null && IsMemorable(i);
            if (isMemorable && _memo!.TryFind(_columns.StreamOf(i), _columns.LevelOf(i), out var series))
            {
                if (series == FieldMemo.TurnedAway) continue;
                PassedCount++;
                Account(series, i, first, end, 0, _free < 0 ? 0 : _columns.Known!.ValueOf(_free).Number);
                continue;
            }

            _labels.Reset(streams.LabelsOf(_columns.StreamOf(i)), _columns.MetadataOf(i), _columns.LevelOf(i));
            var row = new Row(_labels, _columns.TimeOf(i), _columns.LineOf(i)) { Known = _columns.KnownOf(i) };
            var sample = 0.0;
            if (!Pass(ref row, _before) || (_unwrap is not null && !_unwrap.TryRead(_labels, out sample)) || !Pass(ref row, _after))
            {
                if (isMemorable) _memo!.Add(FieldMemo.TurnedAway);
                continue;
            }

            if (_labels.Error is not null && _isPartial) return false;
            if (_labels.Error is not null) throw PipelineError();
            PassedCount++;

            // Two steps: many labels are put into a larger array.
            var count = _labels.Select(_selection, ref _scratch);
            series = Series.GetOrAdd(_scratch.AsSpan(0, count), out _);
            if (isMemorable) _memo!.Add(series);
            Account(series, i, first, end, row.Line.Length, sample);
        }

        return true;
    }

    /// <summary>Emits the series of unwrapped values, once all rows are in.</summary>
    public void EmitSamples(IStepRowSink sink)
    {
        var ranks = _keepsTies && _streams is not null ? StreamRanks.Of(_streams, _context.Symbols) : [];
        for (var number = 0; number < Series.Count; number++)
        {
            if (_samples.Finish(number, _aggregation, ranks) is { } values) sink.Add(Series[number], values);
        }
    }

    /// <summary>Whether all that becomes of a row hangs on what the memo knows of it, but for the number of the field that is unwrapped.</summary>
    private bool IsMemorable(int row) =>
        _columns.HasFieldsAlone(row) && (_unwrap is null || (_free >= 0 && _columns.Known!.ValueOf(_free).Kind == FieldKind.Number));

    /// <summary>Whether a stage changes no label that the parser made, so that what is unwrapped is the line's own field.</summary>
    private static bool LeavesLabels(PipelineStage stage) => stage is LineFilterStage or LabelFilterStage or JsonStage or LogfmtStage or UnwrapStage;

    private static bool Pass(ref Row row, List<RowStage> stages)
    {
        foreach (var stage in stages)
        {
            if (!stage.Apply(ref row)) return false;
        }

        return true;
    }

    private void Account(int series, int row, int first, int end, int lineLength, double sample)
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
                _samples.Add(series, _columns.TimeOf(row), sample, _columns.StreamOf(row));
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
