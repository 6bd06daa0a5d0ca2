using Triptych.Primitives.Text;
using Triptych.PromQL.Syntax;
using Triptych.Query.Budgets;

namespace Triptych.PromQL.Planning;

/// <summary>Warnings and notes in the words that clients of Prometheus know, with line and column of what they are about.</summary>
internal sealed class Notes(QueryContext context, string query)
{
    public void Warn(string text, SourceSpan at) => context.Warn($"PromQL warning: {text} ({Place(at)})");

    public void Info(string text, SourceSpan at) => context.Inform($"PromQL info: {text} ({Place(at)})");

    public void CheckQuantiles(double[] quantiles, SourceSpan at)
    {
        foreach (var quantile in quantiles)
        {
            if (double.IsNaN(quantile) || quantile is < 0 or > 1)
                Warn($"quantile value should be between 0 and 1, got {FloatFormat.General(quantile)}", at);
        }
    }

    private string Place(SourceSpan at)
    {
        var position = ParseError.At(query, at, "");
        return $"{position.Line}:{position.Column}";
    }
}
