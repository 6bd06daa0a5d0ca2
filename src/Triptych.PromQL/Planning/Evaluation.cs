using Triptych.Columnar.Samples;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.PromQL.Syntax;
using Triptych.Query;
using Triptych.Query.Budgets;
using Triptych.Query.Histograms;
using Triptych.Query.Operators;
using Triptych.Query.Steps;

namespace Triptych.PromQL.Planning;

/// <summary>
/// One query while it is evaluated. Rows flow from the leaves through sinks to where they are needed all at once; each kind of node has
/// its own
/// evaluator. Everything is over one grid, but for subqueries, which evaluate their inside over a grid of their own.
/// </summary>
internal sealed class Evaluation
{
    private readonly StepGrid _query;
    private readonly SelectorEvaluator _selectors;
    private readonly RangeCallEvaluator _rangeCalls;
    private readonly CallEvaluator _calls;
    private readonly AggregateEvaluator _aggregates;
    private readonly BinaryEvaluator _binaries;
    private long _symbolBytes;

    public Evaluation(ISampleSource source, PromQLOptions options, QueryContext context, string text, StepGrid query, bool isRange)
    {
        Context = context;
        Options = options;
        Notes = new Notes(context, text);
        Names = new NameDropping(context.Symbols, options.DelayedNameRemoval);
        _query = query;
        Counts = new SampleCounts(context, query);
        IsRange = isRange;
        NameLabel = context.Symbols.Intern(LabelNames.MetricName);
        _selectors = new SelectorEvaluator(this, source);
        _rangeCalls = new RangeCallEvaluator(this, source);
        _calls = new CallEvaluator(this);
        _aggregates = new AggregateEvaluator(this);
        _binaries = new BinaryEvaluator(this);
    }

    /// <summary>See <see cref="ResetHints.FindTotals"/>.</summary>
    public HashSet<VectorSelector> OnlyTotals { get; init; } = [];

    public QueryContext Context { get; }

    public PromQLOptions Options { get; }

    public Notes Notes { get; }

    /// <summary>Counts what the steps look at.</summary>
    public SampleCounts Counts { get; }

    /// <summary>How metric names are taken away.</summary>
    public NameDropping Names { get; }

    public bool IsRange { get; }

    /// <summary>The symbol of <c>__name__</c>.</summary>
    public int NameLabel { get; }

    public long LookbackMs => (long)Context.Limits.Lookback.TotalMilliseconds;

    /// <summary>What <c>step()</c> means: 0 for an instant query.</summary>
    public long QueryStepMs => IsRange ? _query.Step : 0;

    public long QueryStartMs => _query.Start;

    public long QueryEndMs => _query.End;

    /// <summary>The string an expression of type string stands for.</summary>
    public static string StringOf(Expr expression) => expression switch
    {
        StringLiteral literal => literal.Value,
        ParenExpr paren => StringOf(paren.Inner),
        _ => throw new InvalidOperationException($"{expression.GetType().Name} is no string"),
    };

    /// <summary>Removes parentheses.</summary>
    public static Expr Bare(Expr expression)
    {
        while (expression is ParenExpr paren)
            expression = paren.Inner;
        return expression;
    }

    /// <summary>Evaluates an instant vector into a sink.</summary>
    /// <param name="needed">The labels that matter to the sink; null: all. Where it is set, rows with equal labels may come, meaning
    /// different series.</param>
    public ValueTask EmitAsync(Expr expression, StepGrid grid, IStepRowSink sink, IReadOnlyList<string>? needed = null)
    {
        switch (expression)
        {
            case ParenExpr paren:
                return EmitAsync(paren.Inner, grid, sink, needed);
            case VectorSelector vector:
                return _selectors.EmitAsync(vector, grid, sink, needed);
            case UnaryExpr { Negate: false } plus:
                return EmitAsync(plus.Inner, grid, sink, needed);
            case UnaryExpr minus:
                return MapCellsAsync(minus.Inner, grid, sink, needed, Negate);
            case BinaryExpr binary:
                return _binaries.EmitAsync(binary, grid, sink, needed);
            case EvaluatedRows evaluated:
                PassOn(evaluated.Rows, sink);
                return ValueTask.CompletedTask;
            case AggregateExpr aggregate:
                return _aggregates.EmitAsync(aggregate, grid, sink);
            case CallExpr call when _rangeCalls.Handles(call):
                return _rangeCalls.EmitAsync(call, grid, sink, needed);
            case CallExpr call:
                return _calls.EmitAsync(call, grid, sink, needed);
            default:
                throw new InvalidOperationException($"{expression.GetType().Name} is no instant vector");
        }
    }

