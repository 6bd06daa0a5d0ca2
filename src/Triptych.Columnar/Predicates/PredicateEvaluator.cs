using System.Buffers;
using System.Text;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Model.Attributes;

namespace Triptych.Columnar.Predicates;

/// <summary>
/// Evaluates a <see cref="RowPredicate"/> over the rows of a batch. Columns are asked for as they are needed and only while rows are left
/// to decide, so that a source can decode late. One instance per scan (it owns a scratch buffer); one thread at a time.
/// </summary>
public sealed class PredicateEvaluator(SymbolTable symbols)
{
    // By symbol: 0 not known, 1 does not hold, 2 holds.
    private readonly Dictionary<RowPredicate, byte[]> _symbolVerdicts = new(ReferenceEqualityComparer.Instance);
    private byte[] _literal = [];
    private char[] _characters = new char[1024];

    /// <summary>
    /// Clears <paramref name="selected"/> for the rows that do not satisfy the predicate; rows that are clear already are not looked at.
    /// </summary>
    /// <param name="predicate">The condition.</param>
    /// <param name="columnOf">Gives a column of the batch; called at most once for each part of the predicate.</param>
    /// <param name="selected">One entry for each row.</param>
    public void Apply(RowPredicate predicate, Func<ColumnRef, Column> columnOf, Span<bool> selected)
    {
        if (!selected.Contains(true)) return;
        switch (predicate)
        {
            case RowPredicate.And and:
                foreach (var part in and.Parts) Apply(part, columnOf, selected);
                break;
            case RowPredicate.Or or:
                ApplyOr(or, columnOf, selected);
                break;
            case RowPredicate.Not not:
                ApplyNot(not, columnOf, selected);
                break;
            default:
                ApplyLeaf(predicate, columnOf, selected);
                break;
        }
    }

    private void ApplyOr(RowPredicate.Or or, Func<ColumnRef, Column> columnOf, Span<bool> selected)
    {
        var undecided = ArrayPool<bool>.Shared.Rent(selected.Length);
        var part = ArrayPool<bool>.Shared.Rent(selected.Length);
        try
        {
            var open = undecided.AsSpan(0, selected.Length);
            var held = part.AsSpan(0, selected.Length);
            selected.CopyTo(open);
            selected.Clear();
            foreach (var alternative in or.Parts)
            {
                open.CopyTo(held);
                Apply(alternative, columnOf, held);
                for (var i = 0; i < held.Length; i++)
                {
                    if (!held[i]) continue;
                    selected[i] = true;
                    open[i] = false;
                }
            }
        }
        finally
        {
            ArrayPool<bool>.Shared.Return(undecided);
            ArrayPool<bool>.Shared.Return(part);
        }
    }

    private void ApplyNot(RowPredicate.Not not, Func<ColumnRef, Column> columnOf, Span<bool> selected)
    {
        var rented = ArrayPool<bool>.Shared.Rent(selected.Length);
        var held = rented.AsSpan(0, selected.Length);
        selected.CopyTo(held);
        Apply(not.Part, columnOf, held);
        for (var i = 0; i < held.Length; i++) selected[i] &= !held[i];
        ArrayPool<bool>.Shared.Return(rented);
    }

