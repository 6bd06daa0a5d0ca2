using System.Globalization;
using Triptych.Model;
using Triptych.Primitives.Memory;
using Triptych.Storage.References;

namespace Triptych.Logs.Tests;

public sealed class LogReferencesTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public async Task Records_in_blocks_and_in_memory_keep_the_traces_that_they_name()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var now = fixture.Now;
        await fixture.AppendAsync(Of("a=1", now, 1), Of("a=1", now + 1, 1), Of("a=2", now + 2, 2), new Line("a=1", now, "of no trace"), new Line("a=1", now, "a", "trace_id=none"));
        await fixture.FlushAsync();
        await fixture.AppendAsync(Of("a=1", now - Second, 3), Of("a=3", now + Second, 4));
        (await MarkedAsync(fixture, now - Second, now + Second)).ShouldBe([1, 2, 3, 4]);

        // And it was not this program that remembered them.
        await fixture.RestartAsync();
        (await MarkedAsync(fixture, now - Second, now + Second)).ShouldBe([1, 2, 3, 4]);
    }

    [Fact]
    public async Task Records_of_other_times_and_tenants_do_not_count()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var now = fixture.Now;
        await fixture.AppendAsync(Of("a=1", now - 1, 1), Of("a=1", now, 2), Of("a=1", now + 9, 3), Of("a=1", now + 10, 4));
        await fixture.AppendAsync([Of("a=1", now, 5)], new TenantId("other"));
        (await MarkedAsync(fixture, now, now + 9)).ShouldBe([2, 3]);
        await fixture.FlushAsync();
        (await MarkedAsync(fixture, now, now + 9)).ShouldBe([2, 3]);
        (await MarkedAsync(fixture, long.MinValue, long.MaxValue)).ShouldBe([1, 2, 3, 4]);
    }

    [Fact]
    public async Task Ids_are_read_as_other_programs_write_them()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        await fixture.AppendAsync(
            new Line("a=1", fixture.Now, "upper", $"trace_id={IdOf(1).ToString("X32", CultureInfo.InvariantCulture)}"),
            new Line("a=1", fixture.Now, "short", $"trace_id={IdOf(2).ToString("x", CultureInfo.InvariantCulture)}"));
        (await MarkedAsync(fixture, long.MinValue, long.MaxValue)).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task A_block_that_cannot_be_read_is_told_of()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        await fixture.AppendAsync(Of("a=1", fixture.Now, 1));
        await fixture.FlushAsync();
        var block = fixture.Catalog.Current.All.ShouldHaveSingleItem();
        await fixture.Services.Quarantine.AddAsync(block, 3, "it is damaged", CancellationToken.None);
        using var ids = Ids();
        var problem = await MarkAsync(fixture, ids, long.MinValue, long.MaxValue);
        problem.ShouldNotBeNull().ShouldContain(block.ObjectKey);
    }

    private static Line Of(string stream, long time, int trace) => new(stream, time, $"of {trace}", $"trace_id={IdOf(trace).ToString("x32", CultureInfo.InvariantCulture)}");

    private static UInt128 IdOf(int number) => new((ulong)number, 0x0123456789ABCDEF * (ulong)number);

    private static TraceIdSet Ids()
    {
        var ids = new TraceIdSet(MemoryBudget.Unlimited("ids"));
        for (var i = 1; i < 10; i++) ids.TryAdd(IdOf(i)).ShouldBeTrue();
        return ids;
    }

    private static ValueTask<string?> MarkAsync(LogStoreFixture fixture, TraceIdSet ids, long min, long max) =>
        new LogReferences(fixture.Store).MarkAsync(TenantId.Default, ids, 4, min, max, MemoryBudget.Unlimited("test"), CancellationToken.None);

    private static async Task<List<int>> MarkedAsync(LogStoreFixture fixture, long min, long max)
    {
        using var ids = Ids();
        (await MarkAsync(fixture, ids, min, max)).ShouldBeNull();
        return [.. Enumerable.Range(0, ids.Count).Where(i => ids.MarksOf(i) == 4).Select(static i => i + 1)];
    }
}
