using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Triptych.LogQL.Syntax.Literals;

/// <summary>
/// A regular expression in RE2's syntax, carried over to .NET's engine that runs in linear time. Constructs that only one of
/// the two knows, or that they read differently and cannot be carried over, are refused. Immutable; any thread may use it.
/// </summary>
public sealed class Re2Pattern
{
    private Re2Pattern(string source, Re2Translation translation)
    {
        Source = source;
        Translated = translation.Text;
        GroupNames = translation.GroupNames;
        RequiredLiteral = translation.RequiredLiteral;
    }

    /// <summary>As the query has it.</summary>
    public string Source { get; }

    /// <summary>The same in .NET's syntax, without anchors of its own.</summary>
    public string Translated { get; }

    /// <summary>Named groups in order.</summary>
    public IReadOnlyList<string> GroupNames { get; }

    /// <summary>A text that each match contains; empty where none is certain.</summary>
    public string RequiredLiteral { get; }

    public static bool TryParse(string source, [NotNullWhen(true)] out Re2Pattern? pattern, out string problem)
    {
        pattern = null;
        var translation = Re2Translation.Of(source);
        if (translation.Problem.Length > 0)
        {
            problem = "error parsing regexp: " + translation.Problem;
            return false;
        }
        var candidate = new Re2Pattern(source, translation);
        try
        {
            candidate.Compile(anchored: false, dotMatchesNewline: false);
        }
        catch (RegexParseException error)
        {
            problem = "error parsing regexp: " + error.Error;
            return false;
        }
        catch (NotSupportedException)
        {
            problem = "error parsing regexp: expression is too large";
            return false;
        }
        pattern = candidate;
        problem = "";
        return true;
    }

    /// <summary>A matcher in linear time; labels are matched anchored, lines are not and there a dot matches newlines.</summary>
    public Regex Compile(bool anchored, bool dotMatchesNewline)
    {
        var options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;
        if (dotMatchesNewline)
            options |= RegexOptions.Singleline;
        return new Regex(anchored ? @"\A(?:" + Translated + @")\z" : Translated, options);
    }
}
