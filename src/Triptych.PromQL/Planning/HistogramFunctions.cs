using System.Globalization;
using System.Text;
using Triptych.Columnar.Symbols;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Text;
using Triptych.PromQL.Functions.Histograms;
using Triptych.PromQL.Syntax;
using Triptych.Query;
using Triptych.Query.Histograms;
using Triptych.Query.Operators;
using Triptych.Query.Steps;

namespace Triptych.PromQL.Planning;

/// <summary>
/// histogram_quantile, histogram_quantiles and histogram_fraction over native histograms and over classic buckets, of which rows that are equal but for
/// <c>le</c> are one histogram. Where both have the same labels at one step there is no answer.
/// </summary>
internal sealed class HistogramFunctions
{
    private readonly Evaluation _evaluation;
    private readonly CallExpr _call;
    private readonly SymbolTable _symbols;
    private readonly int _boundLabel;
    private readonly LabelSetIndex _groups = new();
    private readonly List<Group> _members = [];
    private readonly HistogramQuantiles _native = new();
    private readonly List<(int Step, MonotonicFix Fix)> _fixes = [];
    private SourceSpan _vectorSpan;

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
        var matrix = await evaluation.CollectUnmarkedAsync(vector!, grid);
        var function = new HistogramFunctions(evaluation, call);
        function.SortIntoHistograms(matrix, Evaluation.Bare(vector!).Span);
        var collector = new RowCollector(evaluation.Context, grid, RowCollector.DuplicateLabelSet);
        switch (call.Function.Name)
        {
            case "histogram_fraction":
                function.Fraction(grid, collector, scalars[0], scalars[1]);
                break;
            case "histogram_quantile":
                evaluation.Notes.CheckQuantiles(scalars[0], Evaluation.Bare(call.Arguments[0]).Span);
                function.Quantile(grid, collector, scalars[0], SymbolTable.Empty, null);
                break;
            default:
                function.Quantiles(grid, collector, scalars, label!);
                break;
        }
        evaluation.Context.Release(RowCollector.MatrixBytes(matrix));
        evaluation.PassOn(collector.Finish(), sink);
    }

    private NanObservations Nan { get; set; }

    private void Fraction(StepGrid grid, RowCollector collector, double[] lower, double[] upper) =>
        Compute(
            grid,
            collector,
            SymbolTable.Empty,
            null,
            (step, buckets) =>
            {
                // That counts were lifted is told of quantiles only.
                var fix = MonotonicFix.None;
                return ClassicHistogram.Fraction(lower[step], upper[step], buckets, ref fix);
            },
            (step, histogram) =>
            {
                var fraction = _native.Fraction(lower[step], upper[step], histogram, out var nan);
                Nan = nan;
                return fraction;
            });

    private void Quantiles(StepGrid grid, RowCollector collector, List<double[]> quantiles, string label)
    {
        if (label.Length == 0 || !QuotedString.IsWellFormed(label))
            throw QueryFailedException.Execution($"invalid label name {AggregateEvaluator.Quoted(label)}");
        for (var i = 0; i < quantiles.Count; i++)
        {
            _evaluation.Notes.CheckQuantiles(quantiles[i], Evaluation.Bare(_call.Arguments[2 + i]).Span);
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
        Compute(
            grid,
            collector,
            label,
            labelValue,
            (step, buckets) =>
            {
                var fix = MonotonicFix.None;
                var value = ClassicHistogram.Quantile(quantiles[step], buckets, ref fix);
                if (fix.Any)
                    _fixes.Add((step, fix));
                return value;
            },
            (step, histogram) =>
            {
                var value = _native.Quantile(quantiles[step], histogram, out var nan);
                Nan = nan;
                return value;
            });

    private void SortIntoHistograms(StepMatrix matrix, SourceSpan at)
    {
        _vectorSpan = at;
        var scratch = new LabelId[64];
        foreach (var row in matrix.Rows)
        {
            if (row.Histograms is not null)
            {
                GroupOf(row.Labels).Natives.Add(row);
                if (!StepValues.HasAny(row.Values))
                    continue;
            }

            if (scratch.Length < row.Labels.Length)
                scratch = new LabelId[row.Labels.Length * 2];
            var bound = _symbols.GetString(LabelEditing.Find(row.Labels, _boundLabel));
            if (!TryParseBound(bound, out var upperBound))
            {
                _evaluation.Notes.Warn(
                    $"bucket label \"le\" is missing or has a malformed value of {AggregateEvaluator.Quoted(bound)}{ForNameIn(row.Labels)}", at);
                continue;
            }

            GroupOf(scratch.AsSpan(0, LabelEditing.CopyWithout(row.Labels, _boundLabel, scratch))).Buckets.Add((upperBound, row));
        }
    }

    private Group GroupOf(ReadOnlySpan<LabelId> labels)
    {
        var group = _groups.GetOrAdd(labels, out var added);
        if (added)
            _members.Add(new Group([], []));
        return _members[group];
    }

    private delegate double BucketFunction(int step, Span<ClassicBucket> buckets);

    private void Compute(
        StepGrid grid, RowCollector collector, int label, string? labelValue,
        BucketFunction ofBuckets, Func<int, FloatHistogram, double> ofHistogram)
    {
        var row = new double[grid.Count];
        var scratch = new LabelId[64];
        for (var group = 0; group < _groups.Count; group++)
        {
            _evaluation.Context.Tick(row.Length);
            _fixes.Clear();
            var members = _members[group];
            var buckets = new ClassicBucket[members.Buckets.Count];
            var labels = _groups[group];
            for (var step = 0; step < row.Length; step++)
            {
                var present = members.BucketsAt(step, buckets);
                row[step] = StepRow.Absent;
                if (members.NativeAt(step) is { } native)
                {
                    if (present.IsEmpty)
                        row[step] = OfNative(step, native, ofHistogram, labels);
                    else
                        _evaluation.Notes.Warn($"vector contains a mix of classic and native histograms{ForMetric(labels)}", _vectorSpan);
                }
                else if (!present.IsEmpty)
                {
                    row[step] = ofBuckets(step, present);
                }
            }

            foreach (var (step, fix) in _fixes)
                _evaluation.Notes.Forced(fix, grid.At(step), ForMetric(labels), _vectorSpan);
            if (scratch.Length < labels.Length + 2)
                scratch = new LabelId[(labels.Length * 2) + 2];
            var kept = _evaluation.Names.Drop(labels, scratch);
            if (labelValue is not null)
                kept = LabelEditing.Set(scratch, kept, label, _symbols.Intern(labelValue));
            collector.Add(scratch.AsSpan(0, kept), row);
        }
    }

    private double OfNative(int step, FloatHistogram histogram, Func<int, FloatHistogram, double> function, ReadOnlySpan<LabelId> labels)
    {
        var value = function(step, histogram);
        if (Nan == NanObservations.None)
            return value;
        var isFraction = _call.Function.Name == "histogram_fraction";
        var what = isFraction ? "which are excluded from all fractions"
            : Nan == NanObservations.Answer ? "result is NaN" : "result is skewed higher";
        _evaluation.Notes.Info(
            $"input to {(isFraction ? "histogram_fraction" : "histogram_quantile")} has NaN observations, {what}{ForMetric(labels)}", _vectorSpan);
        return value;
    }

    // Where names go at once, they are gone when this is told.
    private string ForMetric(ReadOnlySpan<LabelId> labels) => _evaluation.Names.IsDelayed ? ForNameIn(labels) : "";

    private string ForNameIn(ReadOnlySpan<LabelId> labels)
    {
        var name = _symbols.GetString(LabelEditing.Find(labels, _evaluation.NameLabel));
        return name.Length == 0 ? "" : $" for metric name \"{name}\"";
    }

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

    // Rows with the same labels but for le: classic buckets, native histograms, or by mistake both.
    private sealed record Group(List<(double UpperBound, StepRow Row)> Buckets, List<StepRow> Natives)
    {
        public FloatHistogram? NativeAt(int step)
        {
            foreach (var row in Natives)
            {
                if (row.Histograms![step] is { } histogram)
                    return histogram;
            }

            return null;
        }

        public Span<ClassicBucket> BucketsAt(int step, ClassicBucket[] scratch)
        {
            var count = 0;
            foreach (var (upperBound, row) in Buckets)
            {
                if (!StepRow.IsAbsent(row.Values[step]))
                    scratch[count++] = new ClassicBucket(upperBound, row.Values[step]);
            }

            return scratch.AsSpan(0, count);
        }
    }
}
