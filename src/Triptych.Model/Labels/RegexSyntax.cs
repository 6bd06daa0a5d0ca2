using System.Text.RegularExpressions;

namespace Triptych.Model.Labels;

/// <summary>
/// Compiles patterns in RE2's syntax, the one that the query languages document, with the runtime's engine that never backtracks.
/// What differs in spelling is translated; what RE2 does not have (look-around, back-references) that engine refuses as well.
/// </summary>
public static class RegexSyntax
{
    /// <summary>The longest pattern that is accepted, in characters.</summary>
    public const int MaxPatternLength = 16_384;

    private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    /// <summary>A pattern that has to cover the whole value; a dot matches a newline too. Null with a reason where it is not valid.</summary>
    public static Regex? TryCompileAnchored(string pattern, out string? error) => TryCompile($"\\A(?s:{pattern})\\z", pattern, Options, out error);

    /// <summary>A pattern that may match anywhere, as line filters do; a dot matches a newline too.</summary>
    public static Regex? TryCompileUnanchored(string pattern, out string? error) => TryCompile($"(?s:{pattern})", pattern, Options, out error);

    /// <summary>As <see cref="TryCompileUnanchored"/>, with numbered groups as well as named ones.</summary>
    public static Regex? TryCompileCapturing(string pattern, bool anchored, out string? error) => TryCompile(
        anchored ? $"\\A(?s:{pattern})\\z" : $"(?s:{pattern})", pattern, Options & ~RegexOptions.ExplicitCapture, out error);

    private static Regex? TryCompile(string wrapped, string pattern, RegexOptions options, out string? error)
    {
        error = null;
        if (pattern.Length > MaxPatternLength)
        {
            error = $"regular expression is longer than {MaxPatternLength} characters";
            return null;
        }

        try
        {
            // RE2 writes named groups (?P<name>…); the runtime writes (?<name>…).
            return new Regex(wrapped.Replace("(?P<", "(?<", StringComparison.Ordinal), options, Regex.InfiniteMatchTimeout);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            error = $"invalid regular expression \"{pattern}\": {e.Message}";
            return null;
        }
    }
}
