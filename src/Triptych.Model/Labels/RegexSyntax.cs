using System.Text.RegularExpressions;

namespace Triptych.Model.Labels;

/// <summary>What can be told about a valid pattern without running it.</summary>
/// <param name="GroupNames">Named groups in order.</param>
/// <param name="RequiredLiteral">A text that each match contains, case and all; empty where none is certain.</param>
/// <param name="IsLiteral">True where the pattern is nothing but <paramref name="RequiredLiteral"/>.</param>
public sealed record RegexParts(IReadOnlyList<string> GroupNames, string RequiredLiteral, bool IsLiteral);

/// <summary>
/// Compiles patterns in RE2's syntax, the one that the query languages document, with the runtime's engine that never backtracks.
/// What differs in spelling or meaning is translated (ASCII classes, <c>$</c>, <c>\Q…\E</c>, brackets in classes); what RE2 does not have
/// (look-around, back-references) or what cannot be carried over is refused.
/// </summary>
public static class RegexSyntax
{
    /// <summary>The longest pattern that is accepted, in characters.</summary>
    public const int MaxPatternLength = 16_384;

    private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    /// <summary>
    /// A pattern that has to cover the whole value; a dot matches a newline too. Null with a reason where it is not valid.
    /// </summary>
    public static Regex? TryCompileAnchored(string pattern, out string? error) => TryCompile(pattern, anchored: true, Options, out error);

    /// <summary>A pattern that may match anywhere, as line filters do; a dot matches a newline too.</summary>
    public static Regex? TryCompileUnanchored(string pattern, out string? error) =>
        TryCompile(pattern, anchored: false, Options, out error);

    /// <summary>As <see cref="TryCompileUnanchored"/>, with numbered groups as well as named ones.</summary>
    public static Regex? TryCompileCapturing(string pattern, bool anchored, out string? error) =>
        TryCompile(pattern, anchored, Options & ~RegexOptions.ExplicitCapture, out error);

    /// <summary>What the pattern is made of; null with a reason where it is not valid.</summary>
    public static RegexParts? TryAnalyze(string pattern, out string? error)
    {
        if (TryCompileUnanchored(pattern, out error) is null) return null;
        var translation = Re2Translation.Of(pattern);
        return new RegexParts(translation.GroupNames, translation.RequiredLiteral, translation.IsLiteral);
    }

    private static Regex? TryCompile(string pattern, bool anchored, RegexOptions options, out string? error)
    {
        error = null;
        if (pattern.Length > MaxPatternLength)
        {
            error = $"regular expression is longer than {MaxPatternLength} characters";
            return null;
        }

        var translation = Re2Translation.Of(pattern);
        if (translation.Problem.Length > 0)
        {
            error = $"invalid regular expression \"{pattern}\": {translation.Problem}";
            return null;
        }

        try
        {
            return new Regex(anchored ? $"\\A(?s:{translation.Text})\\z" : $"(?s:{translation.Text})", options, Regex.InfiniteMatchTimeout);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            error = $"invalid regular expression \"{pattern}\": {e.Message}";
            return null;
        }
    }
}
