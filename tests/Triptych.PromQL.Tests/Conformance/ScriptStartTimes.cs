using System.Globalization;
using System.Text.RegularExpressions;

namespace Triptych.PromQL.Tests.Conformance;

/// <summary>
/// Start times as the scripts write them, in lines of their own: <c>x{a="b"}@st _ -30s-1mx2</c>, each relative to the time of its sample.
/// </summary>
internal static partial class ScriptStartTimes
{
    private const string Mark = "@st";

    [GeneratedRegex(
        @"^(?<start>[+-]?((\d+(ms|[smhdwy]))+|\d+))(?<step>[+-]((\d+(ms|[smhdwy]))+|\d+))?(x(?<times>\d+))?$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Sequence();

    public static bool IsLine(string line) => line.Contains(Mark, StringComparison.Ordinal);

    /// <summary>The series as it stands in its line of values, and an offset for each sample, null where there is none.</summary>
    public static (Dictionary<string, string> Labels, List<long?> OffsetsMs) Parse(string line)
    {
        var at = line.IndexOf(Mark, StringComparison.Ordinal);
        var offsets = new List<long?>();
        foreach (var item in line[(at + Mark.Length)..].Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            Add(offsets, item);
        return (ScriptValues.ParseLine(line[..at] + " 0").Labels!, offsets);
    }

    private static void Add(List<long?> offsets, string item)
    {
        if (item[0] == '_')
        {
            var gaps = item.Length == 1 ? 1 : int.Parse(item.AsSpan(2), CultureInfo.InvariantCulture);
            offsets.AddRange(Enumerable.Repeat<long?>(null, gaps));
            return;
        }
        var match = Sequence().Match(item);
        if (!match.Success)
            throw new FormatException($"no start time: {item}");
        var offset = Script.Milliseconds(match.Groups["start"].Value.TrimStart('+'));
        var step = match.Groups["step"].Success ? Script.Milliseconds(match.Groups["step"].Value.TrimStart('+')) : 0;
        var times = match.Groups["times"].Success ? int.Parse(match.Groups["times"].Value, CultureInfo.InvariantCulture) : 0;
        for (var i = 0; i <= times; i++)
            offsets.Add(offset + (i * step));
    }
}
