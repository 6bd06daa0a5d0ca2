using Triptych.Primitives.Memory;

namespace Triptych.Primitives.Tests.Memory;

public sealed class NativeMemoryTests
{
    [Fact]
    public void Asking_ahead_changes_nothing_and_asking_for_what_is_not_there_does_nothing()
    {
        var budget = MemoryBudget.Unlimited("test");
        using var list = new NativeList<int>(budget);
        list.Prefetch(0);
        list.AddRange([1, 2, 3]);
        foreach (var index in new[] { -1, 0, 2, 3, int.MaxValue, int.MinValue }) list.Prefetch(index);
        list.Span.ToArray().ShouldBe([1, 2, 3]);
        using var slabs = new SlabPool(budget);
        using var arena = new SlabArena(slabs);
        arena.Prefetch(default, 0);
        var item = arena.Append([4, 5]);
        foreach (var offset in new[] { -1, 0, 1, 2, int.MaxValue, int.MinValue }) arena.Prefetch(item, offset);
        arena.Read(item).ToArray().ShouldBe(new byte[] { 4, 5 });
    }

    [Fact]
    public void Arena_items_read_back_whatever_their_size()
    {
        var budget = new MemoryBudget("x", 64 << 20);
        using var pool = new SlabPool(budget, SlabPool.MinSlabSizeBytes);
        var arena = new SlabArena(pool);
        var random = new Random(15);
        var items = new List<(ArenaRef Reference, byte[] Bytes)>();
        for (var i = 0; i < 3000; i++)
        {
            var bytes = new byte[i % 500 == 7 ? random.Next(65_536, 300_000) : random.Next(0, 2000)];
            random.NextBytes(bytes);
            items.Add((arena.Append(bytes), bytes));
        }

        foreach (var (reference, bytes) in items)
        {
            arena.Read(reference).SequenceEqual(bytes).ShouldBeTrue();
            ArenaRef.FromBits(reference.ToBits()).ShouldBe(reference);
            reference.Length.ShouldBe(bytes.Length);
        }

        arena.SizeBytes.ShouldBe(budget.Used);
        arena.UsedBytes.ShouldBe(items.Sum(item => (long)item.Bytes.Length));
        arena.Dispose();
        arena.Dispose();
        arena.SizeBytes.ShouldBe(0);
        budget.Used.ShouldBe((long)pool.FreeCount * pool.SlabSizeBytes);
        pool.Dispose();
        budget.Used.ShouldBe(0);
    }

    [Fact]
    public void Arena_refuses_without_changing_when_the_budget_is_used_up()
    {
        var budget = new MemoryBudget("x", SlabPool.MinSlabSizeBytes);
        using var pool = new SlabPool(budget, SlabPool.MinSlabSizeBytes);
        using var arena = new SlabArena(pool);
        arena.TryAppend(new byte[60_000], out var first).ShouldBeTrue();
        arena.TryAppend(new byte[6_000], out _).ShouldBeFalse();
        arena.TryAppend(new byte[70_000], out _).ShouldBeFalse();
        arena.TryAppend(new byte[5_536], out _).ShouldBeTrue();
        arena.Read(first).Length.ShouldBe(60_000);
        Should.Throw<InvalidOperationException>(() => arena.Append(new byte[1]));
        Should.Throw<ArgumentOutOfRangeException>(() => arena.TryAppend(new byte[SlabArena.MaxItemLength + 1], out _));
    }

    [Fact]
    public void Slabs_are_reused_and_a_second_disposal_does_not_give_one_out_twice()
    {
        var budget = new MemoryBudget("x", 10 << 20);
        var pool = new SlabPool(budget, SlabPool.MinSlabSizeBytes);
        pool.TryRent(out var slab).ShouldBeTrue();
        slab!.Span[0] = 77;
        slab.Dispose();
        slab.Dispose();
        pool.FreeCount.ShouldBe(1);
        Should.Throw<ObjectDisposedException>(() => slab.Span[0]);
        pool.TryRent(out var again).ShouldBeTrue();
        again!.Span[0].ShouldBe((byte)77);
        slab.Dispose();
        pool.FreeCount.ShouldBe(0);
        budget.Used.ShouldBe(SlabPool.MinSlabSizeBytes);
        pool.TryRent(100_000, out var large).ShouldBeTrue();
        large!.SizeBytes.ShouldBe(100_000);
        large.Memory.Span.Length.ShouldBe(100_000);
        large.Dispose();
        pool.Dispose();
        again.Dispose();
        budget.Used.ShouldBe(0);
        Should.Throw<ObjectDisposedException>(() => pool.TryRent(out _));
    }

