using System.Text.RegularExpressions;
using Triptych.PromQL.Planning;

namespace Triptych.PromQL.Tests.Conformance;

/// <summary>An instant query asked again as a range query around its instant: the middle must be the same.</summary>
internal static class RangeAround
{
    /// <summary>The step, and how far the range goes before and after the instant.</summary>
    public const long StepMs = 60_000;

    /// <summary>Whether the query means the same over a range.</summary>
    public static bool IsMeaningful(EvalCommand command, AnswerKind kind) =>
        kind is not (AnswerKind.String or AnswerKind.Matrix)
        && !Regex.IsMatch(command.Query, @"\b(start|end|step|range)\(\)", RegexOptions.IgnoreCase)
        && !command.Has("ordered") && command.Form != "_ordered";

    /// <summary>How the middle of the range differs from the instant; null where it does not.</summary>
    public static string? Difference(ScriptAnswer instant, ScriptAnswer range, long atMs)
    {
        var middle = At(range, atMs);
        var wanted = At(instant, atMs);
        foreach (var (labels, value) in wanted)
        {
            if (!middle.TryGetValue(labels, out var got) || AnswerCheck.Difference(value, got) is not null)
                return $"as a range query {labels} is {got.Describe()}";
        }
        return middle.Count == wanted.Count ? null : "as a range query it has other series";
    }

    private static Dictionary<string, ScriptValue> At(ScriptAnswer answer, long atMs)
    {
        var points = new Dictionary<string, ScriptValue>(StringComparer.Ordinal);
        foreach (var series in answer.Series)
        {
            if (series.Points.TryGetValue(atMs, out var value))
                points.Add(series.Labels, value);
        }
        return points;
    }
}