    /// <summary>Evaluates an instant vector as a whole, with all labels.</summary>
    public async ValueTask<StepMatrix> CollectAsync(Expr expression, StepGrid grid)
    {
        var collector = new RowCollector(Context, grid, RowCollector.DuplicateLabelSet);
        await EmitAsync(expression, grid, collector);
        return collector.Finish();
    }

    /// <summary>Evaluates an instant vector as <see cref="CollectAsync"/> does, for an operator that decides about names itself.</summary>
    public async ValueTask<StepMatrix> CollectUnmarkedAsync(Expr expression, StepGrid grid)
    {
        var collector = new RowCollector(Context, grid, RowCollector.DuplicateLabelSet);
        await EmitAsync(expression, grid, Names.UnmarkingSink(collector));
        return collector.Finish();
    }

    /// <summary>Evaluates an instant vector as the answer of the query: names that were marked go.</summary>
    public async ValueTask<StepMatrix> CollectAnswerAsync(Expr expression, StepGrid grid)
    {
        var collector = new RowCollector(Context, grid, RowCollector.DuplicateLabelSet);
        await EmitAsync(expression, grid, Names.FinalSink(collector));
        return collector.Finish();
    }

    /// <summary>The times of the samples that a selector finds, in seconds, without the metric's name.</summary>
    public ValueTask SampleTimesAsync(VectorSelector selector, StepGrid grid, IStepRowSink sink, IReadOnlyList<string>? needed) =>
        TimesAsync(selector, grid, sink, needed, _selectors.EmitTimesAsync);

    /// <summary>The start times of the samples that a selector finds, in seconds, without the metric's name.</summary>
    public ValueTask StartTimesAsync(VectorSelector selector, StepGrid grid, IStepRowSink sink, IReadOnlyList<string>? needed) =>
        TimesAsync(selector, grid, sink, needed, _selectors.EmitStartTimesAsync);

    private async ValueTask TimesAsync(
        VectorSelector selector, StepGrid grid, IStepRowSink sink, IReadOnlyList<string>? needed,
        Func<VectorSelector, StepGrid, IStepRowSink, IReadOnlyList<string>?, ValueTask> emit)
    {
        if (Names.IsDelayed || NameFacts.HasOneName(selector))
        {
            await emit(selector, grid, Names.Sink(sink, null), needed);
            return;
        }
        var collector = new RowCollector(Context, grid, RowCollector.DuplicateLabelSet);
        await emit(selector, grid, Names.Sink(collector, null), null);
        PassOn(collector.Finish(), sink);
    }

    /// <summary>The times of the samples that a selector finds, in seconds, with all labels.</summary>
    public ValueTask InfoTimesAsync(VectorSelector selector, StepGrid grid, IStepRowSink sink) =>
        _selectors.EmitTimesAsync(selector, grid, sink, null);

    /// <summary>Evaluates a scalar at each step.</summary>
    public ValueTask<double[]> ScalarAsync(Expr expression, StepGrid grid) => new ScalarEvaluator(this).EvaluateAsync(expression, grid);

    /// <summary>The raw samples of a range vector at the end of <paramref name="grid"/>, which has one step.</summary>
    public ValueTask<List<AnswerSeries>> RawSeriesAsync(Expr expression, StepGrid grid) =>
        _rangeCalls.RawSeriesAsync(Bare(expression), grid);

