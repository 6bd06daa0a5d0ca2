using Triptych.Columnar.Rows;
using Triptych.Primitives.Memory;

namespace Triptych.Columnar.Tests.Rows;

public sealed class BytesColumnTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rows_are_those_that_were_added_however_large_the_column_becomes(bool isCharged)
    {
        var budget = MemoryBudget.Unlimited("column");
        var column = new BytesColumn(isCharged ? budget : null);
        var random = new Random(5);
        var expected = new List<byte[]?>();
        for (var i = 0; i < 300; i++)
        {
            var value = random.Next(8) == 0 ? null : new byte[random.Next(4) == 0 ? random.Next(20_000) : random.Next(40)];
            if (value is null) column.AddNull();
            else
            {
                random.NextBytes(value);
                column.Add(value);
            }

            expected.Add(value);
        }

        Check(column, expected);
        var copy = (BytesColumn)ColumnCopy.Gather(column, [.. Enumerable.Range(0, 150).Select(i => i * 2)], isCharged ? budget : null);
        Check(copy, [.. expected.Where((_, i) => i % 2 == 0)]);
        if (isCharged) budget.Used.ShouldBeGreaterThanOrEqualTo(column.Data.Length + copy.Data.Length);
        column.Release();
        copy.Release();
        column.Count.ShouldBe(0);
        budget.Used.ShouldBe(0);
    }

    [Fact]
    public void A_column_is_refused_bytes_before_it_takes_them_and_keeps_what_it_has()
    {
        var budget = new MemoryBudget("column", 1_000_000);
        var column = new BytesColumn(budget);
        column.Add(new byte[600_000]);

        Should.Throw<MemoryBudgetExceededException>(() => column.Add(new byte[300_000]));

        budget.Peak.ShouldBeLessThanOrEqualTo(1_000_000);
        column.Count.ShouldBe(1);
        column[0].Length.ShouldBe(600_000);
        column.Release();
        budget.Used.ShouldBe(0);
    }

    [Fact]
    public void Bytes_that_are_taken_over_are_given_back_once()
    {
        var budget = MemoryBudget.Unlimited("column");
        PooledBytes.TryRent(100_000, budget, out var bytes).ShouldBeTrue();
        bytes.Span.Clear();
        bytes.Span[70_000] = 7;
        var column = new BytesColumn(budget);

        column.TakeOver(bytes, [70_000, 70_001]);

        column.Count.ShouldBe(2);
        column[1].ToArray().ShouldBe([7]);
        column.Add("more"u8);
        column[2].ToArray().ShouldBe("more"u8.ToArray());
        Should.Throw<InvalidOperationException>(() => column.TakeOver(PooledBytes.Rent(1), [1]));
        column.Release();
        budget.Used.ShouldBe(0);
    }

    private static void Check(BytesColumn column, List<byte[]?> expected)
    {
        column.Count.ShouldBe(expected.Count);
        for (var i = 0; i < expected.Count; i++)
        {
            column.IsNull(i).ShouldBe(expected[i] is null);
            column[i].SequenceEqual(expected[i]).ShouldBeTrue($"row {i}");
        }
    }
}
