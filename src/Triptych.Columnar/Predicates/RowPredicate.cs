using System.Text.RegularExpressions;
using Triptych.Columnar.Rows;
using Triptych.Model.Attributes;

namespace Triptych.Columnar.Predicates;

/// <summary>How two values are compared.</summary>
public enum CompareOp
{
    /// <summary>Equal.</summary>
    Equal,

    /// <summary>Not equal; false where there is no value.</summary>
    NotEqual,

    /// <summary>Smaller.</summary>
    Less,

    /// <summary>Smaller or equal.</summary>
    LessOrEqual,

    /// <summary>Greater.</summary>
    Greater,

    /// <summary>Greater or equal.</summary>
    GreaterOrEqual,
}

/// <summary>
/// A condition on a row. Stores use it to skip what cannot match (statistics, filters, postings) and then evaluate it exactly with
/// <see cref="PredicateEvaluator"/>, so that head and block agree.
/// </summary>
public abstract record RowPredicate
{
    private RowPredicate()
    {
    }

    /// <summary>All hold; true when there are none.</summary>
    public sealed record And(IReadOnlyList<RowPredicate> Parts) : RowPredicate;

    /// <summary>One holds; false when there are none.</summary>
    public sealed record Or(IReadOnlyList<RowPredicate> Parts) : RowPredicate;

    /// <summary>It does not hold.</summary>
    public sealed record Not(RowPredicate Part) : RowPredicate;

    /// <summary>
    /// A comparison with a literal. Integers and doubles compare by value with each other; any other two types never compare (false, for every
    /// operator); texts compare by their bytes. False where the row has no value. A list attribute satisfies it when one of its elements does,
    /// and <see cref="CompareOp.NotEqual"/> when none is equal; <see cref="Matches"/> holds for a list when one element matches.
    /// </summary>
    public sealed record Compare(ColumnRef Column, CompareOp Op, AttributeValue Literal) : RowPredicate;

    /// <summary>The row has a value.</summary>
    public sealed record Exists(ColumnRef Column) : RowPredicate;

    /// <summary>The bytes contain <paramref name="Needle"/>; an empty needle is in every value, also in a missing one.</summary>
    public sealed record Contains(ColumnRef Column, ReadOnlyMemory<byte> Needle) : RowPredicate;

    /// <summary>
    /// The text matches. <paramref name="RequiredLiterals"/> are byte strings that every match contains, so that filters can rule pages out; may be
    /// empty. False where the row has no value, for log lines never the case. Invalid UTF-8 is read with U+FFFD in its place.
    /// </summary>
    public sealed record Matches(ColumnRef Column, Regex Pattern, IReadOnlyList<ReadOnlyMemory<byte>> RequiredLiterals) : RowPredicate
    {
        /// <summary>ASCII texts of which every match contains at least one, its letters in either case; empty where none are known.</summary>
        public IReadOnlyList<ReadOnlyMemory<byte>> RequiredAnyCase { get; init; } = [];
    }

    /// <summary>The id (trace id, span id) is one of these; each as long as the column is wide, the set made with <see cref="BytesComparer"/>.</summary>
    public sealed record IdIn(ColumnRef Column, HashSet<ReadOnlyMemory<byte>> Ids) : RowPredicate;

    /// <summary>A text of which a condition does not certainly fail: what is undecided stays. Whoever asks looks at the rest by itself.</summary>
    public sealed record MayHold(ColumnRef Column, FieldCondition Condition) : RowPredicate;
}
