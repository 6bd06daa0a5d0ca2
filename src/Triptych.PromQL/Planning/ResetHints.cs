using Triptych.Model.Metrics;
using Triptych.PromQL.Syntax;
using Triptych.Query.Histograms;

namespace Triptych.PromQL.Planning;

/// <summary>What histograms are told to say of their counters before functions see them.</summary>
internal static class ResetHints
{
    /// <summary>
    /// The selectors in an expression, by identity, of whose histograms only count and sum matter: those below histogram_count, histogram_sum or
    /// histogram_avg. For them Prometheus looks for resets from sample to sample while it reads, so that sums can warn where some counters started anew
    /// and others did not.
    /// </summary>
    public static HashSet<VectorSelector> FindTotals(Expr expression)
    {
        var found = new HashSet<VectorSelector>(ReferenceEqualityComparer.Instance);
        Visit(expression, onlyTotals: false, found);
        return found;
    }

    /// <summary>Tells of each histogram that says nothing about its counter whether it started anew since the one before.</summary>
    public static FloatHistogram?[] WithResets(ReadOnlySpan<FloatHistogram?> histograms)
    {
        var told = histograms.ToArray();
        FloatHistogram? previous = null;
        for (var i = 0; i < told.Length; i++)
        {
            if (told[i] is not { } histogram || SpecialValues.IsStale(histogram.Sum))
                continue;
            if (previous is not null && histogram.ResetHint == CounterResetHint.Unknown)
            {
                var isReset = HistogramResets.IsReset(histogram, previous);
                told[i] = histogram with { ResetHint = isReset ? CounterResetHint.Reset : CounterResetHint.NotReset };
            }

            previous = histogram;
        }

        return told;
    }

    /// <summary>
    /// The histograms of a subquery, which leaves samples out or takes them twice. That a counter began anew at a sample holds where the sample is seen
    /// first, whatever was left out before it; that it did not, or where it is seen again, says nothing any more.
    /// </summary>
    public static ReadOnlySpan<FloatHistogram?> OfSubquery(ReadOnlySpan<FloatHistogram?> histograms)
    {
        FloatHistogram?[]? told = null;
        FloatHistogram? previous = null;
        FloatHistogram? untold = null;
        for (var i = 0; i < histograms.Length; i++)
        {
            if (histograms[i] is not { } histogram)
                continue;
            var isSeenAgain = ReferenceEquals(histogram, previous);
            if (!isSeenAgain)
                untold = null;
            previous = histogram;
            if (histogram.ResetHint is not CounterResetHint.NotReset && !(histogram.ResetHint is CounterResetHint.Reset && isSeenAgain))
                continue;
            told ??= histograms.ToArray();
            told[i] = untold ??= histogram with { ResetHint = CounterResetHint.Unknown };
        }

        return told ?? histograms;
    }

    private static void Visit(Expr expression, bool onlyTotals, HashSet<VectorSelector> found)
    {
        switch (expression)
        {
            case VectorSelector selector when onlyTotals:
                found.Add(selector);
                break;
            case MatrixSelector matrix:
                Visit(matrix.Selector, onlyTotals, found);
                break;
            case ParenExpr paren:
                Visit(paren.Inner, onlyTotals, found);
                break;
            case UnaryExpr unary:
                Visit(unary.Inner, onlyTotals, found);
                break;
            case AggregateExpr aggregate:
                Visit(aggregate.Inner, onlyTotals, found);
                break;
            case BinaryExpr binary:
                Expr operand = binary;
                while (operand is BinaryExpr { Op: not (BinaryOp.TrimUpper or BinaryOp.TrimLower) } link)
                {
                    Visit(link.Right, onlyTotals, found);
                    operand = link.Left;
                }
                if (operand is not BinaryExpr)
                    Visit(operand, onlyTotals, found);
                break;
            case CallExpr { Function.Name: not ("histogram_quantile" or "histogram_quantiles" or "histogram_fraction") } call:
                var totals = onlyTotals || call.Function.Name is "histogram_count" or "histogram_sum" or "histogram_avg";
                foreach (var argument in call.Arguments)
                    Visit(argument, totals, found);
                break;
            default:
                // Subqueries, quantiles and trims need the buckets.
                break;
        }
    }
}
