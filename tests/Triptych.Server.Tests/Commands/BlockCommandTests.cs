using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Triptych.Server.Tests.Commands;

public sealed class BlockCommandTests : IAsyncDisposable
{
    private readonly ServerProcess _server = new ServerProcess()
        .Set("TRIPTYCH_STORAGE_METRICS_FLUSH_AGE", "1s").Set("TRIPTYCH_STORAGE_LOGS_FLUSH_AGE", "1s").Set("TRIPTYCH_STORAGE_TRACES_FLUSH_AGE", "1s");

    private readonly ServerProcess _tool = new();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _tool.DisposeAsync();
    }

    [Fact]
    public async Task Blocks_are_listed_shown_and_verified_while_the_server_runs_and_after()
    {
        var blocks = await FillAsync();
        blocks.Select(block => block!["signal"]!.ToString()).Distinct().Order(StringComparer.Ordinal).ShouldBe(["logs", "metrics", "traces"]);
        var table = await BlockAsync("ls", "--signal", "traces");
        table.ExitCode.ShouldBe(0, table.Error);
        var traces = blocks.Where(block => block!["signal"]!.ToString() == "traces").ToList();

        // What was sent last may have become further blocks meanwhile.
        var summary = table.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        int.Parse(summary.Split(" blocks, ")[0], CultureInfo.InvariantCulture).ShouldBeGreaterThanOrEqualTo(traces.Count);
        foreach (var block in traces) table.Output.ShouldContain(block!["id"]!.ToString());
        table.Output.ShouldNotContain(" logs ");

        var id = traces[0]!["id"]!.ToString();
        var shown = await BlockAsync("inspect", id);
        shown.Output.ShouldContain("triptych.format = traces/1");
        shown.Output.ShouldContain("trace_id");
        shown.Output.ShouldContain("triptych.resources");
        var json = JsonNode.Parse((await BlockAsync("inspect", id, "-o", "json")).Output)!;
        json["rows"]!.GetValue<long>().ShouldBe(traces[0]!["rows"]!.GetValue<long>());
        json["row_groups"]![0]!["columns"]!.AsArray().Count.ShouldBe(json["columns"]!.AsArray().Count);

        (await BlockAsync("verify")).ExitCode.ShouldBe(0);
        (await _server.StopAsync()).ShouldBe(0);
        var stopped = await BlockAsync("verify");
        stopped.ExitCode.ShouldBe(0, stopped.Output);
        stopped.Output.ShouldContain(", 0 of them damaged");
        stopped.Output.ShouldContain("ok ");
    }

    [Fact]
    public async Task Damage_of_any_kind_is_told_with_file_and_offset_and_ends_with_1()
    {
        await FillAsync();
        await _server.StopAsync();

        // Stopping may make more blocks.
        var blocks = JsonNode.Parse((await BlockAsync("ls", "-o", "json")).Output)!.AsArray();
        string PathOf(JsonNode? block) => Path.Combine(_server.DataDirectory, "objects", block!["object_key"]!.ToString());
        var (altered, cut, gone) = (PathOf(blocks[0]), PathOf(blocks[1]), PathOf(blocks[2]));
        var bytes = await File.ReadAllBytesAsync(altered);
        bytes[bytes.Length / 3] ^= 1;
        await File.WriteAllBytesAsync(altered, bytes);
        await File.WriteAllBytesAsync(cut, (await File.ReadAllBytesAsync(cut))[..^3]);
        File.Delete(gone);

        var verified = await BlockAsync("verify", "-o", "json");
        verified.ExitCode.ShouldBe(1);
        var reports = JsonNode.Parse(verified.Output)!.AsArray();
        reports.Count.ShouldBe(blocks.Count);
        foreach (var path in new[] { altered, cut, gone })
        {
            var report = reports.Single(report => report!["path"]!.ToString() == path)!;
            report["ok"]!.GetValue<bool>().ShouldBeFalse();
            report["problems"]!.AsArray().ShouldAllBe(problem => problem!["file"]!.ToString() == path && problem["offset"]!.GetValue<long>() >= 0);
            report["problems"]!.AsArray().Count.ShouldBeGreaterThan(0);
        }

        reports.Count(report => report!["ok"]!.GetValue<bool>()).ShouldBe(blocks.Count - 3);
        var one = await BlockAsync("verify", altered);
        one.ExitCode.ShouldBe(1);
        one.Output.ShouldContain($"DAMAGED  {altered}: at byte ");
    }

    [Fact]
    public async Task What_is_not_there_is_one_line()
    {
        (await _tool.RunAsync("block", "ls", "--data-dir", "nowhere")).ShouldBeOneLine(1, "nowhere", "data directory");
        await File.WriteAllTextAsync(Path.Combine(_tool.Folder, "x.parquet"), "no block at all");
        (await _tool.RunAsync("block", "inspect", "x.parquet")).ShouldBeOneLine(1, "x.parquet: at byte");
        (await _tool.RunAsync("block", "verify", "x.parquet")).ExitCode.ShouldBe(1);
        (await _tool.RunAsync("block")).ShouldBeOneLine(2, "triptych:");
    }

    /// <summary>Sends some of each signal until there are blocks of each; returns the list of blocks.</summary>
    private async Task<JsonArray> FillAsync()
    {
        await _server.StartAsync();
        var patience = Stopwatch.StartNew();
        for (byte round = 1; ; round++)
        {
            var otlp = (string path) => _server.Url(_server.OtlpHttpPort, path);
            (await Wire.PostAsync(otlp("/v1/logs"), Bodies.Logs("blocks", $"line {round}", "another"), Wire.Protobuf)).Status.ShouldBe(200);
            (await Wire.PostAsync(otlp("/v1/metrics"), Bodies.Metrics("blocks", Bodies.Gauge($"gauge_{round}", round)), Wire.Protobuf)).Status.ShouldBe(200);
            var trace = Bodies.Trace("blocks", [.. Enumerable.Repeat(round, 16)], [.. Enumerable.Repeat(round, 8)]);
            (await Wire.PostAsync(otlp("/v1/traces"), trace, Wire.Protobuf)).Status.ShouldBe(200);
            var listed = await BlockAsync("ls", "-o", "json");
            listed.ExitCode.ShouldBe(0, listed.Error);
            var blocks = JsonNode.Parse(listed.Output)!.AsArray();
            if (blocks.Select(block => block!["signal"]!.ToString()).Distinct().Count() == 3)
                return blocks;
            patience.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(3), "no blocks of all signals came");
        }
    }

    private Task<CommandResult> BlockAsync(params string[] arguments) => _tool.RunAsync(["block", .. arguments, "--data-dir", _server.DataDirectory]);
}
