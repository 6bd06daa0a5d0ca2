using Triptych.Model.Labels;

namespace Triptych.Metrics.Tests;

internal static class TestLabels
{
    /// <summary>Canonical labels of a metric; <paramref name="labels"/> are names and values in turn.</summary>
    public static byte[] Of(string metric, params string[] labels)
    {
        var pairs = new List<KeyValuePair<string, string>> { new(LabelNames.MetricName, metric) };
        for (var i = 0; i < labels.Length; i += 2) pairs.Add(new(labels[i], labels[i + 1]));
        return LabelSet.Encode(pairs);
    }

    public static LabelMatcher Match(string name, string op, string value) => LabelMatcher.Create(name, op switch
    {
        "=" => MatchOp.Equal,
        "!=" => MatchOp.NotEqual,
        "=~" => MatchOp.Regex,
        "!~" => MatchOp.NotRegex,
        _ => throw new ArgumentException("no such operator", nameof(op)),
    }, value);
}
