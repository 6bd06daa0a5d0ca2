using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Triptych.Api.Hosting;
using Triptych.Api.Http;
using Triptych.Model;

namespace Triptych.Api.Dashboards;

/// <summary>
/// What Grafana's tools call to read and write dashboards, under <c>/grafana</c> (Tempo's own <c>/api/search</c> stands at the root):
/// <c>/grafana/api/dashboards/db</c>, <c>/grafana/api/dashboards/uid/:uid</c> with its versions, <c>/grafana/api/search</c>.
/// </summary>
public sealed class DashboardEndpoints(DashboardStore store, IngestLimits limits)
{
    internal const string Prefix = "/grafana/api";

    private static readonly ApiFamilyMetadata Family = new(ApiFamily.Ui);
    private readonly DashboardFolderEndpoints _folders = new(store);
    private readonly DashboardSearch _search = new(store);

    /// <summary>Maps the endpoints.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        Add(routes, "POST", "/dashboards/db", SaveAsync);
        Add(routes, "GET", "/dashboards/uid/{uid}", GetAsync);
        Add(routes, "DELETE", "/dashboards/uid/{uid}", DeleteAsync);
        Add(routes, "GET", "/dashboards/uid/{uid}/versions", VersionsAsync);
        Add(routes, "GET", "/dashboards/uid/{uid}/versions/{version:int}", VersionAsync);
        Add(routes, "POST", "/dashboards/uid/{uid}/restore", RestoreAsync);
        Add(routes, "POST", "/user/stars/dashboard/uid/{uid}", (context, tenant) => StarAsync(context, tenant, isStarred: true));
        Add(routes, "DELETE", "/user/stars/dashboard/uid/{uid}", (context, tenant) => StarAsync(context, tenant, isStarred: false));
        Add(routes, "GET", "/search", _search.SearchAsync);
        Add(routes, "GET", "/dashboards/tags", _search.TagsAsync);
        Add(routes, "GET", "/folders", _folders.ListAsync);
        Add(routes, "POST", "/folders", (context, tenant) => WithBodyAsync(context, body => _folders.CreateAsync(context, tenant, body)));
        Add(routes, "GET", "/folders/{uid}", _folders.GetAsync);
        Add(routes, "PUT", "/folders/{uid}", (context, tenant) => WithBodyAsync(context, body => _folders.RenameAsync(context, tenant, body)));
        Add(routes, "DELETE", "/folders/{uid}", _folders.DeleteAsync);
        routes.Map("/grafana/{**path}", RefuseOtherAsync).WithMetadata(Family);
    }

    private static Task RefuseOtherAsync(HttpContext context) => DashboardJson.RefuseAsync(
        context, new DashboardRefusal(404, "not-found", $"{context.Request.Method} {context.Request.Path} is not supported"));

    private static void Add(IEndpointRouteBuilder routes, string method, string path, Func<HttpContext, TenantId, Task> answer) =>
        routes.MapMethods(Prefix + path, [method], context => TenantHeader.Read(context.Request) is { } tenant
            ? answer(context, tenant)
            : DashboardJson.RefuseAsync(context, new DashboardRefusal(400, "bad-request", TenantHeader.Error))).WithMetadata(Family);

    private Task SaveAsync(HttpContext context, TenantId tenant) => WithBodyAsync(context, async body =>
    {
        if (!body.TryGetProperty("dashboard", out var raw))
        {
            await DashboardJson.RefuseAsync(context, new DashboardRefusal(400, "bad-request", "bad request data: dashboard is missing"));
            return;
        }

        var (document, problem) = DashboardDocument.Read(raw);
        if (document is null)
        {
            await DashboardJson.RefuseAsync(context, new DashboardRefusal(400, "bad-request", problem!));
            return;
        }

        var folder = DashboardJson.TextOf(body, "folderUid");
        var overwrite = body.TryGetProperty("overwrite", out var flag) && flag.ValueKind == JsonValueKind.True;
        var save = new DashboardSave(document, folder, DashboardJson.TextOf(body, "message") ?? "", overwrite);
        await AnswerSavedAsync(context, await store.SaveAsync(tenant, save, context.RequestAborted));
    });

    private Task RestoreAsync(HttpContext context, TenantId tenant) => WithBodyAsync(context, async body =>
    {
        var uid = DashboardJson.RouteOf(context, "uid");
        var number = body.TryGetProperty("version", out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var read) ? read : 0;
        if (await store.ReadAsync(tenant, uid, number, context.RequestAborted) is not { } json)
        {
            await DashboardJson.RefuseAsync(context, new DashboardRefusal(404, "not-found", "Dashboard version not found"));
            return;
        }

        using var parsed = DashboardDocument.Parse(json);
        var message = string.Create(CultureInfo.InvariantCulture, $"Restored from version {number}");
        var save = new DashboardSave(DashboardDocument.Read(parsed.RootElement).Document!, FolderUid: null, message, Overwrite: true);
        await AnswerSavedAsync(context, await store.SaveAsync(tenant, save, context.RequestAborted));
    });

    private static async Task AnswerSavedAsync(HttpContext context, (DashboardHead? Saved, DashboardRefusal? Refusal) answer)
    {
        if (answer.Saved is not { } head)
        {
            await DashboardJson.RefuseAsync(context, answer.Refusal!);
            return;
        }

        await DashboardJson.WriteAsync(context, new
        {
            head.Uid,
            Url = "/dashboards/" + head.Uid,
            Status = "success",
            Version = head.Newest.Number,
            Slug = DashboardDocument.Slug(head.Title),
            head.FolderUid,
        });
    }

    private async Task GetAsync(HttpContext context, TenantId tenant)
    {
        var uid = DashboardJson.RouteOf(context, "uid");
        var file = store.Provisioned.GetValueOrDefault(uid);
        var head = file?.Head ?? await store.FindAsync(tenant, uid, context.RequestAborted);
        var json = file?.Json ?? (head is null ? null : await store.ReadAsync(tenant, uid, head.Newest.Number, context.RequestAborted));
        if (head is null || json is null)
        {
            await DashboardJson.RefuseAsync(context, DashboardRefusal.NotFound);
            return;
        }

        var folders = await store.ListFoldersAsync(tenant, context.RequestAborted);
        var stars = await store.ListStarsAsync(tenant, context.RequestAborted);
        await DashboardJson.WriteAsync(context, "dashboard", json.Value, "meta", new
        {
            Type = "db",
            CanSave = file is null,
            CanEdit = file is null,
            CanDelete = file is null,
            CanStar = true,
            Slug = DashboardDocument.Slug(head.Title),
            Url = "/dashboards/" + uid,
            Version = head.Newest.Number,
            Created = DashboardJson.Time(head.CreatedUnixMs),
            Updated = DashboardJson.Time(head.Newest.SavedUnixMs),
            head.FolderUid,
            FolderTitle = folders.FirstOrDefault(folder => folder.Uid == head.FolderUid)?.Title ?? "General",
            IsStarred = stars.Contains(uid),
            Provisioned = file is not null,
            ProvisionedExternalId = file?.File ?? "",
        });
    }

    private async Task DeleteAsync(HttpContext context, TenantId tenant)
    {
        var (deleted, refusal) = await store.DeleteAsync(tenant, DashboardJson.RouteOf(context, "uid"), context.RequestAborted);
        if (deleted is null) await DashboardJson.RefuseAsync(context, refusal!);
        else await DashboardJson.WriteAsync(context, new { deleted.Title, Message = $"Dashboard {deleted.Title} deleted", deleted.Uid });
    }

    private async Task VersionsAsync(HttpContext context, TenantId tenant)
    {
        var uid = DashboardJson.RouteOf(context, "uid");
        var head = store.Provisioned.GetValueOrDefault(uid)?.Head ?? await store.FindAsync(tenant, uid, context.RequestAborted);
        if (head is null)
        {
            await DashboardJson.RefuseAsync(context, DashboardRefusal.NotFound);
            return;
        }

        var limit = DashboardJson.NumberOf(context, "limit", otherwise: DashboardStore.KeptVersions);
        var start = DashboardJson.NumberOf(context, "start", otherwise: 0);
        var versions = head.Versions.Reverse().Skip(start).Take(limit).Select(version => Describe(uid, version));
        await DashboardJson.WriteAsync(context, new { ContinueToken = "", Versions = versions });
    }

    private async Task VersionAsync(HttpContext context, TenantId tenant)
    {
        var uid = DashboardJson.RouteOf(context, "uid");
        var number = int.Parse(DashboardJson.RouteOf(context, "version"), CultureInfo.InvariantCulture);
        var head = await store.FindAsync(tenant, uid, context.RequestAborted);
        var json = await store.ReadAsync(tenant, uid, number, context.RequestAborted);
        if (head?.Versions.FirstOrDefault(one => one.Number == number) is not { } version || json is null)
            await DashboardJson.RefuseAsync(context, new DashboardRefusal(404, "not-found", "Dashboard version not found"));
        else await DashboardJson.WriteAsync(context, "data", json.Value, name: null, Describe(uid, version));
    }

    private async Task StarAsync(HttpContext context, TenantId tenant, bool isStarred)
    {
        var refusal = await store.SetStarAsync(tenant, DashboardJson.RouteOf(context, "uid"), isStarred, context.RequestAborted);
        if (refusal is not null) await DashboardJson.RefuseAsync(context, refusal);
        else await DashboardJson.WriteAsync(context, new { Message = isStarred ? "Dashboard starred!" : "Dashboard unstarred" });
    }

    private static object Describe(string uid, DashboardVersion version) => new
    {
        Id = version.Number,
        DashboardUID = uid,
        Version = version.Number,
        ParentVersion = version.Number - 1,
        Created = DashboardJson.Time(version.SavedUnixMs),
        CreatedBy = "",
        version.Message,
    };

    private Task WithBodyAsync(HttpContext context, Func<JsonElement, Task> use) => DashboardJson.WithBodyAsync(context, limits, use);
}
