using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Triptych.Model;

namespace Triptych.Api.Dashboards;

/// <summary>Folders: list, make, rename, delete.</summary>
internal sealed class DashboardFolderEndpoints(DashboardStore store)
{
    public async Task ListAsync(HttpContext context, TenantId tenant) =>
        await DashboardJson.WriteAsync(context, (await store.ListFoldersAsync(tenant, context.RequestAborted)).Select(Describe));

    public async Task GetAsync(HttpContext context, TenantId tenant)
    {
        var uid = DashboardJson.RouteOf(context, "uid");
        var found = (await store.ListFoldersAsync(tenant, context.RequestAborted)).FirstOrDefault(folder => folder.Uid == uid);
        await AnswerAsync(context, found, DashboardRefusal.FolderNotFound);
    }

    public async Task CreateAsync(HttpContext context, TenantId tenant, JsonElement body)
    {
        var (uid, title) = (DashboardJson.TextOf(body, "uid") ?? "", DashboardJson.TextOf(body, "title") ?? "");
        var (made, refusal) = await store.PutFolderAsync(tenant, uid, title, isNew: true, context.RequestAborted);
        await AnswerAsync(context, made, refusal);
    }

    public async Task RenameAsync(HttpContext context, TenantId tenant, JsonElement body)
    {
        var title = DashboardJson.TextOf(body, "title") ?? "";
        var (made, refusal) = await store.PutFolderAsync(tenant, DashboardJson.RouteOf(context, "uid"), title, isNew: false, context.RequestAborted);
        await AnswerAsync(context, made, refusal);
    }

    public async Task DeleteAsync(HttpContext context, TenantId tenant)
    {
        var uid = DashboardJson.RouteOf(context, "uid");
        if (await store.DeleteFolderAsync(tenant, uid, context.RequestAborted) is { } refusal) await DashboardJson.RefuseAsync(context, refusal);
        else await DashboardJson.WriteAsync(context, new { Message = "Folder deleted", Uid = uid });
    }

    private static Task AnswerAsync(HttpContext context, DashboardFolder? folder, DashboardRefusal? refusal) =>
        folder is null ? DashboardJson.RefuseAsync(context, refusal!) : DashboardJson.WriteAsync(context, Describe(folder));

    private static object Describe(DashboardFolder folder) => new { folder.Uid, folder.Title, Url = "/dashboards?find=" + Uri.EscapeDataString(folder.Title) };
}
