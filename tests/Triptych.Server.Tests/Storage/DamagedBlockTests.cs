using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Triptych.Server.Tests.Storage;

/// <summary>
/// A block of each signal that is damaged while the server runs: whoever asks first finds it, answers hold what the other blocks have and say what they
/// lack, the block is named and counted, and all else goes on, also after a restart and until the right file is back.
/// </summary>
public sealed class DamagedBlockTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly ServerProcess _server = new ServerProcess().Set("TRIPTYCH_WEB_ENABLE_ADMIN_API", "true");
    private readonly ServerProcess _tool = new();
    private readonly Lots _lots = new(
        DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / 60 * 60) - TimeSpan.FromMinutes(Lots.Minutes + 10));

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _tool.DisposeAsync();
    }

    [Fact]
    public async Task It_is_set_aside_by_the_query_that_finds_it_named_and_counted_and_the_others_answer_on()
    {
        await _server.StartAsync();
        LotSignal[] signals = [new MetricLots(_server), new LogLots(_server), new TraceLots(_server)];
        foreach (var signal in signals)
        {
            await WriteBlockAsync(signal, lot: 0);
            await WriteBlockAsync(signal, lot: 1);
        }

        var right = await DamageAsync();
        foreach (var signal in signals)
        {
            var key = right.Keys.Single(k => k.Contains($"/{signal.Name.ToLowerInvariant()}/", StringComparison.Ordinal));
            await LacksAsync(signal, key);
            await LacksAsync(signal, key);

            // What comes in meanwhile is taken and answered, in memory and in a block.
            await signal.WriteAsync(Lots.Kept, 2, [.. _lots.RowsOf(2)]);
            (await signal.AskAsync(Lots.Kept, 2, _lots.Start, _lots.End)).Count.ShouldBe(Lots.RowsPerLot, signal.Name);
            (await CountOfAsync(signal)).ShouldBe(1);
        }

        (await NamedAsync()).Order(StringComparer.Ordinal).ShouldBe(right.Keys.Order(StringComparer.Ordinal));
        foreach (var key in right.Keys)
            _server.Error.Split('\n').Count(l => l.Contains(key, StringComparison.Ordinal)).ShouldBe(1, $"told once: {_server.Error}");
        var verified = await _tool.RunAsync("block", "verify", "--data-dir", _server.DataDirectory);
        verified.ExitCode.ShouldBe(1, verified.Output + verified.Error);
        foreach (var key in right.Keys) (verified.Output + verified.Error).ShouldContain(key);

        (await _server.StopAsync()).ShouldBe(0, _server.Error);
        await _server.StartAsync();
        foreach (var signal in signals)
        {
            await LacksAsync(signal, right.Keys.Single(k => k.Contains($"/{signal.Name.ToLowerInvariant()}/", StringComparison.Ordinal)));
            (await signal.AskAsync(Lots.Kept, 2, _lots.Start, _lots.End)).Count.ShouldBe(Lots.RowsPerLot, signal.Name);
            (await CountOfAsync(signal)).ShouldBe(1, "it counts again after a start");
        }

        // The right files are put back: the first round of upkeep after a start takes them back.
        await _server.KillAsync();
        foreach (var (key, bytes) in right) await File.WriteAllBytesAsync(PathOf(key), bytes, TestContext.Current.CancellationToken);
        await _server.StartAsync();
        for (var waited = Stopwatch.StartNew(); (await NamedAsync()).Count > 0; await Task.Delay(50)) waited.Elapsed.ShouldBeLessThan(Patience, _server.Error);
        foreach (var signal in signals)
        {
            for (var lot = 0; lot < 3; lot++) (await signal.CountAsync(Lots.Kept, lot, _lots.Start, _lots.End)).ShouldBe(Lots.RowsPerLot, signal.Name);
            (await CountOfAsync(signal)).ShouldBe(0);
        }
    }

    /// <summary>Writes a lot, and has a block made of it by a deletion that names nothing.</summary>
    private async Task WriteBlockAsync(LotSignal signal, int lot)
    {
        await signal.WriteAsync(Lots.Kept, lot, [.. _lots.RowsOf(lot)]);
        await signal.DeleteAsync(99, _lots.Start, _lots.End);
    }

    /// <summary>Alters a byte in every 64 of the first half of the first block of each signal. Returns what was right.</summary>
    private async Task<Dictionary<string, byte[]>> DamageAsync()
    {
        var listed = await _tool.RunAsync("block", "ls", "-o", "json", "--data-dir", _server.DataDirectory);
        listed.ExitCode.ShouldBe(0, listed.Error);
        var blocks = JsonNode.Parse(listed.Output)!.AsArray().Select(b => b!).ToList();
        blocks.Count.ShouldBe(6, listed.Output);
        var right = new Dictionary<string, byte[]>();
        foreach (var ofSignal in blocks.GroupBy(b => b["signal"]!.ToString()))
        {
            var key = ofSignal.MinBy(b => b["first_segment"]!.GetValue<long>())!["object_key"]!.ToString();
            var bytes = await File.ReadAllBytesAsync(PathOf(key), TestContext.Current.CancellationToken);
            right[key] = [.. bytes];
            for (var at = 4; at < bytes.Length / 2; at += 64) bytes[at] ^= 0x55;
            await File.WriteAllBytesAsync(PathOf(key), bytes, TestContext.Current.CancellationToken);
        }

        return right;
    }

    /// <summary>Of what lay in the damaged block an answer has nothing, of the other block all; and it says so.</summary>
    private async Task LacksAsync(LotSignal signal, string key)
    {
        for (var lot = 0; lot < 2; lot++)
        {
            var (count, text) = await signal.AskAsync(Lots.Kept, lot, _lots.Start, _lots.End);
            count.ShouldBe(lot == 0 ? 0 : Lots.RowsPerLot, $"{signal.Name}: {text}");
            text.ShouldContain(key);
        }
    }

    private async Task<List<string>> NamedAsync()
    {
        var answer = await Wire.GetAsync(_server.Url(_server.UiPort, "/api/triptych/v1/status/storage"));
        answer.Status.ShouldBe(200, answer.Text);
        using var status = JsonDocument.Parse(answer.Body);
        return [.. status.RootElement.GetProperty("quarantined").EnumerateArray().Select(b => b.GetProperty("objectKey").GetString()!)];
    }

    /// <summary>The server's own metric of blocks set aside.</summary>
    private async Task<double> CountOfAsync(LotSignal signal)
    {
        var metrics = (await Wire.GetAsync(_server.Url(_server.UiPort, "/metrics"))).Text.Split('\n');
        var line = metrics.SingleOrDefault(l => l.StartsWith("triptych_blocks_quarantined{", StringComparison.Ordinal)
            && l.Contains($"signal=\"{signal.Name.ToLowerInvariant()}\"", StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture);
    }

    private string PathOf(string key) => Path.Combine(_server.DataDirectory, "objects", key);
}
