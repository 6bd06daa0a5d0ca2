using System.Buffers.Text;
using System.Net;
using System.Text;
using Triptych.Columnar.Symbols;
using Triptych.LogQL.Syntax;
using Triptych.LogQL.Syntax.Literals;
using Triptych.Model.Labels;

namespace Triptych.LogQL.Stages;

/// <summary>
/// A condition on labels. A label that is missing is empty for text and no match for numbers; one that is no number is an error on the
/// row, which
/// keeps it. Rows with an error pass all but the text conditions, so that only <c>__error__</c> can turn them away.
/// </summary>
internal sealed class LabelFilterRowStage(LabelFilter filter, SymbolTable symbols) : RowStage
{
    public const string Error = "LabelFilterErr";

    private readonly Test _test = Build(filter, symbols);

    private delegate bool Test(RowLabels labels);

    private delegate bool TryRead(ReadOnlySpan<byte> text, out double value);

    public override bool MayDrop => true;

    public override bool ReadsLine => false;

    public override bool Apply(ref Row row) => _test(row.Labels);

    /// <summary>Whether a comparison holds.</summary>
    public static bool Holds(ComparisonKind comparison, double value, double wanted) => comparison switch
    {
        ComparisonKind.Equal => value == wanted,
        ComparisonKind.NotEqual => value != wanted,
        ComparisonKind.Greater => value > wanted,
        ComparisonKind.GreaterOrEqual => value >= wanted,
        ComparisonKind.Less => value < wanted,
        _ => value <= wanted,
    };

    private static Test Build(LabelFilter filter, SymbolTable symbols)
    {
        switch (filter)
        {
            case TextLabelFilter text:
                var condition = new LabelCondition(text.Matcher, symbols);
                return condition.Holds;
            case NumberLabelFilter number:
                return Compare(symbols.Intern(number.Label), number.Comparison, number.Value, ValueText.TryNumber, "number");
            case DurationLabelFilter duration:
                return Compare(symbols.Intern(duration.Label), duration.Comparison, duration.Nanos, ValueText.TryDurationNanos, "duration");
            case BytesLabelFilter bytes:
                return Compare(symbols.Intern(bytes.Label), bytes.Comparison, bytes.SizeBytes, ValueText.TryBytes, "size");
            case IpLabelFilter ip:
                return Address(ip, symbols.Intern(ip.Label));
            case CombinedLabelFilter combined:
                var left = Build(combined.Left, symbols);
                var right = Build(combined.Right, symbols);
                return combined.IsOr ? labels => left(labels) || right(labels) : labels => left(labels) && right(labels);
            default:
                throw new InvalidOperationException($"unknown label filter {filter.GetType().Name}");
        }
    }

    private static Test Compare(int name, ComparisonKind comparison, double wanted, TryRead read, string kind) => labels =>
    {
        if (labels.Error is not null) return true;
        var text = labels.Get(name);
        if (text.IsEmpty) return false;
        if (!read(text, out var value))
        {
            labels.Fail(Error, $"label value is no {kind}");
            return true;
        }

        return Holds(comparison, value, wanted);
    };

    private static Test Address(IpLabelFilter filter, int name)
    {
        var pattern = IpPattern.Parse(filter.Pattern);
        return labels =>
        {
            if (labels.Error is not null) return true;
            var text = labels.Get(name);
            if (text.IsEmpty) return false;
            var contained = IPAddress.TryParse(Encoding.UTF8.GetString(text), out var address) && pattern.Contains(address);
            return contained != filter.Negated;
        };
    }
}

/// <summary>One matcher on a row's labels.</summary>
internal sealed class LabelCondition
{
    private readonly LabelMatcher? _regex;
    private readonly byte[] _value;
    private readonly bool _negated;
    private byte[] _lastText = [];
    private bool _lastVerdict;
    private bool _hasLast;

    public LabelCondition(LabelMatcherNode node, SymbolTable symbols)
    {
        Name = symbols.Intern(node.Label);
        _value = Encoding.UTF8.GetBytes(node.Value);
        _negated = node.Kind == MatcherKind.NotEqual;
        if (node.Kind is MatcherKind.Regex or MatcherKind.NotRegex)
            _regex = LabelMatcher.Create(node.Label, node.Kind == MatcherKind.Regex ? MatchOp.Regex : MatchOp.NotRegex, node.Value);
    }

    public int Name { get; }

    public bool Holds(RowLabels labels)
    {
        var text = labels.Get(Name);
        if (_regex is null) return text.SequenceEqual(_value) != _negated;
        // Neighbouring rows often have the same value; the regex then runs once.
        if (_hasLast && text.SequenceEqual(_lastText)) return _lastVerdict;
        _lastVerdict = _regex.Matches(Encoding.UTF8.GetString(text));
        _lastText = text.ToArray();
        _hasLast = true;
        return _lastVerdict;
    }
}

/// <summary>Label values as numbers.</summary>
internal static class ValueText
{
    /// <summary>By Go's rules: infinity in any case and with a sign, nan without, and no number that is too large for a double.</summary>
    public static bool TryNumber(ReadOnlySpan<byte> text, out double value)
    {
        var isNegative = text.Length > 0 && text[0] == (byte)'-';
        var rest = isNegative || (text.Length > 0 && text[0] == (byte)'+') ? text[1..] : text;
        value = 0;
        if (rest.IsEmpty || rest[0] is (byte)'+' or (byte)'-') return false;
        if (Ascii.EqualsIgnoreCase(rest, "inf"u8) || Ascii.EqualsIgnoreCase(rest, "infinity"u8))
        {
            value = double.PositiveInfinity;
        }
        else if (Ascii.EqualsIgnoreCase(rest, "nan"u8))
        {
            value = double.NaN;
            return rest.Length == text.Length;
        }
        else if (!Utf8Parser.TryParse(rest, out value, out var used) || used != rest.Length || !double.IsFinite(value))
        {
            return false;
        }

        if (isNegative) value = -value;
        return true;
    }

    public static bool TryDurationNanos(ReadOnlySpan<byte> text, out double nanos)
    {
        Span<char> characters = stackalloc char[64];
        nanos = 0;
        if (text.Length > characters.Length || !Encoding.UTF8.TryGetChars(text, characters, out var length)) return false;
        if (!Quantities.TryParseDuration(characters[..length], out var parsed)) return false;
        nanos = parsed;
        return true;
    }

    public static bool TryBytes(ReadOnlySpan<byte> text, out double sizeBytes)
    {
        Span<char> characters = stackalloc char[64];
        sizeBytes = 0;
        return text.Length <= characters.Length && Encoding.UTF8.TryGetChars(text, characters, out var length)
            && Quantities.TryParseBytes(characters[..length], out sizeBytes);
    }
}
