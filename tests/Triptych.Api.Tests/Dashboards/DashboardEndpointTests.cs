using System.Text.Json;
using Triptych.Api.Dashboards;
using Triptych.Testing;

namespace Triptych.Api.Tests.Dashboards;

public sealed class DashboardEndpointTests
{
    private static string[] Titles(JsonElement hits) => [.. hits.EnumerateArray().Select(static hit => hit.GetProperty("title").GetString()!)];

    [Fact]
    public async Task A_dashboard_comes_back_with_every_property_to_the_letter()
    {
        await using var host = await DashboardHost.StartAsync();
        const string rest = """
            "title":"Ünï","panels":[{"id":1,"unknown":{"a":1.0,"b":1e3,"c":12345678901234567890},"text":"<b>&\u0000é"}],"version":0
            """;
        var (status, saved) = await host.SaveAsync("""{"id":7,"uid":"one",""" + rest + "}");
        status.ShouldBe(200);
        (saved.GetProperty("uid").GetString(), saved.GetProperty("version").GetInt32()).ShouldBe(("one", 1));
        saved.GetProperty("status").GetString().ShouldBe("success");

        var (_, body) = await host.SendAsync("GET", "/dashboards/uid/one");
        var dashboard = body.GetProperty("dashboard");
        (dashboard.GetProperty("uid").GetString(), dashboard.GetProperty("version").GetInt32()).ShouldBe(("one", 1));
        dashboard.GetProperty("id").ValueKind.ShouldBe(JsonValueKind.Null);
        dashboard.GetProperty("panels").GetRawText().ShouldBe(
            """[{"id":1,"unknown":{"a":1.0,"b":1e3,"c":12345678901234567890},"text":"<b>&\u0000é"}]""");
        var meta = body.GetProperty("meta");
        (meta.GetProperty("version").GetInt32(), meta.GetProperty("canSave").GetBoolean()).ShouldBe((1, true));
        meta.GetProperty("folderTitle").GetString().ShouldBe("General");
    }

