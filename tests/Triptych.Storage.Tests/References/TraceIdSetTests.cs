using System.Text;
using Triptych.Primitives.Memory;
using Triptych.Storage.References;

namespace Triptych.Storage.Tests.References;

public sealed class TraceIdSetTests
{
    [Theory]
    [InlineData("0102030405060708090a0b0c0d0e0f10", "0102030405060708090A0B0C0D0E0F10")]
    [InlineData("0102030405060708090A0B0C0D0E0F10", "0102030405060708090A0B0C0D0E0F10")]
    [InlineData("01020304-0506-0708-090a-0b0c0d0e0f10", "0102030405060708090A0B0C0D0E0F10")]
    [InlineData("90a0b0c0d0e0f10", "0000000000000000090A0B0C0D0E0F10")]
    [InlineData("ffffffffffffffffffffffffffffffff", "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    public void Reads_ids_as_texts_have_them(string text, string expected)
    {
        TraceIdSet.TryParse(Encoding.UTF8.GetBytes(text), out var id).ShouldBeTrue();
        id.ToString("X32", null).ShouldBe(expected);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("0102030405060708090a0b0c0d0e0f101")]
    [InlineData("g1")]
    [InlineData("12 34")]
    [InlineData("@")]
    [InlineData("`")]
    public void Refuses_what_is_no_id(string text) => TraceIdSet.TryParse(Encoding.UTF8.GetBytes(text), out _).ShouldBeFalse();

    [Fact]
    public void Finds_and_marks_what_was_added_and_nothing_else()
    {
        var budget = MemoryBudget.Unlimited("test");
        using (var ids = new TraceIdSet(budget))
        {
            ids.IndexOf(7).ShouldBe(-1);
            for (var i = 0; i < 10_000; i++) ids.TryAdd(IdOf(i)).ShouldBeTrue();
            ids.TryAdd(IdOf(5)).ShouldBeTrue();
            ids.Count.ShouldBe(10_000);
            for (var i = 0; i < 10_000; i++) ids.IndexOf(IdOf(i)).ShouldBe(i);
            ids.IndexOf(IdOf(10_000)).ShouldBe(-1);
            ids.Mark(IdOf(10_000), 1);
            ids.CountUnmarked().ShouldBe(10_000);
            ids.Mark(IdOf(77), 1);
            ids.Mark(IdOf(77), 4);
            ids.MarksOf(77).ShouldBe((byte)5);
            ids.CountUnmarked().ShouldBe(9999);
            ids[77].ShouldBe(IdOf(77));
        }

        budget.Used.ShouldBe(0);
    }

    [Fact]
    public void Takes_no_more_than_there_is_memory_for()
    {
        var budget = new MemoryBudget("test", 100_000);
        using (var ids = new TraceIdSet(budget))
        {
            var count = 0;
            while (ids.TryAdd(IdOf(count))) count++;
            count.ShouldBeGreaterThan(1000);
            ids.Count.ShouldBe(count);
            ids.IndexOf(IdOf(count)).ShouldBe(-1);
            for (var i = 0; i < count; i++) ids.IndexOf(IdOf(i)).ShouldBe(i);
        }

        budget.Used.ShouldBe(0);
    }

    private static UInt128 IdOf(int number) => new((ulong)number * 0x9E3779B97F4A7C15, (ulong)number);
}