    private void ApplyLeaf(RowPredicate leaf, Func<ColumnRef, Column> columnOf, Span<bool> selected)
    {
        var column = columnOf(leaf switch
        {
            RowPredicate.Compare compare => compare.Column,
            RowPredicate.Exists exists => exists.Column,
            RowPredicate.Contains contains => contains.Column,
            RowPredicate.Matches matches => matches.Column,
            RowPredicate.IdIn idIn => idIn.Column,
            RowPredicate.MayHold mayHold => mayHold.Column,
            _ => throw new ArgumentException($"unknown predicate {leaf.GetType().Name}", nameof(leaf)),
        });
        if (leaf is RowPredicate.Compare { Literal: { Kind: AttributeKind.String, Text: { } text } }) _literal = Encoding.UTF8.GetBytes(text);

        switch (leaf, column)
        {
            case (RowPredicate.Exists, _):
                for (var i = 0; i < selected.Length; i++) selected[i] = selected[i] && !column.IsNull(i);
                break;
            case (RowPredicate.Compare compare, Int64Column integers):
                ApplyToIntegers(compare, integers, selected);
                break;
            case (_, SymbolColumn texts):
                ApplyToSymbols(leaf, texts, selected);
                break;
            case (RowPredicate.IdIn idIn, FixedBytesColumn ids):
                ApplyToIds(idIn, ids, selected);
                break;
            case (RowPredicate.Contains { Needle.IsEmpty: false } contains, BytesColumn bytes):
                BytesSearch.Apply(bytes, contains.Needle.Span, selected);
                break;
            case (_, BytesColumn bytes):
                foreach (var literal in (leaf as RowPredicate.Matches)?.RequiredLiterals ?? [])
                {
                    if (!literal.IsEmpty) BytesSearch.Apply(bytes, literal.Span, selected);
                }

                for (var i = 0; i < selected.Length; i++)
                {
                    selected[i] = selected[i] && (bytes.IsNull(i) ? HoldsForNull(leaf) : HoldsForText(leaf, bytes[i]));
                }

                break;
            case (_, FixedBytesColumn ids):
                for (var i = 0; i < selected.Length; i++) selected[i] = selected[i] && HoldsForText(leaf, ids[i]);
                break;
            case (_, AttributeColumn attributes):
                for (var i = 0; i < selected.Length; i++) selected[i] = selected[i] && HoldsForAttribute(leaf, attributes, i);
                break;
            default:
                throw new ArgumentException($"{leaf.GetType().Name} does not apply to a {column.GetType().Name}", nameof(leaf));
        }
    }

    private static void ApplyToIntegers(RowPredicate.Compare compare, Int64Column integers, Span<bool> selected)
    {
        var values = integers.Values[..selected.Length];
        if (compare.Literal.Kind != AttributeKind.Int)
        {
            for (var i = 0; i < selected.Length; i++) selected[i] = selected[i] && CompareNumber(compare, AttributeKind.Int, values[i]);
            return;
        }

        var literal = compare.Literal.Bits;
        switch (compare.Op)
        {
            case CompareOp.Equal:
                for (var i = 0; i < selected.Length; i++) selected[i] &= values[i] == literal;
                break;
            case CompareOp.NotEqual:
                for (var i = 0; i < selected.Length; i++) selected[i] &= values[i] != literal;
                break;
            case CompareOp.Less:
                for (var i = 0; i < selected.Length; i++) selected[i] &= values[i] < literal;
                break;
            case CompareOp.LessOrEqual:
                for (var i = 0; i < selected.Length; i++) selected[i] &= values[i] <= literal;
                break;
            case CompareOp.Greater:
                for (var i = 0; i < selected.Length; i++) selected[i] &= values[i] > literal;
                break;
            default:
                for (var i = 0; i < selected.Length; i++) selected[i] &= values[i] >= literal;
                break;
        }
    }

    /// <summary>Spans of a trace stand together: the verdict on an id holds as long as it repeats.</summary>
    private static void ApplyToIds(RowPredicate.IdIn idIn, FixedBytesColumn ids, Span<bool> selected)
    {
        var lookup = idIn.Ids.GetAlternateLookup<ReadOnlySpan<byte>>();
        ReadOnlySpan<byte> last = default;
        var holds = false;
        for (var i = 0; i < selected.Length; i++)
        {
            if (!selected[i]) continue;
            var id = ids[i];
            if (!id.SequenceEqual(last))
            {
                holds = lookup.Contains(id);
                last = id;
            }

            selected[i] = holds;
        }
    }

    private void ApplyToSymbols(RowPredicate leaf, SymbolColumn texts, Span<bool> selected)
    {
        if (!_symbolVerdicts.TryGetValue(leaf, out var verdicts)) verdicts = [];
        for (var i = 0; i < selected.Length; i++)
        {
            if (!selected[i]) continue;
            var symbol = texts[i];
            if (symbol >= verdicts.Length) Array.Resize(ref verdicts, Math.Max(symbol + 1, Math.Max(64, verdicts.Length * 2)));
            if (verdicts[symbol] == 0)
            {
                var holds = symbol == SymbolTable.Empty ? HoldsForNull(leaf) : HoldsForText(leaf, symbols.GetUtf8(symbol));
                verdicts[symbol] = (byte)(holds ? 2 : 1);
            }

            selected[i] = verdicts[symbol] == 2;
        }

        _symbolVerdicts[leaf] = verdicts;
    }