    /// <summary>
    /// Evaluates an instant vector, changes each row's floats, leaves its histograms out, and drops the metric's name.
    /// </summary>
    public ValueTask MapAsync(Expr inner, StepGrid grid, IStepRowSink sink, IReadOnlyList<string>? needed, RowMapping mapping) =>
        MapCellsAsync(inner, grid, sink, needed, MappingSink.FloatsOnly(mapping));

    /// <summary>Evaluates an instant vector, changes each row's floats and histograms, and drops the metric's name.</summary>
    public async ValueTask MapCellsAsync(
        Expr inner, StepGrid grid, IStepRowSink sink, IReadOnlyList<string>? needed, CellMapping mapping)
    {
        if (Names.IsDelayed || NameFacts.HasOneName(inner))
        {
            await EmitAsync(inner, grid, Names.Sink(sink, mapping), needed);
            return;
        }

        // Series of different names can be equal but for them.
        var collector = new RowCollector(Context, grid, RowCollector.DuplicateLabelSet);
        await EmitAsync(inner, grid, Names.Sink(collector, mapping));
        PassOn(collector.Finish(), sink);
    }

    /// <summary>Charges what the symbol table has grown by.</summary>
    public void ChargeSymbols()
    {
        var bytes = Context.Symbols.SizeBytes;
        Context.Charge(bytes - _symbolBytes);
        _symbolBytes = bytes;
    }

    /// <summary>Hands a matrix on and gives its memory back.</summary>
    public void PassOn(StepMatrix matrix, IStepRowSink sink)
    {
        StepValues.Emit(matrix, sink);
        Context.Release(RowCollector.MatrixBytes(matrix));
    }

    /// <summary>A duration of the query in milliseconds.</summary>
    public long Milliseconds(DurationExpr? duration, bool mustBePositive)
    {
        if (duration is null)
            return 0;
        var problem = DurationEvaluator.TryEvaluate(duration, QueryStepMs, QueryEndMs - QueryStartMs, mustBePositive, out var milliseconds);
        return problem is null ? milliseconds : throw new QueryFailedException(QueryErrorKind.BadData, problem);
    }

    /// <summary>The times at which a selector or subquery looks, for the steps of a grid.</summary>
    public EvalTimes TimesOf(StepGrid grid, AtModifier? at, DurationExpr? offset)
    {
        var offsetMs = Milliseconds(offset, mustBePositive: false);
        return at?.Kind switch
        {
            null => new EvalTimes(grid, offsetMs, null),
            AtKind.Timestamp => new EvalTimes(grid, offsetMs, at.TimestampMs),
            AtKind.Start => new EvalTimes(grid, offsetMs, QueryStartMs),
            _ => new EvalTimes(grid, offsetMs, QueryEndMs),
        };
    }

    /// <summary>Refuses a construct that is parsed but not evaluated.</summary>
    public static QueryFailedException NotEvaluated(string construct, SourceSpan at) =>
        QueryFailedException.NotEvaluated($"{construct} at character {at.Start + 1} is not evaluated yet");

    private static void Negate(Span<double> values, Span<FloatHistogram?> histograms)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (!StepRow.IsAbsent(values[i]))
                values[i] = -values[i];
        }

        for (var i = 0; i < histograms.Length; i++)
        {
            if (histograms[i] is { } histogram)
                histograms[i] = HistogramArithmetic.Multiply(histogram, -1);
        }
    }
}

/// <summary>The times at which something is looked up: those of the steps less an offset, or one fixed time for all steps.</summary>
internal readonly record struct EvalTimes(StepGrid Grid, long OffsetMs, long? FixedMs)
{
    public bool IsFixed => FixedMs is not null;

    public long At(int step) => (FixedMs ?? Grid.At(step)) - OffsetMs;

    public long FirstMs => At(0);

    public long LastMs => At(Grid.Count - 1);

    /// <summary>How many different times there are.</summary>
    public int Count => IsFixed ? 1 : Grid.Count;
}
