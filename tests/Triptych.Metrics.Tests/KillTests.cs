using Triptych.Testing;
using Triptych.Testing.Kills;

namespace Triptych.Metrics.Tests;

/// <summary>
/// A day of a metrics store's life, killed before and after every call to disk, object store and metastore (SQLite): whatever was acknowledged and has
/// neither been deleted nor passed its time is there once, what was deleted stays gone, and nothing else lies in the store.
/// </summary>
public sealed class KillTests
{
    private static readonly KillWalk Walk = new(new MetricKills(), stride: 13);

    private static readonly KillWalk OverLimit = new(new MetricKills(maxActiveSeries: 2), stride: 29);

    [Theory]
    [InlineData(false, Leftover.Everything)]
    [InlineData(true, Leftover.Scattered)]
    public async Task Killed_at_any_call_a_tenant_beyond_its_limit_loses_nothing_either(bool after, Leftover leftover)
    {
        var count = await OverLimit.RunAsync(after, leftover);
        count.Kills.ShouldBeGreaterThan(3);
    }

    [Fact]
    public async Task The_story_does_all_that_it_shall()
    {
        var calls = await Walk.TellAsync();
        TestContext.Current.TestOutputHelper!.WriteLine($"{calls} calls");
        calls.ShouldBeGreaterThan(150);
    }

    [Theory]
    [InlineData(false, Leftover.Everything)]
    [InlineData(true, Leftover.Everything)]
    [InlineData(true, Leftover.Nothing)]
    [InlineData(true, Leftover.TornWrites)]
    [InlineData(false, Leftover.Scattered)]
    public async Task Killed_at_any_call_no_row_is_lost_or_doubled_and_nothing_stays_behind(bool after, Leftover leftover)
    {
        var count = await Walk.RunAsync(after, leftover);
        TestContext.Current.TestOutputHelper!.WriteLine($"{count}");
        count.Kills.ShouldBeGreaterThan(5);
    }
}
