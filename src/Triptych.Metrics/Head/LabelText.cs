using System.Text;
using Triptych.Model.Labels;

namespace Triptych.Metrics.Head;

/// <summary>A label set as people write it, for messages.</summary>
internal static class LabelText
{
    private const int MaxLength = 300;

    /// <summary><c>name{label="value", …}</c>, cut where it gets long.</summary>
    public static string Of(ReadOnlySpan<byte> canonicalLabels)
    {
        var labels = LabelSet.Decode(canonicalLabels);
        var text = new StringBuilder();
        text.Append(labels.FirstOrDefault(l => l.Key == LabelNames.MetricName).Value).Append('{');
        text.AppendJoin(", ", labels.Where(l => l.Key != LabelNames.MetricName).Select(l => $"{l.Key}=\"{l.Value}\"")).Append('}');
        return text.Length <= MaxLength ? text.ToString() : text.ToString(0, MaxLength) + "…";
    }
}
