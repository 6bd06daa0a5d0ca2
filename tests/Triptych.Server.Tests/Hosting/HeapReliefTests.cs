using System.Diagnostics;
using Triptych.Server.Hosting;
using Triptych.Testing;

namespace Triptych.Server.Tests.Hosting;

public sealed class HeapReliefTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Memory_goes_back_once_for_what_large_queries_held_and_not_for_small_ones()
    {
        var clock = new ManualClock();
        var collections = 0;
        var relief = new HeapRelief(clock, () => Interlocked.Increment(ref collections));
        relief.Note(HeapRelief.WorthBytes / 4);
        for (var second = 0; second < 40; second++) await TickAsync(clock);
        Volatile.Read(ref collections).ShouldBe(0);

        relief.Note(HeapRelief.WorthBytes);
        for (var waited = Stopwatch.StartNew(); Volatile.Read(ref collections) == 0; await TickAsync(clock)) waited.Elapsed.ShouldBeLessThan(Patience);
        for (var second = 0; second < 40; second++) await TickAsync(clock);
        await relief.DisposeAsync();
        collections.ShouldBe(1);
    }

    private static async Task TickAsync(ManualClock clock)
    {
        clock.Advance(TimeSpan.FromSeconds(1));
        await Task.Yield();
    }
}
