using Triptych.TraceQL.Tests.Planning;

namespace Triptych.Api.Tests.Tempo;

public class TagTests
{
    private static readonly TestSpan[] Spans =
    [
        new(17, 1, 0, "shop", "outer")
        {
            StartMs = 10, Attributes = new() { ["code"] = 200, ["a/b c"] = "slash", ["service.name"] = "shadow" }, Resource = new() { ["region"] = "eu" },
        },
        new(17, 2, 1, "db", "inner") { StartMs = 20, Status = 2, Attributes = new() { ["code"] = "200", ["100%"] = "full" } },
    ];

    [Fact]
    public async Task Version_1_lists_the_names_of_all_scopes_once()
    {
        await using var server = await TempoServer.StartAsync(Spans);
        (await server.GetAsync("/api/search/tags")).Json.GetRawText().ShouldBe("""{"tagNames":["100%","a/b c","code","region","service.name"],"metrics":{}}""");
        (await server.GetAsync("/api/search/tags?scope=resource&limit=1")).Json.GetProperty("tagNames").GetRawText().ShouldBe("""["region"]""");
        (await server.GetAsync("/api/search/tags?scope=intrinsic")).Json.GetProperty("tagNames").GetRawText().ShouldContain("\"rootName\"");
    }

    [Fact]
    public async Task Version_2_lists_names_by_scope()
    {
        await using var server = await TempoServer.StartAsync(Spans);
        var scopes = (await server.GetAsync("/api/v2/search/tags?start=1767225600&end=1767225660")).Json.GetProperty("scopes");
        scopes.EnumerateArray().Select(s => s.GetProperty("name").GetString()).ShouldBe(["resource", "span", "intrinsic"]);
        scopes[0].GetRawText().ShouldBe("""{"name":"resource","tags":["region","service.name"]}""");
        scopes[2].GetProperty("tags").GetArrayLength().ShouldBe(25);
        (await server.GetAsync("/api/v2/search/tags?scope=span&limit=2")).Json.GetProperty("scopes").GetRawText()
            .ShouldBe("""[{"name":"span","tags":["100%","a/b c"]}]""");
        (await server.GetAsync("/api/v2/search/tags?scope=planet")).ShouldFail(400, "planet");
        (await server.GetAsync("/api/v2/search/tags?limit=-1")).ShouldFail(400, "limit");
        (await server.GetAsync("/api/v2/search/tags?start=9&end=8")).ShouldFail(400, "after start");
    }

    [Theory]
    [InlineData("resource.service.name", "string:db string:shop")]
    [InlineData("span.code", "int:200 string:200")]
    [InlineData("span%2Ecode", "int:200 string:200")]
    [InlineData("span%252Ecode", "int:200 string:200")]
    [InlineData("span.%22a%2Fb%20c%22", "string:slash")]
    [InlineData("span.%2522a%252Fb%2520c%2522", "string:slash")]
    [InlineData("span.100%2525", "string:full")]
    [InlineData("span.100%25", "string:full")]
    [InlineData("status", "keyword:error keyword:ok keyword:unset")]
    [InlineData("name?q=%7B%20status%20%3D%20error%20%26%26%20span.x%20%3D", "string:inner")]
    [InlineData("span%3Aname?limit=1", "string:inner")]
    [InlineData("span.missing", "")]
    public async Task Version_2_tells_typed_values(string tagAndQuery, string expected)
    {
        await using var server = await TempoServer.StartAsync(Spans);
        var parts = tagAndQuery.Split('?', 2);
        var json = (await server.GetAsync($"/api/v2/search/tag/{parts[0]}/values{(parts.Length == 2 ? "?" + parts[1] : "")}")).Json;
        string.Join(' ', json.GetProperty("tagValues").EnumerateArray().Select(v => $"{v.GetProperty("type")}:{v.GetProperty("value")}")).ShouldBe(expected);
    }

    [Fact]
    public async Task Version_1_tells_each_text_once()
    {
        await using var server = await TempoServer.StartAsync(Spans);
        (await server.GetAsync("/api/search/tag/code/values")).Json.GetRawText().ShouldBe("""{"tagValues":["200"],"metrics":{}}""");
        (await server.GetAsync("/api/search/tag/code/values?start=1767225601&end=1767225602")).Json.GetProperty("tagValues").GetArrayLength().ShouldBe(0);
        (await server.GetAsync("/api/search/tag/code/values?end=x")).ShouldFail(400, "invalid end");
    }
}
