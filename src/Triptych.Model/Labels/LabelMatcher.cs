using System.Text.RegularExpressions;

namespace Triptych.Model.Labels;

/// <summary>
/// One condition on a label. A label that is missing counts as the empty string. Regexes are fully anchored, a dot matches a
/// newline, and they run on the engine that never backtracks, so that no pattern from outside can hold a core.
/// </summary>
public sealed class LabelMatcher
{
    private readonly Regex? _regex;
    private readonly HashSet<string>? _alternatives;

    private LabelMatcher(string name, MatchOp op, string value, Regex? regex, HashSet<string>? alternatives)
    {
        Name = name;
        Op = op;
        Value = value;
        _regex = regex;
        _alternatives = alternatives;
    }

    /// <summary>The label's name; <c>__name__</c> is the metric's name.</summary>
    public string Name { get; }

    /// <summary>How <see cref="Value"/> is compared.</summary>
    public MatchOp Op { get; }

    /// <summary>The literal or the pattern as written.</summary>
    public string Value { get; }

    /// <summary>True where the matcher holds for a series that lacks the label.</summary>
    public bool MatchesEmpty => Matches("");

    /// <summary>
    /// The literals that a regex is made of (<c>a|b|c</c>) or the value of an equality; null where it is not such a list.
    /// Stores look these up in their postings instead of testing every value.
    /// </summary>
    public IReadOnlyCollection<string>? Literals => Op is MatchOp.Equal or MatchOp.NotEqual ? [Value] : _alternatives;

    /// <summary>Makes a matcher; <paramref name="error"/> says why a pattern is not valid.</summary>
    public static LabelMatcher? TryCreate(string name, MatchOp op, string value, out string? error)
    {
        error = null;
        if (op is MatchOp.Equal or MatchOp.NotEqual) return new LabelMatcher(name, op, value, null, null);
        if (SplitAlternatives(value) is { } alternatives) return new LabelMatcher(name, op, value, null, alternatives);
        if (RegexSyntax.TryCompileAnchored(value, out error) is not { } regex) return null;
        return new LabelMatcher(name, op, value, regex, null);
    }

    /// <summary>Makes a regex matcher for a list of literals, whatever characters they have.</summary>
    public static LabelMatcher OneOf(string name, IEnumerable<string> literals)
    {
        var alternatives = new HashSet<string>(literals, StringComparer.Ordinal);
        var pattern = string.Join('|', alternatives.Order(StringComparer.Ordinal).Select(Regex.Escape));
        return new LabelMatcher(name, MatchOp.Regex, pattern, null, alternatives);
    }

    /// <summary>Makes a matcher whose pattern is known to be valid.</summary>
    /// <exception cref="ArgumentException">The pattern is not valid.</exception>
    public static LabelMatcher Create(string name, MatchOp op, string value) =>
        TryCreate(name, op, value, out var error) ?? throw new ArgumentException(error, nameof(value));

    /// <summary>Whether a label with this value (empty where it is missing) satisfies the matcher.</summary>
    public bool Matches(string value) => Op switch
    {
        MatchOp.Equal => string.Equals(value, Value, StringComparison.Ordinal),
        MatchOp.NotEqual => !string.Equals(value, Value, StringComparison.Ordinal),
        MatchOp.Regex => MatchesPattern(value),
        _ => !MatchesPattern(value),
    };

    /// <inheritdoc/>
    public override string ToString()
    {
        var op = Op switch { MatchOp.Equal => "=", MatchOp.NotEqual => "!=", MatchOp.Regex => "=~", _ => "!~" };
        return $"{Name}{op}\"{Value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
    }

    private bool MatchesPattern(string value) => _alternatives is not null ? _alternatives.Contains(value) : _regex!.IsMatch(value);

    private static HashSet<string>? SplitAlternatives(string pattern)
    {
        foreach (var c in pattern)
        {
            if (c is '\\' or '.' or '*' or '+' or '?' or '(' or ')' or '[' or ']' or '{' or '}' or '^' or '$') return null;
        }

        return new HashSet<string>(pattern.Split('|'), StringComparer.Ordinal);
    }
}
