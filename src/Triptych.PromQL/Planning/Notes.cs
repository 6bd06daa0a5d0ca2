using System.Globalization;
using Triptych.Primitives.Text;
using Triptych.PromQL.Syntax;
using Triptych.Query.Budgets;

namespace Triptych.PromQL.Planning;

/// <summary>Warnings and notes in the words that clients of Prometheus know, with the place in the query they are about.</summary>
internal static class Notes
{
    public static void Warn(QueryContext context, string text, SourceSpan at) =>
        context.Warn(string.Create(CultureInfo.InvariantCulture, $"PromQL warning: {text} (1:{at.Start + 1})"));

    public static void Info(QueryContext context, string text, SourceSpan at) =>
        context.Inform(string.Create(CultureInfo.InvariantCulture, $"PromQL info: {text} (1:{at.Start + 1})"));

    public static void CheckQuantiles(QueryContext context, double[] quantiles, SourceSpan at)
    {
        foreach (var quantile in quantiles)
        {
            if (double.IsNaN(quantile) || quantile is < 0 or > 1)
                Warn(context, $"quantile value should be between 0 and 1, got {FloatFormat.General(quantile)}", at);
        }
    }
}
