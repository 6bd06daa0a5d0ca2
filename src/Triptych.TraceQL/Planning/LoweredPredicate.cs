using Triptych.Columnar.Predicates;

namespace Triptych.TraceQL.Planning;

/// <summary>
/// What a scan can test of a field expression. Every row for which the expression holds satisfies <see cref="Predicate"/>;
/// where it is <see cref="IsExact"/>, no other row does.
/// </summary>
internal readonly record struct LoweredPredicate(RowPredicate Predicate, bool IsExact)
{
    public static readonly LoweredPredicate Everything = new(new RowPredicate.And([]), true);

    public static readonly LoweredPredicate Nothing = new(new RowPredicate.Or([]), true);

    /// <summary>Nothing is known: any row may satisfy the expression.</summary>
    public static readonly LoweredPredicate Unknown = new(new RowPredicate.And([]), false);

    public bool IsEverything => Predicate is RowPredicate.And { Parts.Count: 0 };

    public bool IsNothing => Predicate is RowPredicate.Or { Parts.Count: 0 };

    /// <summary>The predicate for a scan request; null where every row passes.</summary>
    public RowPredicate? ForScan => IsEverything ? null : Predicate;

    public static LoweredPredicate Exactly(RowPredicate predicate) => new(predicate, true);

    public static LoweredPredicate AtMost(RowPredicate predicate) => new(predicate, false);

    public LoweredPredicate And(LoweredPredicate other)
    {
        var exact = IsExact && other.IsExact;
        if (IsNothing || other.IsNothing)
        {
            return Nothing;
        }

        if (IsEverything || other.IsEverything)
        {
            return new LoweredPredicate(IsEverything ? other.Predicate : Predicate, exact);
        }

        return new LoweredPredicate(new RowPredicate.And([.. Parts(Predicate, isAnd: true), .. Parts(other.Predicate, isAnd: true)]), exact);
    }

    public LoweredPredicate Or(LoweredPredicate other)
    {
        var exact = IsExact && other.IsExact;
        if (IsNothing || other.IsNothing)
        {
            return new LoweredPredicate(IsNothing ? other.Predicate : Predicate, exact);
        }

        if (IsEverything || other.IsEverything)
        {
            return new LoweredPredicate(Everything.Predicate, (IsEverything && IsExact) || (other.IsEverything && other.IsExact));
        }

        return new LoweredPredicate(new RowPredicate.Or([.. Parts(Predicate, isAnd: false), .. Parts(other.Predicate, isAnd: false)]), exact);
    }

    /// <summary>The rows that do not satisfy it; only an exact predicate can be turned round.</summary>
    public LoweredPredicate Not()
    {
        if (!IsExact)
        {
            return Unknown;
        }

        return IsEverything ? Nothing : IsNothing ? Everything : Exactly(new RowPredicate.Not(Predicate));
    }

    private static IReadOnlyList<RowPredicate> Parts(RowPredicate predicate, bool isAnd) => predicate switch
    {
        RowPredicate.And all when isAnd => all.Parts,
        RowPredicate.Or any when !isAnd => any.Parts,
        _ => [predicate],
    };
}
