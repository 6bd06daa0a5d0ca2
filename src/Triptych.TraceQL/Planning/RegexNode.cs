using System.Text.RegularExpressions;

namespace Triptych.TraceQL.Planning;

/// <summary>A match of the whole text, decided once for each symbol. A list matches when one element does, and <c>!~</c> when none does.</summary>
internal sealed class RegexNode(bool negated, FieldNode operand, Regex pattern) : FieldNode
{
    private readonly Dictionary<int, bool> _verdicts = [];

    public override FieldValue Evaluate(SpanTable table, int row)
    {
        var value = operand.Evaluate(table, row);
        if (value.Kind == ValueKind.String)
        {
            return FieldValue.OfBoolean(Matches(table, value) != negated);
        }

        if (value.Kind != ValueKind.List)
        {
            return FieldValue.False;
        }

        foreach (var element in table.Lists[(int)value.Bits])
        {
            if (element.Kind == ValueKind.String && Matches(table, element))
            {
                return FieldValue.OfBoolean(!negated);
            }
        }

        return FieldValue.OfBoolean(negated);
    }

    private bool Matches(SpanTable table, FieldValue text)
    {
        var symbol = (int)text.Bits;
        if (!_verdicts.TryGetValue(symbol, out var verdict))
        {
            verdict = pattern.IsMatch(table.Symbols.GetString(symbol));
            _verdicts[symbol] = verdict;
        }

        return verdict;
    }
}
