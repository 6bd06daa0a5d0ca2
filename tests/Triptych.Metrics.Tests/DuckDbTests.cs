using System.Text.Json.Nodes;
using Triptych.Testing;
using static Triptych.Metrics.Tests.TestLabels;

namespace Triptych.Metrics.Tests;

public class DuckDbTests
{
    [Fact]
    public async Task A_block_is_read_by_Duckdb()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs;
        for (var i = 0; i < 20; i++) await fixture.AppendAsync(Of($"m{i % 2}", "i", $"{i:D2}"), (t + i, 1), (t + 1000, 2), (t + 2000, 3));
        await fixture.FlushAsync();
        var file = Directory.GetFiles(fixture.ObjectRoot, "*.parquet", SearchOption.AllDirectories).ShouldHaveSingleItem();
        var rows = await DuckDb.QueryAsync(
            file, "SELECT name, labels['i'] AS i, samples::INT AS n, epoch_ms(min_time)::VARCHAR AS t FROM read_parquet($file)", CancellationToken.None);
        var found = rows.Select(r => JsonNode.Parse(r)!).Select(r => $"{r["name"]} {r["i"]} {r["n"]} {r["t"]}");
        found.ShouldBe(Enumerable.Range(0, 20).OrderBy(i => i % 2).ThenBy(i => i).Select(i => $"m{i % 2} {i:D2} 3 {t + i}"));
    }
}