    private static bool HoldsForNull(RowPredicate leaf) => leaf switch
    {
        RowPredicate.Contains contains => contains.Needle.IsEmpty,
        RowPredicate.MayHold mayHold => mayHold.Condition.OfNothing != FieldVerdict.Fails,
        _ => false,
    };

    private bool HoldsForText(RowPredicate leaf, ReadOnlySpan<byte> text) => leaf switch
    {
        RowPredicate.Contains contains => text.IndexOf(contains.Needle.Span) >= 0,
        RowPredicate.Matches matches => Matches(matches, text),
        RowPredicate.Compare { Literal.Kind: AttributeKind.String } compare => CompareText(compare, text),
        RowPredicate.Compare => false,
        RowPredicate.MayHold mayHold => mayHold.Condition.OfText(text) != FieldVerdict.Fails,
        _ => throw new ArgumentException($"{leaf.GetType().Name} does not apply to text", nameof(leaf)),
    };

    private bool HoldsForAttribute(RowPredicate leaf, AttributeColumn column, int row)
    {
        var kind = column.KindOf(row);
        return leaf switch
        {
            _ when kind == AttributeKind.None => HoldsForNull(leaf),
            RowPredicate.Compare compare when kind is AttributeKind.Int or AttributeKind.Double or AttributeKind.Bool =>
                CompareNumber(compare, kind, column.BitsOf(row)),
            RowPredicate.Compare or RowPredicate.Matches when kind == AttributeKind.Array => HoldsForList(leaf, column.BytesOf(row)),
            RowPredicate.Compare when kind != AttributeKind.String => false,
            RowPredicate.Matches when kind != AttributeKind.String => false,
            _ => HoldsForText(leaf, column.BytesOf(row)),
        };
    }

    private bool HoldsForList(RowPredicate leaf, ReadOnlySpan<byte> json)
    {
        var negated = leaf is RowPredicate.Compare { Op: CompareOp.NotEqual };
        var compare = leaf as RowPredicate.Compare;
        var positive = negated ? compare! with { Op = CompareOp.Equal } : leaf;
        var elements = new ListReader(json);
        while (elements.TryRead())
        {
            var holds = (positive, elements.Kind) switch
            {
                (_, AttributeKind.String) => HoldsForText(positive, elements.Bytes),
                (RowPredicate.Compare number, _) => CompareNumber(number, elements.Kind, elements.Bits),
                _ => false,
            };
            if (holds) return !negated;
        }

        return negated;
    }

    private bool Matches(RowPredicate.Matches matches, ReadOnlySpan<byte> text)
    {
        foreach (var literal in matches.RequiredLiterals)
        {
            if (text.IndexOf(literal.Span) < 0) return false;
        }

        if (_characters.Length < text.Length) _characters = new char[Math.Max(_characters.Length * 2, text.Length)];
        var length = Encoding.UTF8.GetChars(text, _characters);
        return matches.Pattern.IsMatch(_characters.AsSpan(0, length));
    }

    private bool CompareText(RowPredicate.Compare compare, ReadOnlySpan<byte> text) =>
        compare.Op == CompareOp.Equal ? text.SequenceEqual(_literal) : Holds(compare.Op, text.SequenceCompareTo(_literal));

    private static bool CompareNumber(RowPredicate.Compare compare, AttributeKind kind, long bits)
    {
        var literal = compare.Literal;
        if (kind == AttributeKind.Bool || literal.Kind == AttributeKind.Bool)
        {
            return kind == literal.Kind && Holds(compare.Op, (bits != 0).CompareTo(literal.Bool));
        }

        if (literal.Kind is not (AttributeKind.Int or AttributeKind.Double)) return false;
        if (kind == AttributeKind.Int && literal.Kind == AttributeKind.Int) return Holds(compare.Op, bits.CompareTo(literal.Bits));
        var left = kind == AttributeKind.Int ? bits : BitConverter.Int64BitsToDouble(bits);
        var right = literal.Kind == AttributeKind.Int ? literal.Bits : literal.Double;
        if (double.IsNaN(left) || double.IsNaN(right)) return compare.Op == CompareOp.NotEqual;
        return Holds(compare.Op, left.CompareTo(right));
    }

    private static bool Holds(CompareOp op, int order) => op switch
    {
        CompareOp.Equal => order == 0,
        CompareOp.NotEqual => order != 0,
        CompareOp.Less => order < 0,
        CompareOp.LessOrEqual => order <= 0,
        CompareOp.Greater => order > 0,
        _ => order >= 0,
    };
}
