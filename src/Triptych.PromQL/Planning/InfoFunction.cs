using System.Globalization;
using Triptych.Columnar.Symbols;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.PromQL.Syntax;
using Triptych.Query;
using Triptych.Query.Operators;
using Triptych.Query.Steps;

namespace Triptych.PromQL.Planning;

/// <summary>
/// info(): adds labels of info metrics to the series of the same instance and job. Which info series holds is decided at each step, by the
/// newest sample, so one series can become several whose values take turns.
/// </summary>
internal sealed class InfoFunction
{
    private static readonly string[] s_identifying = ["instance", "job"];

    private readonly Evaluation _evaluation;
    private readonly InfoMatchers _matchers;
    private readonly SymbolTable _symbols;
    private readonly int[] _identifying;
    private readonly LabelSetIndex _identities = new();

    // For each identity, the info series of each name.
    private readonly List<Dictionary<int, List<StepRow>>> _infos = [];

    private InfoFunction(Evaluation evaluation, CallExpr call)
    {
        _evaluation = evaluation;
        _matchers = new InfoMatchers(call);
        _symbols = evaluation.Context.Symbols;
        _identifying = [.. s_identifying.Select(_symbols.Intern)];
    }

    public static async ValueTask EmitAsync(Evaluation evaluation, CallExpr call, StepGrid grid, IStepRowSink sink)
    {
        var function = new InfoFunction(evaluation, call);
        var matrix = await evaluation.CollectAsync(call.Arguments[0], grid);
        var infos = await function.ReadInfosAsync(call.Arguments[0], matrix, grid);
        var collector = new RowCollector(evaluation.Context, grid, RowCollector.DuplicateLabelSet);
        foreach (var row in matrix.Rows)
        {
            evaluation.Context.Tick(row.Values.Length);
            if (function.IsInfo(row))
                collector.Add(row.Labels, (double[])row.Values.Clone(), row.HistogramSpan.ToArray());
            else
                function.Enrich(row, collector);
        }
        evaluation.Context.Release(RowCollector.MatrixBytes(matrix) + infos);
        evaluation.PassOn(collector.Finish(), sink);
    }

    private bool IsInfo(StepRow row) => _matchers.IsInfoName(_symbols.GetString(LabelEditing.Find(row.Labels, _evaluation.NameLabel)));

    // Returns what the info series cost, as charged.
    private async ValueTask<long> ReadInfosAsync(Expr argument, StepMatrix matrix, StepGrid grid)
    {
        var identities = new List<LabelMatcher>();
        foreach (var name in _identifying)
        {
            var values = matrix.Rows.Where(row => !IsInfo(row)).Select(row => LabelEditing.Find(row.Labels, name)).ToHashSet();
            values.Remove(SymbolTable.Empty);
            if (values.Count > 0)
                identities.Add(LabelMatcher.OneOf(_symbols.GetString(name), values.Select(_symbols.GetString)));
        }
        if (identities.Count == 0)
            return 0;
        var (at, offsetMs) = TimeOf(argument) ?? (null, 0);
        var offset = offsetMs == 0 ? null : new DurationLiteral(offsetMs / 1000.0, argument.Span);
        SelectorMatcher[] all = [.. identities.Concat(_matchers.Data).Concat(_matchers.Names).Select(m => new SelectorMatcher(m, argument.Span))];
        var selector = new VectorSelector(null, all, offset, at, RangeExtension.None, argument.Span);
        var collector = new RowCollector(_evaluation.Context, grid, RowCollector.DuplicateLabelSet);
        await _evaluation.InfoTimesAsync(selector, grid, new FloatsOnlySink(collector));
        var infos = collector.Finish();
        foreach (var info in infos.Rows)
            AddInfo(info);
        return RowCollector.MatrixBytes(infos);
    }

    // The first selector says at which time info series are looked up: at its @, or that of a subquery around it, with the offsets between.
    private (AtModifier? At, long OffsetMs)? TimeOf(Expr expression)
    {
        switch (expression)
        {
            case VectorSelector selector:
                return (selector.At, _evaluation.Milliseconds(selector.Offset, mustBePositive: false));
            case MatrixSelector matrix:
                return TimeOf(matrix.Selector);
            case SubqueryExpr subquery:
                if (TimeOf(subquery.Inner) is not { } inner || inner.At is not null)
                    return TimeOf(subquery.Inner);
                return (subquery.At, inner.OffsetMs + _evaluation.Milliseconds(subquery.Offset, mustBePositive: false));
            case ParenExpr paren:
                return TimeOf(paren.Inner);
            case UnaryExpr unary:
                return TimeOf(unary.Inner);
            case BinaryExpr binary:
                var chain = binary.Chain();
                return chain.Select(link => link.Right).Prepend(chain[0].Left).Select(operand => TimeOf(operand)).FirstOrDefault(found => found is not null);
            case AggregateExpr aggregate:
                return TimeOf(aggregate.Inner);
            case CallExpr call:
                return call.Arguments.Select(argument => TimeOf(argument)).FirstOrDefault(found => found is not null);
            default:
                return null;
        }
    }

