using Triptych.PromQL.Syntax;
using Triptych.Query.Steps;

namespace Triptych.PromQL.Planning;

/// <summary>Warns of quantiles that are none, at the steps at which a series has one.</summary>
/// <param name="quantiles">The quantile of each step.</param>
internal sealed class QuantileNote(Notes notes, double[] quantiles, SourceSpan at)
{
    private readonly bool _hasWrong = quantiles.Any(quantile => !(quantile is >= 0 and <= 1));

    /// <summary>Looks at a row of answers.</summary>
    public void Check(ReadOnlySpan<double> row)
    {
        if (!_hasWrong)
            return;
        for (var i = 0; i < row.Length; i++)
        {
            if (!StepRow.IsAbsent(row[i]))
                notes.CheckQuantiles(quantiles.AsSpan(i, 1), at);
        }
    }
}
