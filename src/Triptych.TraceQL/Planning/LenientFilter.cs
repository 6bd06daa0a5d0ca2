using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Planning;

/// <summary>
/// The condition on spans that a query asks for, as far as it is complete: editors ask for values while the query is being typed
/// (<c>{ resource.service.name = "a" &amp;&amp; span.b = }</c>).
/// </summary>
internal static class LenientFilter
{
    /// <summary>The condition, or null where every span passes.</summary>
    public static FieldExpression? Parse(string? query)
    {
        if (string.IsNullOrWhiteSpace(query))
        {
            return null;
        }

        if (TraceQLParser.ParseAndCheck(query).Query is { } whole)
        {
            return whole.Stages is [SpansetStage { Expression: SpansetFilter filter }, ..] ? filter.Condition : null;
        }

        FieldExpression? condition = null;
        foreach (var part in Conjuncts(query))
        {
            if (TraceQLParser.ParseAndCheck($"{{ {part} }}").Query is { Stages: [SpansetStage { Expression: SpansetFilter { Condition: { } complete } }] })
            {
                condition = condition is null ? complete : new BinaryExpression(FieldOperator.And, condition, complete, complete.Position);
            }
        }

        return condition;
    }

    /// <summary>The texts between <c>&amp;&amp;</c> inside the first braces; none where the query is more than a conjunction.</summary>
    private static List<string> Conjuncts(string query)
    {
        var parts = new List<string>();
        var open = query.IndexOf('{', StringComparison.Ordinal);
        var start = open + 1;
        var quote = '\0';
        for (var i = start; i < query.Length; i++)
        {
            if (quote != '\0')
            {
                i += query[i] == '\\' && quote == '"' ? 1 : 0;
                quote = i < query.Length && query[i] == quote ? '\0' : quote;
                continue;
            }

            switch (query[i])
            {
                case '"' or '`':
                    quote = query[i];
                    break;
                case '|' or '(' or '{':
                    return [];
                case '}':
                    parts.Add(query[start..i]);
                    return parts;
                case '&' when i + 1 < query.Length && query[i + 1] == '&':
                    parts.Add(query[start..i]);
                    start = ++i + 1;
                    break;
            }
        }

        parts.Add(query[Math.Min(start, query.Length)..]);
        return parts;
    }
}
