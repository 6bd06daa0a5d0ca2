using System.Text;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.LogQL.Syntax;
using Triptych.LogQL.Syntax.Literals;
using Triptych.Model.Attributes;
using Triptych.Model.Labels;

namespace Triptych.LogQL.Planning;

/// <summary>Stages as conditions that a scan evaluates, so that it can skip what cannot match.</summary>
internal static class PredicateBuilder
{
    /// <summary>The line filter exactly, or null where the scan cannot evaluate it.</summary>
    public static RowPredicate? Exact(LineFilterStage filter)
    {
        var parts = new List<RowPredicate>(filter.Values.Count);
        foreach (var value in filter.Values)
        {
            if (value.IsIp || filter.Kind is LineFilterKind.Pattern or LineFilterKind.NotPattern) return null;
            parts.Add(filter.Kind is LineFilterKind.Regex or LineFilterKind.NotRegex ? Regex(value.Text) : Contains(value.Text));
        }

        var any = parts.Count == 1 ? parts[0] : new RowPredicate.Or(parts);
        return filter.Kind is LineFilterKind.NotContains or LineFilterKind.NotRegex ? new RowPredicate.Not(any) : any;
    }

    /// <summary>A condition that each line has to satisfy to pass a pattern filter, or null.</summary>
    public static RowPredicate? Necessary(LineFilterStage filter)
    {
        if (filter.Kind != LineFilterKind.Pattern) return null;
        var alternatives = new List<RowPredicate>();
        foreach (var value in filter.Values)
        {
            var template = PatternTemplate.ParseFilter(value.Text);
            alternatives.Add(new RowPredicate.And([.. template.Parts.Where(p => !p.IsCapture).Select(p => Contains(p.Text))]));
        }

        return new RowPredicate.Or(alternatives);
    }

    /// <summary>A text condition on structured metadata, for labels that no stream has; null where the filter has other parts.</summary>
    public static RowPredicate? OnMetadata(LabelFilter filter)
    {
        switch (filter)
        {
            case TextLabelFilter text:
                return OnMetadata(text.Matcher);
            case CombinedLabelFilter combined:
                if (OnMetadata(combined.Left) is not { } left || OnMetadata(combined.Right) is not { } right) return null;
                return combined.IsOr ? new RowPredicate.Or([left, right]) : new RowPredicate.And([left, right]);
            default:
                return null;
        }
    }

    /// <summary>
    /// A condition that holds for each row that a filter keeps, for labels that no stream has: a text that is no number is an error, which keeps the row.
    /// True only as long as no stage before can have made an error. Null where nothing is known.
    /// </summary>
    public static RowPredicate? NecessaryOnMetadata(LabelFilter filter)
    {
        switch (filter)
        {
            case TextLabelFilter text:
                return OnMetadata(text.Matcher);
            case CombinedLabelFilter { IsOr: false } both:
                // An error on the left keeps the row, whatever is on the right.
                var first = NecessaryOnMetadata(both.Left);
                return OnMetadata(both.Left) is null || NecessaryOnMetadata(both.Right) is not { } second ? first : new RowPredicate.And([first!, second]);
            case CombinedLabelFilter either:
                return NecessaryOnMetadata(either.Left) is { } left && NecessaryOnMetadata(either.Right) is { } right
                    ? new RowPredicate.Or([left, right])
                    : null;
            default:
                if (LabelsOf(filter).SingleOrDefault() is not { } label || label == LabelNames.DetectedLevel) return null;
                var column = LogColumns.MetadataValue(label);
                return FieldConditions.Of(filter) is { } condition ? new RowPredicate.MayHold(column, condition) : new RowPredicate.Exists(column);
        }
    }

    /// <summary>Labels that a filter looks at.</summary>
    public static IEnumerable<string> LabelsOf(LabelFilter filter) => filter switch
    {
        TextLabelFilter text => [text.Matcher.Label],
        NumberLabelFilter number => [number.Label],
        DurationLabelFilter duration => [duration.Label],
        BytesLabelFilter bytes => [bytes.Label],
        IpLabelFilter ip => [ip.Label],
        CombinedLabelFilter combined => LabelsOf(combined.Left).Concat(LabelsOf(combined.Right)),
        _ => [],
    };

    private static RowPredicate OnMetadata(LabelMatcherNode matcher)
    {
        var column = matcher.Label == LabelNames.DetectedLevel ? LogColumns.Level : LogColumns.MetadataValue(matcher.Label);
        var positive = matcher.Kind is MatcherKind.Equal or MatcherKind.NotEqual
            ? EqualTo(column, matcher.Value)
            : Matching(column, matcher.Value);
        return matcher.Kind is MatcherKind.Equal or MatcherKind.Regex ? positive : new RowPredicate.Not(positive);
    }

    private static RowPredicate EqualTo(ColumnRef column, string value) => value.Length == 0
        ? new RowPredicate.Not(new RowPredicate.Exists(column))
        : new RowPredicate.Compare(column, CompareOp.Equal, AttributeValue.String(value));

    private static RowPredicate Matching(ColumnRef column, string pattern)
    {
        var regex = RegexSyntax.TryCompileAnchored(pattern, out _)!;
        var matches = new RowPredicate.Matches(column, regex, Literals(pattern));
        return regex.IsMatch("") ? new RowPredicate.Or([matches, new RowPredicate.Not(new RowPredicate.Exists(column))]) : matches;
    }

    private static RowPredicate.Contains Contains(string text) => new(LogColumns.Line, Encoding.UTF8.GetBytes(text));

    private static RowPredicate Regex(string pattern)
    {
        if (RegexSyntax.TryAnalyze(pattern, out _)!.IsLiteral) return Contains(pattern);
        var literals = Literals(pattern);
        var matches = new RowPredicate.Matches(LogColumns.Line, RegexSyntax.TryCompileUnanchored(pattern, out _)!, literals)
        {
            RequiredAnyCase = [.. RegexTexts.InAnyCase(pattern).Select(text => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(text))],
        };
        var texts = RegexTexts.Of(pattern);
        if (texts.Count < 2) return matches;

        // What all matches have is looked for first: it is one search, not one for each text.
        var any = new RowPredicate.Or([.. texts.Select(Contains)]);
        return new RowPredicate.And([.. literals.Select(l => new RowPredicate.Contains(LogColumns.Line, l)), any, matches]);
    }

    private static IReadOnlyList<ReadOnlyMemory<byte>> Literals(string pattern)
    {
        var literal = RegexSyntax.TryAnalyze(pattern, out _)!.RequiredLiteral;
        return literal.Length == 0 || literal.Contains('\uFFFD', StringComparison.Ordinal) ? [] : [Encoding.UTF8.GetBytes(literal)];
    }
}
