using Triptych.Model.Labels;
using Triptych.PromQL.Syntax;

namespace Triptych.PromQL.Planning;

/// <summary>What the second argument of info() asks for: which metrics, and which of their labels.</summary>
internal sealed class InfoMatchers
{
    private readonly Dictionary<string, List<LabelMatcher>> _data = new(StringComparer.Ordinal);

    public InfoMatchers(CallExpr call)
    {
        var given = call.Arguments.Count > 1 ? ((VectorSelector)call.Arguments[1]).Matchers : [];
        var names = new List<LabelMatcher>();
        foreach (var matcher in given)
        {
            if (matcher.Name == LabelNames.MetricName)
            {
                names.Add(matcher.Matcher);
                continue;
            }
            if (!_data.TryGetValue(matcher.Name, out var ofLabel))
                _data.Add(matcher.Name, ofLabel = []);
            ofLabel.Add(matcher.Matcher);
        }
        Names = Effective(names);
    }

    /// <summary>What the name of an info metric satisfies.</summary>
    public IReadOnlyList<LabelMatcher> Names { get; }

    /// <summary>What its other labels satisfy.</summary>
    public IEnumerable<LabelMatcher> Data => _data.Values.SelectMany(matchers => matchers);

    /// <summary>Whether series without an info series stay as they are.</summary>
    public bool AllowNothing => Data.All(matcher => matcher.MatchesEmpty);

    public bool IsInfoName(string name) => Names.All(matcher => matcher.Matches(name));

    /// <summary>Whether a label of an info series is added: any, or one of those that were named.</summary>
    public bool Wants(string label) => _data.Count == 0 || _data.ContainsKey(label);

    // Without anything that says which metrics are meant, those with the usual ending are.
    private static List<LabelMatcher> Effective(List<LabelMatcher> names)
    {
        if (names.Count == 0)
            return [LabelMatcher.Create(LabelNames.MetricName, MatchOp.Equal, "target_info")];
        return names.Any(matcher => matcher.Op is MatchOp.Equal or MatchOp.Regex)
            ? names
            : [LabelMatcher.Create(LabelNames.MetricName, MatchOp.Regex, ".+_info"), .. names];
    }
}