    [Fact]
    public void What_is_rented_outlives_its_pool_and_is_freed_when_given_back()
    {
        var budget = new MemoryBudget("x", 10 << 20);
        var pool = new SlabPool(budget, SlabPool.MinSlabSizeBytes);
        var arena = new SlabArena(pool);
        var small = arena.Append("held by a view"u8);
        var large = arena.Append(new byte[200_000]);
        pool.TryRent(out var free).ShouldBeTrue();
        free.Dispose();
        pool.Dispose();
        pool.FreeCount.ShouldBe(0);
        budget.Used.ShouldBe(arena.SizeBytes, "only what lay free is gone");
        arena.Read(small).SequenceEqual("held by a view"u8).ShouldBeTrue();
        arena.Read(large).Length.ShouldBe(200_000);
        arena.Dispose();
        pool.FreeCount.ShouldBe(0);
        budget.Used.ShouldBe(0);
    }

    [Fact]
    public void Trim_frees_down_to_what_is_to_be_kept()
    {
        var budget = new MemoryBudget("x", 10 << 20);
        using var pool = new SlabPool(budget, SlabPool.MinSlabSizeBytes);
        var slabs = Enumerable.Range(0, 5).Select(_ => pool.TryRent(out var slab) ? slab : throw new InvalidOperationException()).ToList();
        slabs.ForEach(slab => slab.Dispose());
        pool.Trim(2).ShouldBe(3 * SlabPool.MinSlabSizeBytes);
        budget.Used.ShouldBe(2 * SlabPool.MinSlabSizeBytes);
    }

    [Fact]
    public void Native_list_behaves_as_a_list_and_is_charged_for_its_capacity()
    {
        var budget = new MemoryBudget("x", 1 << 20);
        var list = new NativeList<long>(budget);
        for (var i = 0; i < 10_000; i++)
            list.Add(i * 3L);
        list[5] += 1;
        list.Count.ShouldBe(10_000);
        list.Span[5].ShouldBe(16);
        list[9_999].ShouldBe(29_997);
        budget.Used.ShouldBe(list.SizeBytes);
        Should.Throw<ArgumentOutOfRangeException>(() => list[10_000]);
        Should.Throw<ArgumentOutOfRangeException>(() => list[-1]);
        list.TryResize(10_010).ShouldBeTrue();
        list[10_009].ShouldBe(0);
        list.TryAddRange([1, 2]).ShouldBeTrue();
        list[10_011].ShouldBe(2);
        list.TryReserve(1 << 20).ShouldBeFalse();
        list.Count.ShouldBe(10_012);
        list.Dispose();
        list.Dispose();
        budget.Used.ShouldBe(0);
        Should.Throw<ObjectDisposedException>(() => list.TryAdd(1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(PooledBytes.NativeThreshold)]
    [InlineData(1_000_000)]
    public void Pooled_bytes_have_their_exact_length_and_return_their_charge_once(int length)
    {
        var budget = new MemoryBudget("x", 1_000_000);
        PooledBytes.TryRent(length, budget, out var bytes).ShouldBeTrue();
        bytes!.Span.Fill(3);
        bytes.Memory.Length.ShouldBe(length);
        using (bytes.Memory.Pin())
            budget.Used.ShouldBe(length);
        bytes.Shrink(length / 2);
        bytes.Span.Length.ShouldBe(length / 2);
        PooledBytes.TryRent(1_000_001, budget, out _).ShouldBeFalse();
        bytes.Dispose();
        bytes.Dispose();
        budget.Used.ShouldBe(0);
        Should.Throw<ObjectDisposedException>(() => bytes.GetSpan().Length);
    }
}
