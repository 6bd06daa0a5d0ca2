using Triptych.PromQL.Planning;
using Triptych.PromQL.Syntax;

namespace Triptych.PromQL.Tests.Conformance;

/// <summary>An answer as the scripts are compared with, wherever it comes from.</summary>
/// <param name="Text">What a string is.</param>
/// <param name="Series">In the order of the answer; one with one point for a scalar.</param>
internal sealed record ScriptAnswer(AnswerKind Kind, string Text, IReadOnlyList<ScriptSeries> Series)
{
    public static ScriptAnswer Of(PromQLAnswer answer) => answer.Kind == AnswerKind.String
        ? new ScriptAnswer(answer.Kind, answer.Text ?? "", [])
        : new ScriptAnswer(answer.Kind, "", [.. answer.Series.Select(s => new ScriptSeries(s.Describe(answer.Symbols), PointsOf(s)))]);

    /// <summary>Labels as a text that is the same for equal ones.</summary>
    public static string Describe(Dictionary<string, string> labels)
    {
        var text = new System.Text.StringBuilder("{");
        foreach (var (name, value) in labels.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (text.Length > 1)
                text.Append(", ");
            text.Append(name).Append('=');
            QuotedString.Append(text, value);
        }
        return text.Append('}').ToString();
    }

    private static Dictionary<long, ScriptValue> PointsOf(AnswerSeries series)
    {
        var points = new Dictionary<long, ScriptValue>();
        for (var i = 0; i < series.PointCapacity; i++)
        {
            if (series.TryGetPoint(i, out var time, out var value))
                points.Add(time, new ScriptValue(value, false));
            else if (series.TryGetHistogram(i, out time, out var histogram))
                points.Add(time, new ScriptValue(double.NaN, false, histogram));
        }
        return points;
    }
}

/// <summary>A series of an answer.</summary>
/// <param name="Labels">As <see cref="ScriptAnswer.Describe"/> writes them.</param>
/// <param name="Points">By time in milliseconds.</param>
internal sealed record ScriptSeries(string Labels, Dictionary<long, ScriptValue> Points);
