using Triptych.Columnar;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.LogQL.Syntax;
using Triptych.Model.Labels;
using Triptych.Query.Budgets;

namespace Triptych.LogQL.Planning;

/// <summary>
/// What the scan does for a pipeline and what is left to do row by row. Line filters move into the scan as long as no stage before them
/// changes the
/// line, text conditions on labels as long as no stage before them makes labels and no stream has a label of that name. Comparisons behind the
/// selector move there too, and stay behind for the errors.
/// </summary>
/// <param name="Matchers">Conditions on streams.</param>
/// <param name="Predicate">Condition on rows; null for all.</param>
/// <param name="Stages">Stages left over, in order.</param>
internal sealed record LogScanPlan(IReadOnlyList<LabelMatcher> Matchers, RowPredicate? Predicate, IReadOnlyList<PipelineStage> Stages)
{
    /// <summary>Plans a pipeline; looks streams up only where a label condition could move into the scan.</summary>
    /// <param name="pipeline">The query's streams and stages.</param>
    /// <param name="source">Where streams are looked up.</param>
    /// <param name="context">The query.</param>
    /// <param name="minUnixNanos">The first time that the scan will ask for.</param>
    /// <param name="maxUnixNanos">The end of the scan's time, exclusive.</param>
    public static async ValueTask<LogScanPlan> CreateAsync(
        LogPipeline pipeline, ILogSource source, QueryContext context, long minUnixNanos, long maxUnixNanos)
    {
        var matchers = pipeline.Selector.ToMatchers();
        var pushed = new List<RowPredicate>();
        var left = new List<PipelineStage>();
        bool lineChanged = false, labelsChanged = false;
        foreach (var stage in pipeline.Stages)
        {
            if (stage is LineFilterStage lineFilter && !lineChanged)
            {
                var exact = PredicateBuilder.Exact(lineFilter);
                if ((exact ?? PredicateBuilder.Necessary(lineFilter)) is { } predicate) pushed.Add(predicate);
                if (exact is not null) continue;
            }

            if (stage is LabelFilterStage labelFilter && !labelsChanged && PredicateBuilder.OnMetadata(labelFilter.Filter) is { } onMetadata
                && await IsMetadataOnlyAsync(labelFilter.Filter).ConfigureAwait(false))
            {
                pushed.Add(onMetadata);
                continue;
            }

            if (stage is LabelFilterStage comparison && !labelsChanged && left.TrueForAll(s => s is LineFilterStage)
                && PredicateBuilder.NecessaryOnMetadata(comparison.Filter) is { } necessary
                && await IsMetadataOnlyAsync(comparison.Filter).ConfigureAwait(false))
            {
                pushed.Add(necessary);
            }

            left.Add(stage);
            lineChanged |= stage is LineFormatStage or DecolorizeStage or UnpackStage;
            labelsChanged |= stage is not (LineFilterStage or LabelFilterStage or DecolorizeStage or LineFormatStage or UnwrapStage);
        }

        return new LogScanPlan(matchers, pushed.Count switch { 0 => null, 1 => pushed[0], _ => new RowPredicate.And(pushed) }, left);

        async ValueTask<bool> IsMetadataOnlyAsync(LabelFilter filter)
        {
            foreach (var label in PredicateBuilder.LabelsOf(filter).Distinct(StringComparer.Ordinal))
            {
                if (label.StartsWith("__error", StringComparison.Ordinal)) return false;
                // The detected level is there for each record, so it hides a stream label of its name.
                if (label == LabelNames.DetectedLevel) continue;
                LabelMatcher[] onStream = [.. matchers, LabelMatcher.Create(label, MatchOp.NotEqual, "")];
                var lookup = new StreamLookup(context.Tenant, [onStream], minUnixNanos, maxUnixNanos) { Budget = context.Memory };
                var statistics = new ScanStatistics();
                var streams = await source.StreamsAsync(lookup, statistics, context.CancellationToken).ConfigureAwait(false);
                context.Add(statistics);
                if (streams.Count > 0) return false;
            }

            return true;
        }
    }
}
