using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Triptych.Api.Admin;

namespace Triptych.Api.Tests.Admin;

/// <summary>The files of a browser UI on disk, and what is answered where there is none.</summary>
public sealed class UiEndpointTests : IAsyncLifetime
{
    private const string StartPage = "<!doctype html><title>start</title>";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("triptych-ui-tests-");
    private WebApplication? _app;
    private HttpClient? _client;

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "index.html"), StartPage);
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "icon.svg"), "<svg/>");
        _folder.CreateSubdirectory("assets");
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "assets", "app-1a2b.js"), "export {};");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        new UiEndpoints(_folder.FullName).Map(_app);
        await _app.StartAsync();
        _client = new HttpClient { BaseAddress = new Uri(_app.Urls.Single()) };
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_app is not null) await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/index.html")]
    [InlineData("/explore/metrics?query=up.down")]
    [InlineData("/trace/0123456789abcdef0123456789abcdef")]
    [InlineData("/assets")]
    public async Task A_page_of_the_browser_is_the_start_page_and_is_not_kept(string path)
    {
        var (status, type, cache, body) = await GetAsync(path);
        (status, type, cache, body).ShouldBe((200, "text/html", "no-cache", StartPage));
    }

    [Theory]
    [InlineData("/assets/app-1a2b.js", "text/javascript", "public, max-age=31536000, immutable")]
    [InlineData("/icon.svg", "image/svg+xml", "no-cache")]
    public async Task A_file_is_sent_as_what_it_is(string path, string type, string cache)
    {
        var answer = await GetAsync(path);
        (answer.Status, answer.Type, answer.Cache).ShouldBe((200, type, cache));
    }

    [Theory]
    [InlineData("/assets/nope.js")]
    [InlineData("/assets/nope")]
    [InlineData("/assets/")]
    [InlineData("/nope.css")]
    [InlineData("/explore/nope.map")]
    [InlineData("/.git")]
    public async Task A_file_that_does_not_exist_is_404_and_never_the_start_page(string path)
    {
        var (status, type, cache, body) = await GetAsync(path);
        (status, type, cache).ShouldBe((404, "text/plain", ""));
        body.ShouldBe($"404 page not found: {path}\n");
    }

    private async Task<(int Status, string? Type, string Cache, string Body)> GetAsync(string path)
    {
        using var response = await _client!.GetAsync(path, TestContext.Current.CancellationToken);
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType, response.Headers.CacheControl?.ToString() ?? "", body);
    }
}
