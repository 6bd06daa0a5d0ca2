using Triptych.LogQL.Planning;
using Triptych.LogQL.Syntax;

namespace Triptych.LogQL.Functions;

/// <summary>Finds the only labels that can matter to a metric query, so that parsers keep nothing else.</summary>
internal static class WantedLabels
{
    /// <summary>Their names, or null where all labels can matter.</summary>
    public static IReadOnlySet<string>? Of(IEnumerable<PipelineStage> stages, LabelSelection selection)
    {
        if (!selection.IsBy) return null;
        var wanted = new HashSet<string>(selection.Names, StringComparer.Ordinal);
        foreach (var stage in stages)
        {
            switch (stage)
            {
                case LabelFilterStage filter:
                    wanted.UnionWith(PredicateBuilder.LabelsOf(filter.Filter));
                    break;
                case LabelFormatStage format when format.Formats.All(f => f.Source is not null):
                    wanted.UnionWith(format.Formats.Select(f => f.Source!));
                    break;
                case DropStage drop:
                    wanted.UnionWith(drop.Labels.Select(l => l.Label));
                    break;
                case KeepStage keep:
                    wanted.UnionWith(keep.Labels.Select(l => l.Label));
                    break;
                case UnwrapStage unwrap:
                    wanted.Add(unwrap.Label);
                    break;
                case LineFormatStage or LabelFormatStage:
                    return null;
            }
        }

        return wanted;
    }
}
