using System.Globalization;
using System.Text;
using Triptych.Columnar.Symbols;
using Triptych.Model.Labels;
using Triptych.Primitives.Text;
using Triptych.PromQL.Functions.Histograms;
using Triptych.PromQL.Syntax;
using Triptych.Query;
using Triptych.Query.Operators;
using Triptych.Query.Steps;

namespace Triptych.PromQL.Planning;

/// <summary>
/// histogram_quantile, histogram_quantiles and histogram_fraction over classic buckets: rows that are equal but for <c>le</c> are one
/// histogram.
/// </summary>
internal sealed class HistogramFunctions
{
    private readonly Evaluation _evaluation;
    private readonly CallExpr _call;
    private readonly SymbolTable _symbols;
    private readonly int _boundLabel;
    private readonly LabelSetIndex _groups = new();
    private readonly List<List<(double UpperBound, StepRow Row)>> _buckets = [];

    private HistogramFunctions(Evaluation evaluation, CallExpr call)
    {
        _evaluation = evaluation;
        _call = call;
        _symbols = evaluation.Context.Symbols;
        _boundLabel = _symbols.Intern(LabelNames.BucketBound);
    }

    public static async ValueTask EmitAsync(Evaluation evaluation, CallExpr call, StepGrid grid, IStepRowSink sink)
    {
        var scalars = new List<double[]>();
        string? label = null;
        Expr? vector = null;
        foreach (var argument in call.Arguments)
        {
            if (argument.Type == PromType.Scalar)
                scalars.Add(await evaluation.ScalarAsync(argument, grid));
            else if (argument.Type == PromType.String)
                label = Evaluation.StringOf(argument);
            else
                vector = argument;
        }
        var matrix = await evaluation.CollectAsync(vector!, grid);
        var function = new HistogramFunctions(evaluation, call);
        function.SortIntoHistograms(matrix, vector!.Span);
        var collector = new RowCollector(evaluation.Context, grid, RowCollector.DuplicateLabelSet);
        switch (call.Function.Name)
        {
            case "histogram_fraction":
                function.Compute(grid, collector, SymbolTable.Empty, null, (step, buckets) => Fraction(scalars, step, buckets, function));
                break;
            case "histogram_quantile":
                evaluation.Notes.CheckQuantiles(scalars[0], call.Arguments[0].Span);
                function.Quantile(grid, collector, scalars[0], SymbolTable.Empty, null);
                break;
            default:
                function.Quantiles(grid, collector, scalars, label!);
                break;
        }
        evaluation.Context.Release(RowCollector.MatrixBytes(matrix));
        evaluation.PassOn(collector.Finish(), sink);
    }

    private bool ForcedMonotonic { get; set; }

    private static double Fraction(List<double[]> bounds, int step, Span<ClassicBucket> buckets, HistogramFunctions function)
    {
        var forced = false;
        var fraction = ClassicHistogram.Fraction(bounds[0][step], bounds[1][step], buckets, ref forced);
        function.ForcedMonotonic |= forced;
        return fraction;
    }

    private void Quantiles(StepGrid grid, RowCollector collector, List<double[]> quantiles, string label)
    {
        if (label.Length == 0 || !QuotedString.IsWellFormed(label))
            throw QueryFailedException.Execution($"invalid label name {AggregateEvaluator.Quoted(label)}");
        for (var i = 0; i < quantiles.Count; i++)
        {
            _evaluation.Notes.CheckQuantiles(quantiles[i], _call.Arguments[2 + i].Span);
            Quantile(grid, collector, quantiles[i], _symbols.Intern(label), QuantileText(quantiles[i][0]));
        }
    }

    // OpenMetrics writes whole numbers with a point.
    private static string QuantileText(double quantile)
    {
        var text = FloatFormat.General(quantile);
        return text.AsSpan().ContainsAny(".eIN") ? text : text + ".0";
    }

    private void Quantile(StepGrid grid, RowCollector collector, double[] quantiles, int label, string? labelValue) =>
        Compute(grid, collector, label, labelValue, (step, buckets) =>
        {
            var forced = false;
            var value = ClassicHistogram.Quantile(quantiles[step], buckets, ref forced);
            ForcedMonotonic |= forced;
            return value;
        });

    private void SortIntoHistograms(StepMatrix matrix, SourceSpan at)
    {
        var scratch = new LabelId[64];
        foreach (var row in matrix.Rows)
        {
            if (scratch.Length < row.Labels.Length)
                scratch = new LabelId[row.Labels.Length * 2];
            var bound = _symbols.GetString(LabelEditing.Find(row.Labels, _boundLabel));
            if (!TryParseBound(bound, out var upperBound))
            {
                var name = _symbols.GetString(LabelEditing.Find(row.Labels, _evaluation.NameLabel));
                _evaluation.Notes.Warn(
                    $"bucket label \"le\" is missing or has a malformed value of {AggregateEvaluator.Quoted(bound)}{ForMetric(name)}",
                    at);
                continue;
            }
            var group = _groups.GetOrAdd(scratch.AsSpan(0, LabelEditing.CopyWithout(row.Labels, _boundLabel, scratch)), out var added);
            if (added)
                _buckets.Add([]);
            _buckets[group].Add((upperBound, row));
        }
    }

    private delegate double BucketFunction(int step, Span<ClassicBucket> buckets);

    private void Compute(StepGrid grid, RowCollector collector, int label, string? labelValue, BucketFunction function)
    {
        var row = new double[grid.Count];
        var scratch = new LabelId[64];
        for (var group = 0; group < _groups.Count; group++)
        {
            _evaluation.Context.Tick(row.Length);
            ForcedMonotonic = false;
            var rows = _buckets[group];
            var buckets = new ClassicBucket[rows.Count];
            for (var step = 0; step < row.Length; step++)
            {
                var count = 0;
                foreach (var (upperBound, bucketRow) in rows)
                {
                    if (!StepRow.IsAbsent(bucketRow.Values[step]))
                        buckets[count++] = new ClassicBucket(upperBound, bucketRow.Values[step]);
                }
                row[step] = count == 0 ? StepRow.Absent : function(step, buckets.AsSpan(0, count));
            }
            var labels = _groups[group];
            if (ForcedMonotonic)
                NoteForced(labels);
            if (scratch.Length < labels.Length + 1)
                scratch = new LabelId[labels.Length * 2];
            var kept = LabelEditing.CopyWithout(labels, _evaluation.NameLabel, scratch);
            if (labelValue is not null)
                kept = LabelEditing.Set(scratch, kept, label, _symbols.Intern(labelValue));
            collector.Add(scratch.AsSpan(0, kept), row);
        }
    }

    private void NoteForced(ReadOnlySpan<LabelId> labels)
    {
        var name = _symbols.GetString(LabelEditing.Find(labels, _evaluation.NameLabel));
        var text = new StringBuilder("input to ").Append(_call.Function.Name).Append(" needed to be fixed for monotonicity ")
            .Append("(see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)").Append(ForMetric(name));
        _evaluation.Notes.Info(text.ToString(), _call.Span);
    }

    private static string ForMetric(string name) => name.Length == 0 ? "" : $" for metric name \"{name}\"";

    private static bool TryParseBound(string text, out double bound)
    {
        bound = text.ToUpperInvariant() switch
        {
            "+INF" or "INF" => double.PositiveInfinity,
            "-INF" => double.NegativeInfinity,
            _ => double.NaN,
        };
        return !double.IsNaN(bound) || double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out bound);
    }
}
