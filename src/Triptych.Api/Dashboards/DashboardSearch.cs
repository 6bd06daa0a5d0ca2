using Microsoft.AspNetCore.Http;
using Triptych.Model;

namespace Triptych.Api.Dashboards;

/// <summary>Finds dashboards and folders by words, tags, folder and star.</summary>
internal sealed class DashboardSearch(DashboardStore store)
{
    private const int MostHits = 5000;

    private sealed record Hit(string Uid, string Title, IReadOnlyList<string> Tags, string FolderUid, bool IsProvisioned);

    public async Task SearchAsync(HttpContext context, TenantId tenant)
    {
        var query = context.Request.Query;
        var words = query["query"].ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var (tags, types, uids, folderUids) = (query["tag"], query["type"], query["dashboardUIDs"], query["folderUIDs"]);
        var onlyStarred = query["starred"] == "true";
        var limit = Math.Clamp(DashboardJson.NumberOf(context, "limit", otherwise: 1000), 1, MostHits);
        var page = Math.Max(1, DashboardJson.NumberOf(context, "page", otherwise: 1));
        var folders = await store.ListFoldersAsync(tenant, context.RequestAborted);
        var titles = folders.ToDictionary(static folder => folder.Uid, static folder => folder.Title, StringComparer.Ordinal);
        var stars = await store.ListStarsAsync(tenant, context.RequestAborted);
        var found = new List<object>();
        bool HasWords(string title) => words.All(word => title.Contains(word, StringComparison.OrdinalIgnoreCase));
        if ((types.Count == 0 || types.Contains("dash-folder")) && tags.Count == 0 && uids.Count == 0 && !onlyStarred)
        {
            found.AddRange(folders.Where(folder => HasWords(folder.Title))
                .OrderBy(static folder => folder.Title, StringComparer.OrdinalIgnoreCase)
                .Select(Describe));
        }

        if (types.Count == 0 || types.Contains("dash-db"))
        {
            var hits = (await AllAsync(tenant, context.RequestAborted)).Where(hit => HasWords(hit.Title)
                && tags.All(tag => hit.Tags.Contains(tag, StringComparer.Ordinal))
                && (uids.Count == 0 || uids.Contains(hit.Uid))
                && (folderUids.Count == 0 || folderUids.Contains(hit.FolderUid.Length == 0 ? "general" : hit.FolderUid))
                && (!onlyStarred || stars.Contains(hit.Uid)));
            found.AddRange(hits.OrderBy(static hit => hit.Title, StringComparer.OrdinalIgnoreCase)
                .ThenBy(static hit => hit.Uid, StringComparer.Ordinal)
                .Select(hit => Describe(hit, stars.Contains(hit.Uid), titles.GetValueOrDefault(hit.FolderUid, ""))));
        }

        await DashboardJson.WriteAsync(context, found.Skip((int)Math.Min(int.MaxValue, (page - 1L) * limit)).Take(limit));
    }

    public async Task TagsAsync(HttpContext context, TenantId tenant)
    {
        var counts = (await AllAsync(tenant, context.RequestAborted)).SelectMany(static hit => hit.Tags).GroupBy(static tag => tag, StringComparer.Ordinal);
        var ordered = counts.OrderBy(static group => group.Key, StringComparer.Ordinal);
        await DashboardJson.WriteAsync(context, ordered.Select(static group => new { Term = group.Key, Count = group.Count() }));
    }

    private static object Describe(DashboardFolder folder) => new
    {
        folder.Uid,
        folder.Title,
        Type = "dash-folder",
        Url = "/dashboards",
        Tags = Array.Empty<string>(),
        IsStarred = false,
    };

    private static object Describe(Hit hit, bool isStarred, string folderTitle) => new
    {
        hit.Uid,
        hit.Title,
        Uri = "db/" + DashboardDocument.Slug(hit.Title),
        Url = "/dashboards/" + hit.Uid,
        Type = "dash-db",
        hit.Tags,
        IsStarred = isStarred,
        hit.FolderUid,
        FolderTitle = folderTitle,
        hit.IsProvisioned,
    };

    private static Hit Of(DashboardHead head, bool isProvisioned) => new(head.Uid, head.Title, head.Tags, head.FolderUid, isProvisioned);

    /// <summary>Those that are kept, and those of files: where both have a uid, the file's.</summary>
    private async Task<IReadOnlyList<Hit>> AllAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        var files = store.Provisioned;
        var kept = await store.ListAsync(tenant, cancellationToken);
        return
        [
            .. kept.Where(head => !files.ContainsKey(head.Uid)).Select(static head => Of(head, isProvisioned: false)),
            .. files.Values.Select(static one => Of(one.Head, isProvisioned: true)),
        ];
    }
}
