using Triptych.Primitives.Text;
using Triptych.PromQL.Functions.Histograms;
using Triptych.PromQL.Syntax;
using Triptych.Query.Budgets;

namespace Triptych.PromQL.Planning;

/// <summary>
/// Warnings and notes in the words that clients of Prometheus know, with line and column of what they are about. The same text counts once,
/// with the place where it was noted last.
/// </summary>
internal sealed class Notes(QueryContext context, string query)
{
    private readonly Dictionary<string, SourceSpan> _warnings = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SourceSpan> _infos = new(StringComparer.Ordinal);
    private readonly Dictionary<string, MonotonicNote> _forced = new(StringComparer.Ordinal);

    public void Warn(string text, SourceSpan at) => _warnings[text] = at;

    public void Info(string text, SourceSpan at) => _infos[text] = at;

    /// <summary>Notes that counts of a classic histogram were lifted at one step.</summary>
    public void Forced(MonotonicFix fix, long timeMs, string forMetric, SourceSpan at)
    {
        if (!_forced.TryGetValue(forMetric, out var note))
            _forced.Add(forMetric, note = new MonotonicNote(at));
        note.Add(fix, timeMs);
    }

    /// <summary>Hands all of them to the query's context, when nothing more comes.</summary>
    public void Tell()
    {
        foreach (var (text, at) in _warnings)
            context.Warn($"PromQL warning: {text} ({Place(at)})");
        foreach (var (text, at) in _infos)
            context.Inform($"PromQL info: {text} ({Place(at)})");
        foreach (var (forMetric, note) in _forced)
        {
            const string What = "input to histogram_quantile needed to be fixed for monotonicity "
                + "(see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)";
            context.Inform($"PromQL info: {What}{forMetric}{note} ({Place(note.At)})");
        }
    }

    public void CheckQuantiles(ReadOnlySpan<double> quantiles, SourceSpan at)
    {
        foreach (var quantile in quantiles)
        {
            if (double.IsNaN(quantile) || quantile is < 0 or > 1)
                Warn($"quantile value should be between 0 and 1, got {FloatFormat.General(quantile)}", at);
        }
    }

    /// <summary>Warns of the largest and of the smallest quantile, as aggregations do.</summary>
    public void CheckExtremeQuantiles(double[] quantiles, SourceSpan at)
    {
        if (quantiles.Any(double.IsNaN))
            CheckQuantiles([double.NaN], at);
        double[] numbers = [.. quantiles.Where(quantile => !double.IsNaN(quantile))];
        if (numbers.Length > 0)
            CheckQuantiles([numbers.Max(), numbers.Min()], at);
    }

    public void WarnOfRatio(double ratio, double cappedTo, SourceSpan at) =>
        Warn(
            $"ratio value should be between -1 and 1, got {FloatFormat.General(ratio)}, capping to {FloatFormat.General(cappedTo)}",
            at);

    private string Place(SourceSpan at)
    {
        var position = ParseError.At(query, at, "");
        return $"{position.Line}:{position.Column}";
    }
}
