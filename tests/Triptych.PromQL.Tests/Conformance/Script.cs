using System.Globalization;
using System.Text.RegularExpressions;
using Triptych.PromQL.Syntax;

namespace Triptych.PromQL.Tests.Conformance;

/// <summary>A command of a script, with the line it stands in.</summary>
internal abstract record ScriptCommand(int Line);

internal sealed record ClearCommand(int Line) : ScriptCommand(Line);

internal sealed record LoadCommand(int Line, long StepMs, bool WithCustomBuckets, IReadOnlyList<string> Series)
    : ScriptCommand(Line);

/// <param name="StepMs">0 for an instant query.</param>
/// <param name="Expectations">What stands behind <c>expect</c>.</param>
/// <param name="Results">The lines that are no expectations.</param>
internal sealed record EvalCommand(
    int Line, string Form, string Query, long StartMs, long EndMs, long StepMs, IReadOnlyList<string> Expectations, IReadOnlyList<string> Results)
    : ScriptCommand(Line)
{
    public bool Has(string expectation) => Expectations.Any(e => e == expectation || e.StartsWith(expectation + " ", StringComparison.Ordinal));

    public bool MustFail => Form == "_fail" || Has("fail");
}

/// <summary>Reads the test scripts of the peers.</summary>
internal static partial class Script
{
    [GeneratedRegex(@"^eval(?<form>_fail|_warn|_info|_ordered)?\s+instant\s+at\s+(?<start>\S+)\s+(?<query>.+)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Instant();

    [GeneratedRegex(
        @"^eval(?<form>_fail|_warn|_info|_ordered)?\s+range\s+from\s+(?<start>\S+)\s+to\s+(?<end>\S+)\s+step\s+(?<step>\S+)\s+(?<query>.+)$",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Range();

    public static IEnumerable<ScriptCommand> Read(string file)
    {
        var lines = File.ReadAllLines(file);
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].Trim();
            if (line.Length == 0 || line[0] == '#')
                continue;
            var number = i + 1;
            if (line == "clear")
            {
                yield return new ClearCommand(number);
                continue;
            }
            var body = new List<string>();
            while (i + 1 < lines.Length && lines[i + 1].Trim().Length > 0)
            {
                var next = lines[++i].Trim();
                if (!lines[i].StartsWith(' ') && !lines[i].StartsWith('\t') && next[0] != '#')
                {
                    i--;
                    break;
                }
                if (next[0] != '#')
                    body.Add(next);
            }
            yield return Command(line, number, body);
        }
    }

    /// <summary>A duration or a number of seconds, in milliseconds.</summary>
    public static long Milliseconds(string text)
    {
        var sign = text[0] == '-' ? -1 : 1;
        var digits = text.TrimStart('-');
        if (NumberText.TryParseDuration(digits, out var milliseconds))
            return sign * milliseconds;
        return sign * (long)Math.Round(double.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture) * 1000);
    }

    private static ScriptCommand Command(string line, int number, List<string> body)
    {
        if (line.StartsWith("load", StringComparison.Ordinal))
        {
            var parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return new LoadCommand(number, Milliseconds(parts[1]), parts[0] == "load_with_nhcb", body);
        }
        var expectations = body.Where(text => text.StartsWith("expect ", StringComparison.Ordinal)).Select(text => text[7..].Trim()).ToList();
        var results = body.Where(text => !text.StartsWith("expect ", StringComparison.Ordinal)).ToList();
        var instant = Instant().Match(line);
        if (instant.Success)
        {
            var at = Milliseconds(instant.Groups["start"].Value);
            return new EvalCommand(number, instant.Groups["form"].Value, instant.Groups["query"].Value, at, at, 0, expectations, results);
        }
        var range = Range().Match(line);
        if (!range.Success)
            throw new FormatException($"line {number}: {line}");
        return new EvalCommand(
            number, range.Groups["form"].Value, range.Groups["query"].Value, Milliseconds(range.Groups["start"].Value),
            Milliseconds(range.Groups["end"].Value), Milliseconds(range.Groups["step"].Value), expectations, results);
    }
}
