using Triptych.LogQL.Planning;
using Triptych.LogQL.Syntax;
using Triptych.Model;
using Triptych.Model.Labels;
using Triptych.PromQL.Syntax;
using Triptych.Storage.Deletion;
using Triptych.TraceQL.Planning;

namespace Triptych.Api.Admin;

/// <summary>
/// What a deletion selects, in the language of its signal: a selector of PromQL, a selector of LogQL with line filters, a pair of braces of
/// TraceQL. Any thread may call.
/// </summary>
public sealed class DeletionSelectors : IDeletionSelectors
{
    /// <inheritdoc/>
    public RowSelection? Read(Signal signal, string selector, out string? error)
    {
        switch (signal)
        {
            case Signal.Metrics:
                return ReadLabels(selector, out error);
            case Signal.Logs:
                var lines = LogRowSelector.Read(selector, LogQLLimits.Default, out error);
                return lines is null ? null : new RowSelection(lines.Matchers, lines.Predicate);
            default:
                var spans = SpanRowSelector.Read(selector, out error);
                return spans is null ? null : new RowSelection([], spans.Predicate);
        }
    }

    /// <summary>
    /// A selector of labels alone, as retention rules have them: of series, of streams, or of the resource of a span
    /// (<c>{"service.name"="x"}</c>). Null with the reason where it is none.
    /// </summary>
    public static IReadOnlyList<LabelMatcher>? ReadRule(Signal signal, string selector, out string? error)
    {
        if (signal != Signal.Logs) return ReadLabels(selector, out error)?.Matchers;
        var parsed = LogQLParser.ParseSelector(selector);
        error = parsed.Error?.ToString();
        return parsed.Value?.ToMatchers();
    }

    private static RowSelection? ReadLabels(string selector, out string? error)
    {
        var parsed = PromQLParser.ParseSelector(selector);
        if (parsed.Expression is not VectorSelector vector)
        {
            error = parsed.Error?.ToString() ?? "not a selector";
            return null;
        }

        LabelMatcher[] matchers = [.. vector.Matchers.Select(static m => m.Matcher)];
        error = matchers.All(static m => m.MatchesEmpty) ? $"{selector} must contain at least one non-empty matcher" : null;
        return error is null ? new RowSelection(matchers, Predicate: null) : null;
    }
}
