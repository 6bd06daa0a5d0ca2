using System.Text;
using Triptych.LogQL.Syntax.Literals;

namespace Triptych.LogQL.Stages;

/// <summary>
/// Texts and captures in turn, each text at its first place behind the one before. As a line filter a capture takes at least one byte,
/// the first text
/// may stand anywhere, and the pattern ends where the line ends.
/// </summary>
internal sealed class PatternMatcher(PatternTemplate template)
{
    private readonly (byte[] Text, string? Name)[] _parts = [.. template.Parts.Select(p => (Encoding.UTF8.GetBytes(p.Text), p.Name))];

    /// <summary>The pattern as a line filter.</summary>
    public bool Test(ReadOnlySpan<byte> line)
    {
        var at = 0;
        for (var i = 0; i < _parts.Length; i++)
        {
            if (_parts[i].Name is not null) continue;
            var found = line[at..].IndexOf(_parts[i].Text);
            if (found < 0 || (found == 0 && i != 0)) return false;
            at += found + _parts[i].Text.Length;
        }

        return (_parts[^1].Name is not null) == (at < line.Length);
    }

    /// <summary>
    /// Finds what the captures take, from the start of the line; a capture whose closing text is missing takes the rest. Returns how many
    /// captures of
    /// <paramref name="captures"/> (start and length, in order, skipped ones included) were filled; 0 where the line begins otherwise.
    /// </summary>
    public int Capture(ReadOnlySpan<byte> line, Span<(int Start, int Length)> captures)
    {
        var at = 0;
        var count = 0;
        for (var i = 0; i < _parts.Length; i++)
        {
            if (_parts[i].Name is null)
            {
                if (!line[at..].StartsWith(_parts[i].Text)) return count;
                at += _parts[i].Text.Length;
                continue;
            }

            var end = i + 1 < _parts.Length ? line[at..].IndexOf(_parts[i + 1].Text) : line.Length - at;
            captures[count++] = (at, end < 0 ? line.Length - at : end);
            if (end < 0) return count;
            at += end;
        }

        return count;
    }

    /// <summary>The captures' names in order, <c>_</c> where they are skipped.</summary>
    public IEnumerable<string> CaptureNames => _parts.Where(p => p.Name is not null).Select(p => p.Name!);
}
