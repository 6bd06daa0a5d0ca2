using System.Text.Json;

namespace Triptych.Server.Tests.Operations;

/// <summary>Queries that run on a real server, as an operator sees and stops them.</summary>
public sealed class RunningQueriesTests(DefaultServer server)
{
    // Minutes of work on a single series that needs no data.
    private const string Endless = "quantile_over_time(0.5, quantile_over_time(0.5, vector(time())[6h:1s])[1d:1s])";

    [Fact]
    public async Task A_slow_query_is_listed_and_stopping_it_ends_its_work_and_tells_its_client()
    {
        var url = server.Url(server.PrometheusPort, $"/api/v1/query?query={Uri.EscapeDataString(Endless)}&time=1700000000");
        var answer = Wire.GetAsync(url, static request =>
        {
            request.Headers.UserAgent.ParseAdd("slow-client/1.0");
            request.Headers.Add("X-Scope-OrgID", "patient");
        });
        var listed = await FindAsync(
            static q => q.GetProperty("userAgent").GetString() == "slow-client/1.0" && q.GetProperty("state").GetString() == "running");
        listed.GetProperty("text").GetString().ShouldBe(Endless);
        listed.GetProperty("language").GetString().ShouldBe("promql");
        listed.GetProperty("api").GetString().ShouldBe("GET /api/v1/query");
        listed.GetProperty("tenant").GetString().ShouldBe("patient");
        listed.GetProperty("remoteAddress").GetString().ShouldBe("127.0.0.1");
        listed.GetProperty("endUnixMs").GetInt64().ShouldBe(1_700_000_000_000);
        answer.IsCompleted.ShouldBeFalse();

        var id = listed.GetProperty("id").GetString();
        (await DeleteAsync(id!)).Status.ShouldBe(204);
        var told = await answer;
        told.Status.ShouldBe(499, told.Text);
        using var json = JsonDocument.Parse(told.Body);
        json.RootElement.GetProperty("errorType").GetString().ShouldBe("canceled");
        json.RootElement.GetProperty("error").GetString().ShouldBe("query was stopped by an operator");
        (await ListAsync()).ShouldNotContain(q => q.GetProperty("id").GetString() == id);
        (await DeleteAsync(id!)).ShouldBeOneLine(404, "no query of this id");
    }

    [Fact]
    public async Task An_id_that_is_none_is_refused() => (await DeleteAsync("7")).ShouldBeOneLine(400, "the id of a query is expected");

    [Fact]
    public async Task A_page_of_another_origin_cannot_stop_queries()
    {
        var request = new HttpRequestMessage(HttpMethod.Delete, server.Url(server.UiPort, $"/api/triptych/v1/queries/{Guid.NewGuid()}"));
        request.Headers.Add("Origin", "http://elsewhere.example");
        (await Wire.SendAsync(request)).Status.ShouldBe(403);
    }

    private Task<Answer> DeleteAsync(string id) =>
        Wire.SendAsync(new HttpRequestMessage(HttpMethod.Delete, server.Url(server.UiPort, $"/api/triptych/v1/queries/{id}")));

    private async Task<IReadOnlyList<JsonElement>> ListAsync()
    {
        var answer = await Wire.GetAsync(server.Url(server.UiPort, "/api/triptych/v1/queries"));
        answer.Status.ShouldBe(200, answer.Text);
        using var json = JsonDocument.Parse(answer.Body);
        return [.. json.RootElement.GetProperty("queries").EnumerateArray().Select(static q => q.Clone())];
    }

    private async Task<JsonElement> FindAsync(Func<JsonElement, bool> isWanted)
    {
        while (true)
        {
            var found = (await ListAsync()).Where(isWanted).ToList();
            if (found.Count > 0) return found[0];
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
