using Triptych.Columnar.Predicates;
using Triptych.Model.Labels;

namespace Triptych.Storage.Compaction;

/// <summary>
/// Rows that a merge leaves out: those that match and whose time is in the closed range. What the matchers look at is the signal's: labels of
/// the series (metrics) or stream (logs), resource attributes of the span (traces).
/// </summary>
/// <param name="MinTime">First time, in the signal's unit.</param>
/// <param name="MaxTime">Last time, inclusive.</param>
/// <param name="Matchers">All must hold; empty matches everything.</param>
/// <param name="Predicate">A further condition on a log record or span, or null; always null for metrics.</param>
public sealed record RowDeletion(long MinTime, long MaxTime, IReadOnlyList<LabelMatcher> Matchers, RowPredicate? Predicate);
