using System.Text.Json.Nodes;
using Triptych.Model.Logs;
using Triptych.Testing;

namespace Triptych.Logs.Tests;

public class DuckDbTests
{
    [Fact]
    public async Task A_block_is_read_by_Duckdb()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var t = fixture.Now;
        var lines = Enumerable.Range(0, 20).Select(i => new Line($"app=a{i % 2}", t + i, $"line ü {i}", $"trace_id=t{i},user=u{i}", LogLevel.Warn)).ToArray();
        await fixture.AppendAsync(lines);
        await fixture.FlushAsync();
        var file = Directory.GetFiles(fixture.ObjectRoot, "*.parquet", SearchOption.AllDirectories).ShouldHaveSingleItem();
        var rows = await DuckDb.QueryAsync(
            file, "SELECT labels['app'] AS app, level, line, trace_id AS trace, metadata['user'] AS u FROM read_parquet($file)", CancellationToken.None);
        var found = rows.Select(r => JsonNode.Parse(r)!).Select(r => $"{r["app"]} {r["level"]} {r["line"]} {r["trace"]} {r["u"]}");
        found.ShouldBe(Enumerable.Range(0, 20).OrderBy(i => i % 2).ThenBy(i => i).Select(i => $"a{i % 2} warn line ü {i} t{i} u{i}"));
    }

    [Fact]
    public async Task Columns_of_metadata_are_read_by_Duckdb()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var t = fixture.Now;
        await fixture.AppendAsync([.. Enumerable.Range(0, 200).Select(i => new Line(
            "app=a", t + i, $"line {i}", $"http.route=/r{i % 2},user_id={i:x8}{(i % 50 == 0 ? ",rare=yes" : "")}"))]);
        await fixture.FlushAsync();
        var file = Directory.GetFiles(fixture.ObjectRoot, "*.parquet", SearchOption.AllDirectories).ShouldHaveSingleItem();
        var rows = await DuckDb.QueryAsync(
            file,
            "SELECT \"metadata_http.route\" AS route, count(*) AS n, min(metadata_user_id) AS first, count(metadata['rare']) AS rare FROM read_parquet($file) GROUP BY 1 ORDER BY 1",
            CancellationToken.None);
        rows.Select(r => JsonNode.Parse(r)!).Select(r => $"{r["route"]} {r["n"]} {r["first"]} {r["rare"]}").ShouldBe(["/r0 100 00000000 4", "/r1 100 00000001 0"]);
        rows = await DuckDb.QueryAsync(file, "SELECT line FROM read_parquet($file) WHERE metadata_user_id = '000000a7'", CancellationToken.None);
        rows.ShouldHaveSingleItem().ShouldContain("line 167");
    }

    [Fact]
    public async Task Columns_of_fields_are_read_by_Duckdb()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var t = fixture.Now;
        await fixture.AppendAsync([.. Enumerable.Range(0, 40).Select(i => new Line("app=a", t + i, $$"""{"level":"{{(i % 2 == 0 ? "info" : "warn")}}","took":{{i}}.125}"""))]);
        await fixture.FlushAsync();
        var file = Directory.GetFiles(fixture.ObjectRoot, "*.parquet", SearchOption.AllDirectories).ShouldHaveSingleItem();
        var rows = await DuckDb.QueryAsync(
            file, "SELECT json_level AS level, sum(json3_took) AS took, min(parsed) AS parsed FROM read_parquet($file) GROUP BY 1 ORDER BY 1", CancellationToken.None);
        rows.Select(r => JsonNode.Parse(r)!).Select(r => $"{r["level"]} {r["took"]} {r["parsed"]}").ShouldBe(["info 382500 1", "warn 402500 1"]);
    }
}
