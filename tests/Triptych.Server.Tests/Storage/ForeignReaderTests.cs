using System.Diagnostics;
using System.Text.Json.Nodes;
using Triptych.Ingest.Tests.Protos.Otlp;
using Triptych.Testing;

namespace Triptych.Server.Tests.Storage;

/// <summary>What the README promises: DuckDB reads the blocks where they lie. So does another reader.</summary>
public sealed class ForeignReaderTests : IAsyncDisposable
{
    private readonly ServerProcess _server = new ServerProcess()
        .Set("TRIPTYCH_STORAGE_METRICS_FLUSH_AGE", "1s").Set("TRIPTYCH_STORAGE_LOGS_FLUSH_AGE", "1s").Set("TRIPTYCH_STORAGE_TRACES_FLUSH_AGE", "1s");

    private readonly ServerProcess _tool = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _tool.DisposeAsync();
    }

    [Fact]
    public async Task Flushed_and_merged_blocks_of_what_ordinary_senders_send_are_read_whole_by_readers_that_are_not_ours()
    {
        await _server.StartAsync();
        var patience = Stopwatch.StartNew();
        List<JsonNode> merged;
        for (byte round = 1; ; round++)
        {
            await SendAsync(round);
            merged = [.. (await ListAsync()).Where(block => block["level"]!.GetValue<int>() > 0)];
            if (merged.Select(Signal).Distinct().Count() == 3) break;
            patience.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(5), "no merged blocks of all signals came");
        }

        // One more of each, whether or not it is merged before it is read; stopping makes blocks of the last.
        await SendAsync(255);
        (await _server.StopAsync()).ShouldBe(0);
        var blocks = await ListAsync();
        blocks.Select(block => (Signal(block), block["level"]!.GetValue<int>() > 0)).Distinct().Count().ShouldBeGreaterThanOrEqualTo(4);
        foreach (var block in blocks)
        {
            var path = Path.Combine(_server.DataDirectory, "objects", block["object_key"]!.ToString());
            var rows = block["rows"]!.GetValue<int>();
            (await DuckDb.QueryAsync(path, "SELECT * FROM read_parquet($file)", Cancel)).Length.ShouldBe(rows, block.ToJsonString());
            (await DuckDb.ReadByHyparquetAsync(path, Cancel)).Length.ShouldBe(rows, block.ToJsonString());
            if (Signal(block) == "traces") await CheckAttributesAsync(path, rows);
        }
    }

    /// <summary>Frequent attributes are columns with types that a query by SQL can compare and count.</summary>
    private static async Task CheckAttributesAsync(string path, int rows)
    {
        const string Sql =
            """
            SELECT 1 FROM read_parquet($file)
            WHERE "span.http.route" = '/cart' AND "span.http.response.status_code" + 1 = 201 AND "span.ratio" * 2 = 1 AND "span.cached"
            """;
        (await DuckDb.QueryAsync(path, Sql, Cancel)).Length.ShouldBe(rows);
    }

    private static string Signal(JsonNode block) => block["signal"]!.ToString();

    /// <summary>Lines without trace or metadata, and spans without status message, events or links: columns that have no value at all.</summary>
    private async Task SendAsync(byte round)
    {
        var otlp = (string path) => _server.Url(_server.OtlpHttpPort, path);
        (await Wire.PostAsync(otlp("/v1/logs"), Bodies.Logs("blocks", $"line {round}", "another"), Wire.Protobuf)).Status.ShouldBe(200);
        (await Wire.PostAsync(otlp("/v1/metrics"), Bodies.Metrics("blocks", Bodies.Gauge($"gauge_{round}", round)), Wire.Protobuf)).Status.ShouldBe(200);
        var span = Bodies.NewSpan([.. Enumerable.Repeat(round, 16)], [.. Enumerable.Repeat(round, 8)]);
        span.Attributes.Add(new KeyValue { Key = "http.route", Value = new AnyValue { StringValue = "/cart" } });
        span.Attributes.Add(new KeyValue { Key = "http.response.status_code", Value = new AnyValue { IntValue = 200 } });
        span.Attributes.Add(new KeyValue { Key = "ratio", Value = new AnyValue { DoubleValue = 0.5 } });
        span.Attributes.Add(new KeyValue { Key = "cached", Value = new AnyValue { BoolValue = true } });
        (await Wire.PostAsync(otlp("/v1/traces"), Bodies.Traces("blocks", span), Wire.Protobuf)).Status.ShouldBe(200);
    }

    private async Task<List<JsonNode>> ListAsync()
    {
        var listed = await _tool.RunAsync("block", "ls", "-o", "json", "--data-dir", _server.DataDirectory);
        listed.ExitCode.ShouldBe(0, listed.Error);
        return [.. JsonNode.Parse(listed.Output)!.AsArray().Select(block => block!)];
    }
}
