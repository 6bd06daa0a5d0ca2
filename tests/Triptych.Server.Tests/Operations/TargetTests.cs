using System.Globalization;
using System.Text.Json;

namespace Triptych.Server.Tests.Operations;

/// <summary>Targets and followed files, as their page shows them.</summary>
public sealed class TargetTests : IAsyncDisposable
{
    private readonly ServerProcess _server = new();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_scrape_tells_its_samples_and_a_followed_file_how_far_it_was_read()
    {
        var file = Path.Combine(_server.Folder, "app.log");
        await File.WriteAllTextAsync(file, "one\ntwo\n", TestContext.Current.CancellationToken);
        var config = Path.Combine(_server.Folder, "triptych.yaml");
        await File.WriteAllTextAsync(config, $"tail:\n  - paths: [\"{file}\"]\n    from_beginning: true\n", TestContext.Current.CancellationToken);
        _server.Set("TRIPTYCH_SCRAPE_SELF", "true");
        await _server.StartAsync("serve", "--config", config);
        JsonElement target, followed;
        do
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
            var answer = await Wire.GetAsync(_server.Url(_server.UiPort, "/api/triptych/v1/status/targets"));
            answer.Status.ShouldBe(200, answer.Text);
            using var json = JsonDocument.Parse(answer.Body);
            target = First(json.RootElement.GetProperty("targets"), t => t.GetProperty("job").GetString() == "triptych");
            followed = First(json.RootElement.GetProperty("files"), static _ => true);
        }
        while (!IsDone(target, followed));
        target.GetProperty("samplesKept").GetInt32().ShouldBe(target.GetProperty("samplesScraped").GetInt32());
        target.GetProperty("lastError").GetString().ShouldBe("");
        target.GetProperty("labels").GetProperty("job").GetString().ShouldBe("triptych");
        followed.GetProperty("path").GetString().ShouldBe(file);
        followed.GetProperty("sizeBytes").GetInt64().ShouldBe(8);
        followed.GetProperty("lastReadUnixMs").GetInt64().ToString(CultureInfo.InvariantCulture).Length.ShouldBe(13);
        followed.GetProperty("lostSinceUnixMs").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    // Nothing is collected before replay is over.
    private static JsonElement First(JsonElement list, Func<JsonElement, bool> isWanted)
    {
        foreach (var one in list.EnumerateArray())
        {
            if (isWanted(one)) return one.Clone();
        }

        return default;
    }

    private static bool IsDone(JsonElement target, JsonElement followed) =>
        target.ValueKind == JsonValueKind.Object && followed.ValueKind == JsonValueKind.Object
        && target.GetProperty("health").GetString() == "up" && target.GetProperty("samplesScraped").GetInt32() > 0
        && followed.GetProperty("offsetBytes").GetInt64() == 8;
}
