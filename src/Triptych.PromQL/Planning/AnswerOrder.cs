using Triptych.Columnar.Symbols;
using Triptych.PromQL.Syntax;

namespace Triptych.PromQL.Planning;

/// <summary>
/// In which order the series of an answer come: that of their labels, unless the outermost function of an instant query sorts.
/// </summary>
internal static class AnswerOrder
{
    /// <summary>The labels in the order of their names' bytes.</summary>
    public static LabelId[] SortByName(LabelId[] labels, SymbolTable symbols)
    {
        var sorted = (LabelId[])labels.Clone();
        Array.Sort(sorted, (a, b) => symbols.GetUtf8(a.Name).SequenceCompareTo(symbols.GetUtf8(b.Name)));
        return sorted;
    }

    public static List<AnswerSeries> ByLabels(List<AnswerSeries> series, SymbolTable symbols)
    {
        series.Sort((a, b) => CompareLabels(a.Labels, b.Labels, symbols));
        return series;
    }

    public static IReadOnlyList<AnswerSeries> OfInstant(Expr expression, List<AnswerSeries> series, SymbolTable symbols)
    {
        ByLabels(series, symbols);
        while (expression is ParenExpr paren)
            expression = paren.Inner;
        return expression switch
        {
            CallExpr { Function.Name: "sort" } => [.. series.OrderBy(Value, new NanLast(descending: false))],
            CallExpr { Function.Name: "sort_desc" } => [.. series.OrderBy(Value, new NanLast(descending: true))],
            AggregateExpr { Op: AggregateOp.Topk } top => ByGroup(top, series, symbols, descending: true),
            AggregateExpr { Op: AggregateOp.Bottomk } bottom => ByGroup(bottom, series, symbols, descending: false),
            CallExpr { Function.Name: "sort_by_label" } call => ByLabelValues(call, series, symbols, descending: false),
            CallExpr { Function.Name: "sort_by_label_desc" } call => ByLabelValues(call, series, symbols, descending: true),
            _ => series,
        };
    }

    private static IReadOnlyList<AnswerSeries> ByGroup(
        AggregateExpr aggregate, List<AnswerSeries> series, SymbolTable symbols, bool descending)
    {
        var names = aggregate.Grouping.Select(symbols.Intern).ToHashSet();
        return
        [
            .. series
                .GroupBy(item => string.Join(' ', item.Labels.ToArray().Where(label => names.Contains(label.Name) != aggregate.Without)))
                .SelectMany(group => group.OrderBy(Value, new NanLast(descending))),
        ];
    }

    private static IReadOnlyList<AnswerSeries> ByLabelValues(CallExpr call, List<AnswerSeries> series, SymbolTable symbols, bool descending)
    {
        var names = call.Arguments.Skip(1).Select(argument => symbols.Intern(Evaluation.StringOf(argument))).ToArray();
        int Compare(AnswerSeries a, AnswerSeries b)
        {
            foreach (var name in names)
            {
                var order = NaturalOrder.Compare(ValueOf(a, name, symbols), ValueOf(b, name, symbols));
                if (order != 0)
                    return order;
            }
            return CompareLabels(a.Labels, b.Labels, symbols);
        }
        series.Sort(descending ? (a, b) => Compare(b, a) : Compare);
        return series;
    }

    private static string ValueOf(AnswerSeries series, int name, SymbolTable symbols)
    {
        foreach (var label in series.Labels)
        {
            if (label.Name == name)
                return symbols.GetString(label.Value);
        }
        return "";
    }

    private static double Value(AnswerSeries series)
    {
        series.TryGetPoint(0, out _, out var value);
        return value;
    }

    private static int CompareLabels(ReadOnlySpan<LabelId> a, ReadOnlySpan<LabelId> b, SymbolTable symbols)
    {
        for (var i = 0; i < a.Length && i < b.Length; i++)
        {
            if (a[i] == b[i])
                continue;
            var order = a[i].Name == b[i].Name ? 0 : symbols.GetUtf8(a[i].Name).SequenceCompareTo(symbols.GetUtf8(b[i].Name));
            if (order == 0)
                order = symbols.GetUtf8(a[i].Value).SequenceCompareTo(symbols.GetUtf8(b[i].Value));
            if (order != 0)
                return order;
        }
        return a.Length - b.Length;
    }

    private sealed class NanLast(bool descending) : IComparer<double>
    {
        public int Compare(double x, double y)
        {
            if (double.IsNaN(x) || double.IsNaN(y))
                return double.IsNaN(x).CompareTo(double.IsNaN(y));
            return descending ? y.CompareTo(x) : x.CompareTo(y);
        }
    }
}

/// <summary>Orders text so that runs of digits compare as numbers: "node2" before "node10".</summary>
internal static class NaturalOrder
{
    public static int Compare(string a, string b)
    {
        int i = 0, j = 0;
        while (i < a.Length && j < b.Length)
        {
            if (char.IsAsciiDigit(a[i]) && char.IsAsciiDigit(b[j]))
            {
                var left = DigitRun(a, ref i);
                var right = DigitRun(b, ref j);
                var order = left.Length != right.Length ? left.Length - right.Length : left.SequenceCompareTo(right);
                if (order != 0)
                    return order;
            }
            else if (a[i] != b[j])
            {
                return a[i] - b[j];
            }
            else
            {
                i++;
                j++;
            }
        }
        var rest = (a.Length - i).CompareTo(b.Length - j);
        return rest != 0 ? rest : string.CompareOrdinal(a, b);
    }

    private static ReadOnlySpan<char> DigitRun(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
            at++;
        return text.AsSpan(start, at - start).TrimStart('0');
    }
}
