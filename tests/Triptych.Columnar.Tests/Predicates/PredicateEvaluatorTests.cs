using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Model.Attributes;

namespace Triptych.Columnar.Tests.Predicates;

public sealed class PredicateEvaluatorTests
{
    private static readonly ColumnRef Some = new("some");

    [Theory]
    [InlineData(CompareOp.Equal, "false true false")]
    [InlineData(CompareOp.NotEqual, "true false true")]
    [InlineData(CompareOp.Less, "true false false")]
    [InlineData(CompareOp.LessOrEqual, "true true false")]
    [InlineData(CompareOp.Greater, "false false true")]
    [InlineData(CompareOp.GreaterOrEqual, "false true true")]
    public void Values_compare_with_a_literal(CompareOp op, string expected)
    {
        var integers = new Int64Column();
        foreach (var value in new long[] { long.MinValue, 7, long.MaxValue }) integers.Add(value);
        Apply(new RowPredicate.Compare(Some, op, AttributeValue.Int(7)), integers).ShouldBe(expected);
        Apply(new RowPredicate.Compare(Some, op, AttributeValue.Float(7.0)), integers).ShouldBe(expected);

        var symbols = new SymbolTable();
        var texts = new SymbolColumn();
        var attributes = new AttributeColumn();
        foreach (var text in new[] { "a", "b", "c" })
        {
            texts.Add(symbols.Intern(System.Text.Encoding.UTF8.GetBytes(text)));
            attributes.Add(AttributeKind.String, 0, System.Text.Encoding.UTF8.GetBytes(text));
        }

        Apply(new RowPredicate.Compare(Some, op, AttributeValue.String("b")), texts, symbols).ShouldBe(expected);
        Apply(new RowPredicate.Compare(Some, op, AttributeValue.String("b")), attributes).ShouldBe(expected);
    }

    [Fact]
    public void Conditions_with_other_literals_do_not_mix_them_up()
    {
        var attributes = new AttributeColumn();
        attributes.Add(AttributeKind.String, 0, "a"u8);
        attributes.AddNulls(2);
        attributes.Add(AttributeKind.String, 0, "b"u8);
        attributes.Add(AttributeKind.Array, 0, "[\"x\",\"b\"]"u8);
        var either = new RowPredicate.Or([Is("a"), Is("b")]);
        Apply(either, attributes).ShouldBe("true false false true true");
        Apply(new RowPredicate.And([either, new RowPredicate.Not(Is("b"))]), attributes).ShouldBe("true false false false false");
        Apply(new RowPredicate.Compare(Some, CompareOp.NotEqual, AttributeValue.String("b")), attributes).ShouldBe("true false false false false");
    }

    [Fact]
    public void Ids_that_follow_each_other_are_each_looked_up()
    {
        var ids = new FixedBytesColumn(2);
        byte[] rows = [1, 1, 2, 2, 2, 1, 3];
        foreach (var row in rows) ids.Add([row, 0]);
        var wanted = new RowPredicate.IdIn(Some, new(BytesComparer.Instance) { new byte[] { 1, 0 }, new byte[] { 3, 0 } });
        Apply(wanted, ids).ShouldBe("true true false false false true true");
        var selected = new bool[rows.Length];
        selected.AsSpan(1).Fill(true);
        new PredicateEvaluator(new SymbolTable()).Apply(wanted, _ => ids, selected);
        selected.ShouldBe([false, true, false, false, false, true, true], "a row that is clear stays so");
    }

    private static RowPredicate Is(string text) => new RowPredicate.Compare(Some, CompareOp.Equal, AttributeValue.String(text));

    private static string Apply(RowPredicate predicate, Column column, SymbolTable? symbols = null)
    {
        var selected = Enumerable.Repeat(true, column.Count).ToArray();
        new PredicateEvaluator(symbols ?? new SymbolTable()).Apply(predicate, _ => column, selected);
        return string.Join(' ', selected).ToLowerInvariant();
    }
}
