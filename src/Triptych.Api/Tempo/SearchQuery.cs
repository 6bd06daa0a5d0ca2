using Triptych.TraceQL.Syntax;

namespace Triptych.Api.Tempo;

/// <summary>
/// The TraceQL of a search: from <c>q</c>, or from <c>tags</c>, with <c>minDuration</c> and <c>maxDuration</c> as bounds on the whole
/// trace.
/// </summary>
internal static class SearchQuery
{
    private const string Everything = "{ }";

    /// <summary>The query; errors are noted with the parameters.</summary>
    public static string Read(TempoParameters parameters)
    {
        var text = parameters.Text("q");
        var tags = parameters.Text("tags");
        if (text is not null && tags is not null)
        {
            parameters.Fail("invalid request: q and tags cannot be given together");
            return Everything;
        }

        if (tags is not null)
        {
            (text, var error) = TagsQuery.Translate(tags);
            if (error is not null) parameters.Fail(error);
        }

        var shortest = parameters.Duration("minDuration", leastNanos: 0);
        var longest = parameters.Duration("maxDuration", leastNanos: 0);
        if (shortest > longest) parameters.Fail("invalid request: maxDuration must not be below minDuration");
        var bounds = new List<string>();
        if (shortest is not null) bounds.Add($"traceDuration >= {shortest}ns");
        if (longest is not null) bounds.Add($"traceDuration <= {longest}ns");
        return bounds.Count == 0 ? text ?? Everything : Bound(text ?? Everything, string.Join(" && ", bounds));
    }

    /// <summary>
    /// Adds a stage behind the query's own, before its hints. A text that is no query stays as it is: running it tells what is wrong.
    /// </summary>
    private static string Bound(string text, string condition) =>
        TraceQLParser.Parse(text).Query is { Metrics: null } query && TraceQLParser.Parse($"{{ {condition} }}").Query is { } bound
            ? (query with { Stages = [.. query.Stages, .. bound.Stages] }).ToString()
            : text;
}
