using System.Text;
using Triptych.Columnar.Rows;
using Triptych.LogQL.Stages;
using Triptych.LogQL.Syntax;
using Triptych.Model.Labels;

namespace Triptych.LogQL.Planning;

/// <summary>Label filters as conditions on fields, with the verdicts of <see cref="LabelFilterRowStage"/>.</summary>
internal static class FieldConditions
{
    private delegate bool TryRead(ReadOnlySpan<byte> text, out double value);

    /// <summary>The condition of a filter on one label; null for filters of other kinds.</summary>
    public static FieldCondition? Of(LabelFilter filter) => filter switch
    {
        TextLabelFilter text => new TextCondition(text.Matcher),
        NumberLabelFilter number => new NumberCondition(number.Label, number.Comparison, number.Value, ValueText.TryNumber, isPlain: true),
        DurationLabelFilter duration => new NumberCondition(duration.Label, duration.Comparison, duration.Nanos, ValueText.TryDurationNanos, isPlain: false),
        BytesLabelFilter bytes => new NumberCondition(bytes.Label, bytes.Comparison, bytes.SizeBytes, ValueText.TryBytes, isPlain: false),
        _ => null,
    };

    private static FieldVerdict VerdictOf(bool holds) => holds ? FieldVerdict.Holds : FieldVerdict.Fails;

    /// <summary>A comparison with a number. A text that is none is an error, which keeps the row.</summary>
    private sealed class NumberCondition(string label, ComparisonKind comparison, double wanted, TryRead read, bool isPlain) : FieldCondition(label)
    {
        public override FieldVerdict OfNothing => FieldVerdict.Fails;

        public override FieldVerdict OfNumber(in LineField number)
        {
            if (isPlain) return Compare(number.Number);
            Span<byte> text = stackalloc byte[FieldNumber.MaxTextBytes];
            return OfText(text[..number.WriteNumber(text)]);
        }

        public override FieldVerdict OfText(ReadOnlySpan<byte> text)
        {
            if (text.IsEmpty) return FieldVerdict.Fails;
            return read(text, out var value) ? Compare(value) : FieldVerdict.Undecided;
        }

        private FieldVerdict Compare(double value) => VerdictOf(LabelFilterRowStage.Holds(comparison, value, wanted));
    }

    /// <summary>A matcher. A label that is missing is empty.</summary>
    private sealed class TextCondition : FieldCondition
    {
        private readonly byte[] _value;
        private readonly bool _negated;
        private readonly LabelMatcher? _regex;

        public TextCondition(LabelMatcherNode matcher)
            : base(matcher.Label)
        {
            _value = Encoding.UTF8.GetBytes(matcher.Value);
            _negated = matcher.Kind == MatcherKind.NotEqual;
            _regex = matcher.Kind switch
            {
                MatcherKind.Regex => LabelMatcher.Create(matcher.Label, MatchOp.Regex, matcher.Value),
                MatcherKind.NotRegex => LabelMatcher.Create(matcher.Label, MatchOp.NotRegex, matcher.Value),
                _ => null,
            };
        }

        public override FieldVerdict OfNothing => OfText([]);

        public override FieldVerdict OfNumber(in LineField number)
        {
            // A regex on each of many numbers would cost more than it spares.
            if (_regex is not null) return FieldVerdict.Undecided;
            Span<byte> text = stackalloc byte[FieldNumber.MaxTextBytes];
            return OfText(text[..number.WriteNumber(text)]);
        }

        public override FieldVerdict OfText(ReadOnlySpan<byte> text) =>
            VerdictOf(_regex is null ? text.SequenceEqual(_value) != _negated : _regex.Matches(Encoding.UTF8.GetString(text)));
    }
}
