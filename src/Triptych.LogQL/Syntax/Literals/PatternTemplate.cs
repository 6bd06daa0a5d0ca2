using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Triptych.LogQL.Syntax.Literals;

/// <summary>One piece of a pattern: a text, or a capture of anything (<see cref="Name"/> is <c>_</c> where it is skipped).</summary>
public readonly record struct PatternPart(string Text, string? Name)
{
    public bool IsCapture => Name is not null;
}

/// <summary>A pattern such as <c>&lt;ip&gt; - &lt;_&gt; "&lt;method&gt;</c>. Two captures never touch.</summary>
public sealed class PatternTemplate
{
    private PatternTemplate(string source, IReadOnlyList<PatternPart> parts)
    {
        Source = source;
        Parts = parts;
    }

    public string Source { get; }

    public IReadOnlyList<PatternPart> Parts { get; }

    /// <summary>Reads the pattern of a parser stage, which names at least one capture, each name once.</summary>
    public static bool TryParseExtraction(string source, [NotNullWhen(true)] out PatternTemplate? pattern, out string problem)
    {
        if (!TryParse(source, out pattern, out problem))
            return false;
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var part in pattern.Parts)
        {
            if (part.Name is null or "_")
                continue;
            if (!names.Add(part.Name))
                problem = $"duplicate capture name ({part.Name})";
        }
        if (names.Count == 0)
            problem = "at least one capture is required";
        return problem.Length == 0;
    }

    /// <summary>Reads the pattern of a line filter, which has only nameless wildcards <c>&lt;_&gt;</c>.</summary>
    public static bool TryParseFilter(string source, [NotNullWhen(true)] out PatternTemplate? pattern, out string problem)
    {
        if (!TryParse(source, out pattern, out problem))
            return false;
        foreach (var part in pattern.Parts)
        {
            if (part.Name is not null and not "_")
                problem = "named captures are not allowed in a line filter";
        }
        return problem.Length == 0;
    }

    /// <summary>A line filter's pattern that is known to be valid.</summary>
    /// <exception cref="ArgumentException">It is not.</exception>
    public static PatternTemplate ParseFilter(string source) =>
        TryParseFilter(source, out var pattern, out var problem) ? pattern : throw new ArgumentException(problem, nameof(source));

    private static bool TryParse(string source, [NotNullWhen(true)] out PatternTemplate? pattern, out string problem)
    {
        problem = "";
        pattern = null;
        var parts = new List<PatternPart>();
        var text = new StringBuilder();
        for (var i = 0; i < source.Length;)
        {
            var length = CaptureLength(source.AsSpan(i));
            if (length == 0)
            {
                text.Append(source[i++]);
                continue;
            }
            if (text.Length > 0)
                parts.Add(new PatternPart(text.ToString(), null));
            else if (parts.Count > 0)
                problem = "consecutive captures are not allowed";
            text.Clear();
            parts.Add(new PatternPart("", source.Substring(i + 1, length - 2)));
            i += length;
        }
        if (text.Length > 0)
            parts.Add(new PatternPart(text.ToString(), null));
        if (parts.Count == 0)
            problem = "empty pattern";
        if (problem.Length > 0)
            return false;
        pattern = new PatternTemplate(source, parts);
        return true;
    }

    /// <summary>Length of the <c>&lt;name&gt;</c> at the start of the text, 0 where it is plain text.</summary>
    private static int CaptureLength(ReadOnlySpan<char> text)
    {
        if (text.Length < 3 || text[0] != '<' || !(char.IsAsciiLetter(text[1]) || text[1] == '_'))
            return 0;
        for (var i = 2; i < text.Length; i++)
        {
            if (text[i] == '>')
                return i + 1;
            if (!char.IsAsciiLetterOrDigit(text[i]) && text[i] != '_')
                return 0;
        }
        return 0;
    }
}
