using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Triptych.Server.Tests.Commands;

public sealed class QueryCommandTests : IAsyncDisposable
{
    private readonly ServerProcess _server = new();
    private readonly ServerProcess _tool = new();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _tool.DisposeAsync();
    }

    [Fact]
    public async Task Lines_and_numbers_are_printed_in_each_form()
    {
        await _server.StartAsync();
        await PushAsync("one, \"two\"", "three level=error");
        var json = await QueryAsync("logs", "{app=\"shop\"}", "-o", "json");
        json.ExitCode.ShouldBe(0, json.Error);
        var lines = json.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!).ToList();
        lines.Select(l => l["line"]!.ToString()).ShouldBe(["one, \"two\"", "three level=error"]);
        lines[0]["labels"]!["app"]!.ToString().ShouldBe("shop");
        (await QueryAsync("logs", "{app=\"shop\"}", "-o", "raw", "--limit", "1")).Output.Trim().ShouldBe("three level=error");
        (await QueryAsync("logs", "{app=\"shop\"}", "-o", "csv")).Output.ShouldContain(",\"one, \"\"two\"\"\"");
        (await QueryAsync("logs", "{app=\"shop\"} |= \"three\"")).Output.ShouldContain("app=\"shop\"");
        (await QueryAsync("logs", "sum(count_over_time({app=\"shop\"}[1h]))")).Output.Trim().ShouldBe("{}  2");
        (await QueryAsync("metrics", "1 + 2")).Output.Trim().ShouldBe("{}  3");
        (await QueryAsync("metrics", "vector(4)", "-o", "csv")).Output.Split('\n')[1].Trim().ShouldBe("{},4");
        (await QueryAsync("traces", "{}")).Output.ShouldStartWith("TRACE_ID");
    }

    [Fact]
    public async Task What_is_wrong_is_one_line()
    {
        (await QueryAsync("logs", "{app=")).ShouldBeOneLine(2, "parse error", "line 1");
        (await QueryAsync("logs", "rate({a=\"b\"}[1m])", "--follow")).ShouldBeOneLine(2, "--follow takes a log query");
        (await QueryAsync("logs", "{a=\"b\"}", "--since", "yesterday")).ShouldBeOneLine(2, "--since yesterday");
        (await QueryAsync("logs", "{a=\"b\"}")).ShouldBeOneLine(1, "no server answers at");
        await _server.StartAsync();
        (await QueryAsync("logs", "{a=\"b\"}", "--limit", "100000")).ShouldBeOneLine(1, "max entries limit");
        (await QueryAsync("logs", "{a=\"b\"}", "--limit", "100000", "--follow")).ShouldBeOneLine(1, "max entries limit");
        (await QueryAsync("metrics", "sum(")).ShouldBeOneLine(1, "parse error");
    }

    [Fact]
    public async Task Following_prints_what_was_and_what_comes_until_it_is_stopped()
    {
        await _server.StartAsync();
        await PushAsync("before");
        _tool.Begin("query", "logs", "{app=\"shop\"} | line_format \"<{{__line__}}>\"", "--follow", "-o", "raw", "--server", _server.Url(_server.UiPort).ToString());
        await WaitForAsync("<before>");
        await PushAsync("after 1", "after 2");
        await WaitForAsync("<after 2>");
        _tool.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Trim()).ShouldBe(["<before>", "<after 1>", "<after 2>"]);
        (await _tool.StopAsync()).ShouldBe(0, _tool.Error);
    }

    [Fact]
    public async Task A_server_that_stops_ends_its_tails_and_the_command_says_so()
    {
        await _server.StartAsync();
        await PushAsync("before");
        _tool.Begin("query", "logs", "{app=\"shop\"}", "--follow", "-o", "raw", "--server", _server.Url(_server.UiPort).ToString());
        await WaitForAsync("before");
        (await _server.StopAsync()).ShouldBe(0, _server.Error);
        (await _tool.WaitAsync()).ShouldBe(1);
        _tool.Error.ShouldContain("the server is stopping");
    }

    private Task<CommandResult> QueryAsync(params string[] arguments) =>
        _tool.RunAsync(["query", .. arguments, "--server", _server.Url(_server.UiPort).ToString()]);

    private async Task PushAsync(params string[] lines)
    {
        var now = (TimeProvider.System.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks) * 100;
        var values = new JsonArray([.. lines.Select((line, i) => new JsonArray((now + i).ToString(CultureInfo.InvariantCulture), line))]);
        var stream = new JsonObject { ["stream"] = new JsonObject { ["app"] = "shop" }, ["values"] = values };
        var body = new JsonObject { ["streams"] = new JsonArray(stream) }.ToJsonString();
        var answer = await Wire.PostAsync(_server.Url(_server.LokiPort, "/loki/api/v1/push"), Encoding.UTF8.GetBytes(body), "application/json");
        answer.Status.ShouldBe(204);
    }

    private async Task WaitForAsync(string text)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (!_tool.Output.Contains(text, StringComparison.Ordinal))
        {
            _tool.IsRunning.ShouldBeTrue(_tool.Error);
            await Task.Delay(20, patience.Token);
        }
    }
}
