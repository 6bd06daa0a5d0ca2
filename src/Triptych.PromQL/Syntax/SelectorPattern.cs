using System.Text.RegularExpressions;

namespace Triptych.PromQL.Syntax;

/// <summary>What the type check asks of a matcher: is its regular expression well formed, does it match the empty string.</summary>
internal static class SelectorPattern
{
    /// <summary>Null if the matcher can be used, else one line that says why not.</summary>
    public static string? Problem(SelectorMatcher matcher)
    {
        if (matcher.Op is MatcherOp.Equal or MatcherOp.NotEqual)
            return null;
        try
        {
            Compile(matcher.Value);
            return null;
        }
        catch (Exception refusal) when (refusal is ArgumentException or NotSupportedException)
        {
            return $"error parsing regexp: {refusal.Message.ReplaceLineEndings(" ")}";
        }
    }

    public static bool MatchesEmpty(SelectorMatcher matcher) => matcher.Op switch
    {
        MatcherOp.Equal => matcher.Value.Length == 0,
        MatcherOp.NotEqual => matcher.Value.Length != 0,
        MatcherOp.Regex => Compile(matcher.Value).IsMatch(""),
        _ => !Compile(matcher.Value).IsMatch(""),
    };

    private static Regex Compile(string pattern) =>
        new($@"\A(?s:{pattern})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, Regex.InfiniteMatchTimeout);
}
