using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Triptych.Server.Tests.Intake;

public sealed class LogPatternTests : IAsyncDisposable
{
    private static readonly string[] Templates =
    [
        "user {0} logged in from 10.0.0.{1}", "level=info msg=\"order {1} accepted\" took={1}ms customer={0}", "{{\"a\":\"{0}\",\"n\":{1},\"t\":\"x\"}}",
        "GET /api/{0}/{1} 200", "nothing differs here at all",
    ];

    private readonly ServerProcess _server = new();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Each_line_counts_for_one_pattern_in_the_head_and_after_the_flush_and_a_pattern_finds_at_least_its_lines()
    {
        await _server.StartAsync();
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var values = new JsonArray();
        for (var i = 0; i < 1000; i++)
        {
            var line = string.Format(CultureInfo.InvariantCulture, Templates[i % Templates.Length], (char)('a' + (i % 7)), i);
            values.Add(new JsonArray(((now - 500 + (i / 4)) * 1_000_000_000L + i).ToString(CultureInfo.InvariantCulture), line));
        }

        var stream = new JsonObject { ["stream"] = new JsonObject { ["app"] = "shop" }, ["values"] = values };
        var body = Encoding.UTF8.GetBytes(new JsonObject { ["streams"] = new JsonArray(stream) }.ToJsonString());
        (await Wire.PostAsync(_server.Url(_server.LokiPort, "/loki/api/v1/push"), body, "application/json")).Status.ShouldBe(204);
        var inHead = await PatternsAsync();
        inHead.Values.Sum().ShouldBe(1000);
        inHead["nothing differs here at all"].ShouldBe(200);
        inHead.ShouldContainKey("level=info msg=\"order <_> accepted\" took=<_> customer=<_>");
        foreach (var (pattern, count) in inHead)
        {
            var query = $"sum(count_over_time({{app=\"shop\"}} |> `{pattern}` [1h]))";
            using var counted = JsonDocument.Parse((await GetAsync("query", "query", query)).Body);
            var found = counted.RootElement.GetProperty("data").GetProperty("result")[0].GetProperty("value")[1].GetString()!;
            long.Parse(found, CultureInfo.InvariantCulture).ShouldBeGreaterThanOrEqualTo(count, pattern);
        }

        (await _server.StopAsync()).ShouldBe(0, _server.Error);
        await _server.StartAsync();
        (await PatternsAsync()).ShouldBe(inHead, ignoreOrder: true);
    }

    private async Task<Dictionary<string, long>> PatternsAsync()
    {
        var answer = await GetAsync("patterns", "query", "{app=\"shop\"}");
        answer.Status.ShouldBe(200, answer.Text);
        using var json = JsonDocument.Parse(answer.Body);
        return json.RootElement.GetProperty("data").EnumerateArray().ToDictionary(
            p => p.GetProperty("pattern").GetString()!, p => p.GetProperty("samples").EnumerateArray().Sum(s => s[1].GetInt64()));
    }

    private Task<Answer> GetAsync(string path, string name, string value) =>
        Wire.GetAsync(_server.Url(_server.LokiPort, $"/loki/api/v1/{path}?{name}={Uri.EscapeDataString(value)}"));
}
