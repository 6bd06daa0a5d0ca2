using Triptych.Columnar.Predicates;
using Triptych.Model;
using Triptych.Model.Labels;

namespace Triptych.Storage.Deletion;

/// <summary>What a selector selects, in terms that mergers evaluate.</summary>
/// <param name="Matchers">All must hold.</param>
/// <param name="Predicate">A further condition, or null.</param>
public sealed record RowSelection(IReadOnlyList<LabelMatcher> Matchers, RowPredicate? Predicate);

/// <summary>
/// Reads selectors in the languages of the signals, which storage does not know. What it read once it has to read again in the same way: requests
/// are stored as text.
/// </summary>
public interface IDeletionSelectors
{
    /// <summary>What the text selects; null with the reason when it is no selector, or says more than can be deleted by.</summary>
    RowSelection? Read(Signal signal, string selector, out string? error);
}
