using System.Diagnostics;

namespace Triptych.Server.Tests.Storage;

/// <summary>Retention rules with a size, in the running server: of what a selector names the oldest rows go, whatever else is in their blocks.</summary>
public sealed class SizeRuleTests : IAsyncDisposable
{
    private const int LotCount = 12;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private readonly ServerProcess _server = new();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task The_newest_rows_of_a_selector_stay_and_all_rows_of_others_also_after_a_kill()
    {
        const string Rules = "{time: 15d, rules: [{selector: '{app=\"doomed\"}', time: 15d, size: 4KiB}]}";
        var config = Path.Combine(_server.Folder, "triptych.yaml");
        await File.WriteAllTextAsync(
            config,
            $"storage: {{retention: {{metrics: {Rules}, logs: {Rules}, traces: {Rules}}}}}\nweb: {{enable_admin_api: true}}\n",
            TestContext.Current.CancellationToken);
        await _server.StartAsync("serve", "--config", config);
        var start = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / 60 * 60) - TimeSpan.FromMinutes(Lots.Minutes + 10);
        var lots = new Lots(start);
        LotSignal[] signals = [new MetricLots(_server), new LogLots(_server), new TraceLots(_server)];
        foreach (var signal in signals)
        {
            for (var lot = 0; lot < LotCount; lot++)
            {
                await signal.WriteAsync(Lots.Kept, lot, [.. lots.DoomedOf(lot)]);
                await signal.WriteAsync(Lots.Doomed, lot, [.. lots.RowsOf(lot)]);
            }

            // A deletion makes blocks of all that is in memory, and upkeep look at once; it names nothing here.
            await signal.DeleteAsync(LotCount, lots.Start, lots.End);
        }

        foreach (var signal in signals) await CheckAsync(signal, lots);

        await _server.KillAsync();
        await _server.StartAsync("serve", "--config", config);
        foreach (var signal in signals) await CheckAsync(signal, lots);
        _server.Error.ShouldNotContain(" failed");
    }

    private async Task CheckAsync(LotSignal signal, Lots lots)
    {
        var all = Enumerable.Range(0, LotCount).SelectMany(lots.RowsOf).OrderDescending().ToList();
        var waited = Stopwatch.StartNew();
        while (true)
        {
            waited.Elapsed.ShouldBeLessThan(Patience, $"{signal.Name}: {_server.Error}");
            var left = (int)await CountAsync(signal, Lots.Doomed, lots.Start, lots.End);
            if (left < all.Count)
            {
                // The full minutes around the oldest row that stayed.
                left.ShouldBeGreaterThan(0, signal.Name);
                var before = new DateTimeOffset(all[left - 1].Ticks / TimeSpan.TicksPerMinute * TimeSpan.TicksPerMinute, TimeSpan.Zero);
                var after = before.AddMinutes(1);
                var (older, newer) = (await CountAsync(signal, Lots.Doomed, lots.Start, before), await CountAsync(signal, Lots.Doomed, after, lots.End));

                // Unless it went on meanwhile.
                if (await CountAsync(signal, Lots.Doomed, lots.Start, lots.End) == left)
                {
                    older.ShouldBe(0, $"{signal.Name}: before {before:u}");
                    newer.ShouldBe(all.Count(r => r > after), $"{signal.Name}: after {after:u}");
                    break;
                }
            }

            await Task.Delay(100);
        }

        (await CountAsync(signal, Lots.Kept, lots.Start, lots.End)).ShouldBe(LotCount * Lots.RowsPerRequest, signal.Name);
    }

    private static async Task<long> CountAsync(LotSignal signal, string app, DateTimeOffset from, DateTimeOffset to)
    {
        if (from >= to) return 0;
        var count = 0L;
        for (var lot = 0; lot < LotCount; lot++) count += await signal.CountAsync(app, lot, from, to);
        return count;
    }
}
