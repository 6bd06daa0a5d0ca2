using Triptych.Columnar.Rows;
using Triptych.LogQL.Stages;
using Triptych.LogQL.Syntax;

namespace Triptych.LogQL.Planning;

/// <summary>
/// Decides whether fields that a store knows may stand for the lines of a pipeline with <c>json</c> or <c>logfmt</c>, and which conditions on them the store
/// may look at. Only rows of which the parser has no error come with fields, so that a condition right behind it is the first that can make one.
/// </summary>
internal static class FieldPlan
{
    private const string ExtractedSuffix = "_extracted";

    /// <summary>For lines: conditions alone; null where there is none that helps.</summary>
    /// <param name="stages">The stages that the scan leaves over.</param>
    public static FieldRequest? ForLines(IReadOnlyList<PipelineStage> stages)
    {
        var parser = IndexOfParser(stages);
        if (parser < 0 || stages.Take(parser).Any(s => s is not LineFilterStage)) return null;
        var conditions = Conditions(stages.Skip(parser + 1));
        if (conditions.Count == 0) return null;
        string[] labels = [.. conditions.Select(c => c.Label).Distinct(StringComparer.Ordinal)];
        return labels.Length > FieldRequest.MaxLabels ? null : new FieldRequest(FormatOf(stages[parser]), labels, conditions, KeepsLines: true);
    }

    /// <summary>
    /// For series, whose stages do not look at lines but to parse them; null where some do, or where labels matter that are not known beforehand.
    /// </summary>
    /// <param name="stages">The stages that the scan leaves over.</param>
    /// <param name="wanted">The labels that can matter; null for all.</param>
    /// <param name="selection">The labels that tell series apart.</param>
    public static FieldRequest? ForSeries(IReadOnlyList<PipelineStage> stages, IReadOnlySet<string>? wanted, IReadOnlyList<string> selection)
    {
        var parser = IndexOfParser(stages);
        if (parser < 0 || wanted is null || selection.Any(IsError)) return null;
        for (var i = 0; i < stages.Count; i++)
        {
            if (i != parser && !IsAboutLabels(stages[i])) return null;
        }

        string[] labels = [.. wanted.Where(l => !IsError(l)).Order(StringComparer.Ordinal)];
        if (labels.Length > FieldRequest.MaxLabels || Array.Exists(labels, IsExtracted)) return null;
        var conditions = parser == 0 ? Conditions(stages.Skip(1)) : [];
        return new FieldRequest(FormatOf(stages[parser]), labels, conditions, KeepsLines: false);
    }

    /// <summary>Whether a label is the error that stages leave.</summary>
    public static bool IsError(string label) => label is RowLabels.ErrorName or RowLabels.ErrorDetailsName;

    /// <summary>Whether a label may be a field under another name, which it has where the stream or the metadata has a label of its own name.</summary>
    private static bool IsExtracted(string label) => label.EndsWith(ExtractedSuffix, StringComparison.Ordinal);

    private static int IndexOfParser(IReadOnlyList<PipelineStage> stages)
    {
        for (var i = 0; i < stages.Count; i++)
        {
            if (stages[i] is JsonStage { Extractions.Count: 0 } or LogfmtStage { Extractions.Count: 0, KeepEmpty: false }) return i;
        }

        return -1;
    }

    private static FieldFormat FormatOf(PipelineStage parser) => parser is JsonStage ? FieldFormat.Json : FieldFormat.Logfmt;

    private static bool IsAboutLabels(PipelineStage stage) => stage switch
    {
        LabelFilterStage or DropStage or KeepStage or UnwrapStage => true,
        LabelFormatStage format => format.Formats.All(f => f.Source is not null),
        _ => false,
    };

    /// <summary>The conditions of the label filters that follow the parser, as far as each is one that can be told.</summary>
    private static List<FieldCondition> Conditions(IEnumerable<PipelineStage> stages)
    {
        var conditions = new List<FieldCondition>();
        foreach (var stage in stages)
        {
            if (stage is LineFilterStage) continue;
            if (stage is not LabelFilterStage filter || !TryAdd(filter.Filter, conditions)) break;
        }

        return conditions;
    }

    /// <summary>Adds the conditions that all hold where the filter does, in order; false where one is left out.</summary>
    private static bool TryAdd(LabelFilter filter, List<FieldCondition> conditions)
    {
        switch (filter)
        {
            case CombinedLabelFilter { IsOr: false } both:
                return TryAdd(both.Left, conditions) && TryAdd(both.Right, conditions);
            case TextLabelFilter { Matcher: { Kind: MatcherKind.Equal, Value: "" } matcher } when IsError(matcher.Label):
                // Rows with fields have no error yet.
                return true;
        }

        if (FieldConditions.Of(filter) is not { } condition || IsError(condition.Label) || IsExtracted(condition.Label)) return false;
        conditions.Add(condition);
        return true;
    }
}