    [Fact]
    public async Task A_dashboard_without_a_uid_gets_one()
    {
        await using var host = await DashboardHost.StartAsync();
        var (_, saved) = await host.SaveAsync("""{"title":"New"}""");
        var uid = saved.GetProperty("uid").GetString()!;
        DashboardDocument.IsUid(uid).ShouldBeTrue();
        (await host.SendAsync("GET", "/dashboards/uid/" + uid)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Saving_over_a_newer_version_is_refused_unless_it_is_asked_for()
    {
        await using var host = await DashboardHost.StartAsync();
        await host.SaveAsync("""{"uid":"a","title":"A"}""");
        (await host.SaveAsync("""{"uid":"a","title":"A2","version":1}""")).Status.ShouldBe(200);
        var (status, body) = await host.SaveAsync("""{"uid":"a","title":"A3","version":1}""");
        (status, body.GetProperty("status").GetString()).ShouldBe((412, "version-mismatch"));
        (await host.SaveAsync("""{"uid":"a","title":"A4","version":1}""", ""","overwrite":true""")).Body.GetProperty("version").GetInt32().ShouldBe(3);
        (await host.SendAsync("GET", "/dashboards/uid/a")).Body.GetProperty("dashboard").GetProperty("title").GetString().ShouldBe("A4");
    }

    [Theory]
    [InlineData("""{"dashboard":{"title":""}}""", 400, "title cannot be empty")]
    [InlineData("""{"dashboard":{"title":"x","uid":"a/b"}}""", 400, "illegal characters")]
    [InlineData("""{"dashboard":[]}""", 400, "no JSON object")]
    [InlineData("""{}""", 400, "dashboard is missing")]
    [InlineData("""{"dashboard":""", 400, "bad request data")]
    [InlineData("""[1]""", 400, "JSON object is expected")]
    [InlineData("""{"dashboard":{"title":"x"},"folderUid":"gone"}""", 404, "Folder not found")]
    public async Task What_cannot_be_saved_is_refused_with_the_reason(string body, int expected, string reason)
    {
        await using var host = await DashboardHost.StartAsync();
        var (status, answer) = await host.SendAsync("POST", "/dashboards/db", body);
        status.ShouldBe(expected);
        answer.GetProperty("message").GetString()!.ShouldContain(reason);
        Titles((await host.SendAsync("GET", "/search")).Body).ShouldBeEmpty();
    }

    [Fact]
    public async Task Bodies_are_bounded_in_size_depth_and_type()
    {
        await using var host = await DashboardHost.StartAsync(maxBytes: 1000);
        (await host.SaveAsync($$"""{"title":"{{new string('x', 2000)}}"}""")).Status.ShouldBe(413);
        (await host.SaveAsync($$"""{"title":"x","deep":{{new string('[', 120)}}{{new string(']', 120)}}}""")).Status.ShouldBe(400);
        (await host.SendAsync("POST", "/dashboards/db", """{"dashboard":{"title":"x"}}""", type: "text/plain")).Status.ShouldBe(415);
    }

    [Fact]
    public async Task Versions_are_kept_up_to_a_number_and_can_be_read_and_restored()
    {
        var metastore = new MemoryMetastore();
        await using var host = await DashboardHost.StartAsync(metastore);
        for (var i = 0; i < DashboardStore.KeptVersions + 2; i++)
            (await host.SaveAsync($$"""{"uid":"a","title":"T{{i + 1}}","version":{{i}}}""", $$""","message":"change {{i + 1}}" """)).Status.ShouldBe(200);
        var (_, list) = await host.SendAsync("GET", "/dashboards/uid/a/versions");
        var versions = list.GetProperty("versions").EnumerateArray().Select(static one => one.GetProperty("version").GetInt32()).ToList();
        versions.ShouldBe(Enumerable.Range(3, DashboardStore.KeptVersions).Reverse());
        var (_, newest) = await host.SendAsync("GET", "/dashboards/uid/a/versions?limit=1");
        newest.GetProperty("versions")[0].GetProperty("message").GetString().ShouldBe("change 32");
        (await host.SendAsync("GET", "/dashboards/uid/a/versions/2")).Status.ShouldBe(404);
        (await host.SendAsync("GET", "/dashboards/uid/a/versions/3")).Body.GetProperty("data").GetProperty("title").GetString().ShouldBe("T3");

        (await host.SendAsync("POST", "/dashboards/uid/a/restore", """{"version":3}""")).Body.GetProperty("version").GetInt32().ShouldBe(33);
        (await host.SendAsync("GET", "/dashboards/uid/a")).Body.GetProperty("dashboard").GetProperty("title").GetString().ShouldBe("T3");
        var kept = (await metastore.ExportAsync(TestContext.Current.CancellationToken)).Values;
        kept.Count(static value => value.Scope.StartsWith("dashboards/documents/", StringComparison.Ordinal)).ShouldBe(DashboardStore.KeptVersions);
    }

    [Theory]
    [InlineData("""{"version":999}""")]
    [InlineData("""{"version":"1"}""")]
    [InlineData("""{"version":null}""")]
    [InlineData("{}")]
    public async Task A_version_that_is_not_kept_cannot_be_restored(string body)
    {
        await using var host = await DashboardHost.StartAsync();
        (await host.SaveAsync("""{"uid":"a","title":"T"}""")).Status.ShouldBe(200);
        (await host.SendAsync("POST", "/dashboards/uid/a/restore", body)).Status.ShouldBe(404);
        (await host.SendAsync("POST", "/dashboards/uid/none/restore", """{"version":1}""")).Status.ShouldBe(404);
    }

    [Theory]
    [InlineData("""{"title":"\ud800"}""")]
    [InlineData("""{"title":"T","tags":["\ud800"]}""")]
    [InlineData("""{"title":"T","\ud800":1}""")]
    public async Task Halves_of_characters_are_refused(string dashboard)
    {
        await using var host = await DashboardHost.StartAsync();
        (await host.SaveAsync(dashboard)).Status.ShouldBe(400);
    }

    [Fact]
    public async Task A_deleted_dashboard_is_gone_with_all_that_was_kept_of_it()
    {
        var metastore = new MemoryMetastore();
        await using var host = await DashboardHost.StartAsync(metastore);
        await host.SaveAsync("""{"uid":"a","title":"A"}""");
        await host.SendAsync("POST", "/user/stars/dashboard/uid/a");
        (await host.SendAsync("DELETE", "/dashboards/uid/a")).Body.GetProperty("message").GetString().ShouldBe("Dashboard A deleted");
        (await host.SendAsync("GET", "/dashboards/uid/a")).Status.ShouldBe(404);
        (await host.SendAsync("DELETE", "/dashboards/uid/a")).Status.ShouldBe(404);
        (await metastore.ExportAsync(TestContext.Current.CancellationToken)).Values.ShouldBeEmpty();
    }

    [Fact]
    public async Task Search_finds_by_words_tags_folder_star_and_page()
    {
        await using var host = await DashboardHost.StartAsync();
        var folder = (await host.SendAsync("POST", "/folders", """{"title":"Team"}""")).Body.GetProperty("uid").GetString();
        await host.SaveAsync("""{"uid":"a","title":"Node hosts","tags":["linux","x"]}""", $$""","folderUid":"{{folder}}" """);
        await host.SaveAsync("""{"uid":"b","title":"Pods","tags":["x"]}""");
        await host.SendAsync("POST", "/user/stars/dashboard/uid/b");

        Titles((await host.SendAsync("GET", "/search")).Body).ShouldBe(["Team", "Node hosts", "Pods"]);
        Titles((await host.SendAsync("GET", "/search?type=dash-db&query=NODE")).Body).ShouldBe(["Node hosts"]);
        Titles((await host.SendAsync("GET", "/search?tag=x&tag=linux")).Body).ShouldBe(["Node hosts"]);
        Titles((await host.SendAsync("GET", "/search?starred=true")).Body).ShouldBe(["Pods"]);
        Titles((await host.SendAsync("GET", "/search?type=dash-db&folderUIDs=general")).Body).ShouldBe(["Pods"]);
        Titles((await host.SendAsync("GET", "/search?type=dash-db&limit=1&page=2")).Body).ShouldBe(["Pods"]);
        (await host.SendAsync("GET", "/search?dashboardUIDs=a")).Body[0].GetProperty("folderTitle").GetString().ShouldBe("Team");
        (await host.SendAsync("GET", "/dashboards/tags")).Body.GetRawText().ShouldBe("""[{"term":"linux","count":1},{"term":"x","count":2}]""");
        (await host.SendAsync("DELETE", "/user/stars/dashboard/uid/b")).Status.ShouldBe(200);
        Titles((await host.SendAsync("GET", "/search?starred=true")).Body).ShouldBeEmpty();
        (await host.SendAsync("POST", "/user/stars/dashboard/uid/none")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Folders_are_made_renamed_and_deleted_when_empty()
    {
        await using var host = await DashboardHost.StartAsync();
        (await host.SendAsync("POST", "/folders", """{"uid":"f","title":"F"}""")).Status.ShouldBe(200);
        (await host.SendAsync("POST", "/folders", """{"uid":"f","title":"F"}""")).Status.ShouldBe(409);
        (await host.SendAsync("POST", "/folders", """{"title":" "}""")).Status.ShouldBe(400);
        (await host.SendAsync("PUT", "/folders/f", """{"title":"G"}""")).Body.GetProperty("title").GetString().ShouldBe("G");
        (await host.SendAsync("PUT", "/folders/none", """{"title":"G"}""")).Status.ShouldBe(404);
        await host.SaveAsync("""{"uid":"a","title":"A"}""", ""","folderUid":"f" """);
        (await host.SendAsync("DELETE", "/folders/f")).Status.ShouldBe(400);
        await host.SaveAsync("""{"uid":"a","title":"A","version":1}""", ""","folderUid":"" """);
        (await host.SendAsync("DELETE", "/folders/f")).Status.ShouldBe(200);
        (await host.SendAsync("GET", "/folders/f")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Tenants_do_not_see_each_others_dashboards()
    {
        await using var host = await DashboardHost.StartAsync();
        await host.SendAsync("POST", "/dashboards/db", """{"dashboard":{"uid":"a","title":"A"}}""", tenant: "one");
        (await host.SendAsync("GET", "/dashboards/uid/a", tenant: "two")).Status.ShouldBe(404);
        (await host.SendAsync("GET", "/dashboards/uid/a", tenant: "one")).Status.ShouldBe(200);
        (await host.SendAsync("GET", "/dashboards/uid/a", tenant: "no/tenant")).Status.ShouldBe(400);
    }

    [Fact]
    public async Task Dashboards_of_files_are_shown_and_not_changed()
    {
        await using var host = await DashboardHost.StartAsync();
        host.AddFile("file", "From a file", "Files");
        var (_, body) = await host.SendAsync("GET", "/dashboards/uid/file");
        var meta = body.GetProperty("meta");
        (meta.GetProperty("provisioned").GetBoolean(), meta.GetProperty("canSave").GetBoolean()).ShouldBe((true, false));
        meta.GetProperty("folderTitle").GetString().ShouldBe("Files");
        Titles((await host.SendAsync("GET", "/search?type=dash-db")).Body).ShouldBe(["From a file"]);
        var (_, refused) = await host.SaveAsync("""{"uid":"file","title":"Mine"}""", ""","overwrite":true""");
        refused.GetProperty("message").GetString()!.ShouldContain("provisioned");
        (await host.SendAsync("DELETE", "/dashboards/uid/file")).Status.ShouldBe(400);
        (await host.SendAsync("POST", "/user/stars/dashboard/uid/file")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task What_is_kept_is_there_for_another_program_over_the_same_metastore()
    {
        var metastore = new MemoryMetastore();
        await using (var first = await DashboardHost.StartAsync(metastore)) await first.SaveAsync("""{"uid":"a","title":"A"}""");
        await using var second = await DashboardHost.StartAsync(metastore);
        (await second.SendAsync("GET", "/dashboards/uid/a")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Saves_of_the_same_version_side_by_side_let_one_through()
    {
        await using var host = await DashboardHost.StartAsync();
        await host.SaveAsync("""{"uid":"a","title":"A"}""");
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => host.SaveAsync($$"""{"uid":"a","title":"A{{i}}","version":1}""")));
        answers.Count(static answer => answer.Status == 200).ShouldBe(1);
        answers.Count(static answer => answer.Status == 412).ShouldBe(7);
    }

    [Fact]
    public async Task What_is_not_supported_is_named()
    {
        await using var host = await DashboardHost.StartAsync();
        var (status, body) = await host.SendAsync("GET", "/annotations");
        (status, body.GetProperty("message").GetString()).ShouldBe((404, "GET /grafana/api/annotations is not supported"));
    }
}
