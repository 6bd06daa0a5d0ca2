namespace Triptych.Derive.Attributes;

/// <summary>How the values of a policy are meant.</summary>
public enum PolicyMatchType
{
    /// <summary>Equal.</summary>
    Strict,

    /// <summary>Regular expressions, which match the whole value.</summary>
    Regex,
}

/// <summary>Spans that count, or do not: those that satisfy all conditions.</summary>
/// <param name="MatchType">How values are meant.</param>
/// <param name="Attributes">The conditions.</param>
public sealed record PolicyMatch(PolicyMatchType MatchType, IReadOnlyList<PolicyAttribute> Attributes);

/// <summary>A condition of a policy.</summary>
/// <param name="Key"><c>kind</c>, <c>status</c>, <c>name</c>, or an attribute after <c>span.</c> or <c>resource.</c></param>
/// <param name="Value">The value, or a regular expression.</param>
public sealed record PolicyAttribute(string Key, string Value);

/// <summary>A policy: a span passes that satisfies what is included, where that is given, and not what is excluded.</summary>
/// <param name="Include">Spans that count.</param>
/// <param name="Exclude">Spans that do not.</param>
public sealed record FilterPolicy(PolicyMatch? Include, PolicyMatch? Exclude)
{
    /// <summary>What is wrong with it, or null.</summary>
    public string? FindProblem()
    {
        if (Include is null && Exclude is null) return "has neither include nor exclude";
        foreach (var match in new[] { Include, Exclude }.OfType<PolicyMatch>())
        {
            if (match.Attributes.Count == 0) return "has no attributes";
            foreach (var attribute in match.Attributes)
            {
                if (SpanFilter.FindProblem(attribute, match.MatchType) is { } problem) return problem;
            }
        }

        return null;
    }
}