    private void AddInfo(StepRow info)
    {
        var identity = _identities.GetOrAdd(IdentityOf(info.Labels), out var added);
        if (added)
            _infos.Add([]);
        var name = LabelEditing.Find(info.Labels, _evaluation.NameLabel);
        if (!_infos[identity].TryGetValue(name, out var rows))
            _infos[identity].Add(name, rows = []);
        rows.Add(info);
    }

    private ReadOnlySpan<LabelId> IdentityOf(ReadOnlySpan<LabelId> labels)
    {
        var identity = new LabelId[_identifying.Length];
        var count = 0;
        foreach (var label in labels)
        {
            if (_identifying.Contains(label.Name))
                identity[count++] = label;
        }
        return identity.AsSpan(0, count);
    }

    private void Enrich(StepRow row, RowCollector collector)
    {
        var identity = _identities.Find(IdentityOf(row.Labels));
        List<StepRow>[] candidates = identity < 0 ? [] : [.. _infos[identity].Values];
        var answers = new List<(StepRow?[] Infos, StepRow Row)>();
        var chosen = new StepRow?[candidates.Length];
        for (var step = 0; step < row.Values.Length; step++)
        {
            if (!row.HasValue(step))
                continue;
            for (var i = 0; i < candidates.Length; i++)
                chosen[i] = Newest(candidates[i], step);
            if (!chosen.Any(info => info is not null) && !_matchers.AllowNothing)
                continue;
            var answer = answers.Find(known => known.Infos.AsSpan().SequenceEqual(chosen)).Row;
            if (answer is null)
                answers.Add(([.. chosen], answer = EmptyLike(row)));
            answer.Values[step] = row.Values[step];
            if (answer.Histograms is not null)
                answer.Histograms[step] = row.Histograms![step];
        }
        foreach (var (infos, enriched) in answers)
            collector.Add(WithLabels(row.Labels, infos), enriched.Values, enriched.Histograms);
    }

    private static StepRow EmptyLike(StepRow row) => new([], StepValues.NewAbsent(row.Values.Length))
    {
        Histograms = row.Histograms is null ? null : new FloatHistogram?[row.Values.Length],
    };

    // The values of info rows are the times of their samples.
    private StepRow? Newest(List<StepRow> infos, int step)
    {
        StepRow? newest = null;
        foreach (var info in infos)
        {
            if (StepRow.IsAbsent(info.Values[step]))
                continue;
            if (newest is not null && info.Values[step] == newest.Values[step])
            {
                var timestamp = ((long)Math.Round(info.Values[step] * 1000)).ToString(CultureInfo.InvariantCulture);
                throw QueryFailedException.Execution(
                    $"found duplicate series for info metric: existing {Describe(newest)} @ {timestamp}, new {Describe(info)} @ {timestamp}");
            }
            if (newest is null || info.Values[step] > newest.Values[step])
                newest = info;
        }
        return newest;
    }

    private ReadOnlySpan<LabelId> WithLabels(ReadOnlySpan<LabelId> labels, StepRow?[] infos)
    {
        var added = new Dictionary<int, int>();
        foreach (var info in infos)
        {
            foreach (var label in info?.Labels ?? [])
            {
                if (label.Name == _evaluation.NameLabel || !_matchers.Wants(_symbols.GetString(label.Name)))
                    continue;
                if (added.TryGetValue(label.Name, out var other) && other != label.Value)
                    throw QueryFailedException.Execution($"conflicting label: {_symbols.GetString(label.Name)}");
                if (LabelEditing.Find(labels, label.Name) == SymbolTable.Empty)
                    added[label.Name] = label.Value;
            }
        }
        var result = new LabelId[labels.Length + added.Count];
        labels.CopyTo(result);
        var count = labels.Length;
        foreach (var (name, value) in added)
            count = LabelEditing.Set(result, count, name, value);
        return result.AsSpan(0, count);
    }

    private string Describe(StepRow row) =>
        new AnswerSeries(AnswerOrder.SortByName(row.Labels, _symbols), default, null, []).Describe(_symbols);

    /// <summary>Takes rows of times; those of series with histograms come with a column for them.</summary>
    private sealed class FloatsOnlySink(IStepRowSink next) : IStepRowSink
    {
        public void Add(ReadOnlySpan<LabelId> labels, Span<double> values, Span<FloatHistogram?> histograms)
        {
            if (!histograms.IsEmpty)
                throw QueryFailedException.Execution("info sample should be float");
            next.Add(labels, values, default);
        }
    }
}
