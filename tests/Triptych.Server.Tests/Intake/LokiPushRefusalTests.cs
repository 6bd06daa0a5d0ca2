using System.Globalization;
using System.Text;

namespace Triptych.Server.Tests.Intake;

/// <summary>Pushes on Loki's old path, and refusals that name the stream, as agents' users look for them.</summary>
public sealed class LokiPushRefusalTests : IAsyncDisposable
{
    private readonly ServerProcess _server = new();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("/loki/api/v1/push")]
    [InlineData("/api/prom/push")]
    public async Task Lines_are_taken_on_both_paths_and_a_refusal_names_the_stream(string path)
    {
        await _server.StartAsync();
        (await PushAsync(path, "a", 0)).Status.ShouldBe(204);

        var old = await PushAsync(path, "b \\\"x\\\"", -1000 * 3600);
        old.Status.ShouldBe(400);
        old.Text.ShouldContain("entry for stream '{app=\"b \\\"x\\\"\", service_name=");
        old.Text.ShouldContain("has timestamp too old: ");
        old.Text.ShouldContain("oldest acceptable timestamp is: ");

        (await PushAsync(path, "c", 1000 * 3600)).Text.ShouldContain("has timestamp too new: ");
        var found = await Wire.GetAsync(_server.Url(_server.LokiPort, "/loki/api/v1/label/app/values"));
        found.Text.ShouldContain("[\"a\"]");
    }

    private Task<Answer> PushAsync(string path, string app, long secondsFromNow)
    {
        var time = ((TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + secondsFromNow) * 1_000_000_000).ToString(CultureInfo.InvariantCulture);
        var body = Encoding.UTF8.GetBytes($$$"""{"streams":[{"stream":{"app":"{{{app}}}"},"values":[["{{{time}}}","a line"]]}]}""");
        return Wire.PostAsync(_server.Url(_server.LokiPort, path), body, "application/json");
    }
}
