using System.Security.Cryptography;
using System.Text;
using Triptych.Model;
using Triptych.Storage.Metastore;

namespace Triptych.Api.Dashboards;

/// <summary>What to save.</summary>
/// <param name="Document">The dashboard.</param>
/// <param name="FolderUid">Where it shall lie; null where it lies, empty for no folder.</param>
/// <param name="Message">What the user says of the change.</param>
/// <param name="Overwrite">Whether a newer version may be written over.</param>
public sealed record DashboardSave(DashboardDocument Document, string? FolderUid, string Message, bool Overwrite);

/// <summary>
/// Dashboards with their versions, folders and stars, by tenant, in the metastore. Changes run one after another; a save is one transaction. Any
/// thread may call.
/// </summary>
public sealed class DashboardStore(IMetastore metastore, IProvisionedDashboards provisioned, TimeProvider time) : IDisposable
{
    /// <summary>Dashboards of a tenant.</summary>
    public const int MaxDashboards = 10_000;

    /// <summary>Folders of a tenant.</summary>
    public const int MaxFolders = 1_000;

    /// <summary>Versions that are kept of a dashboard; older ones go.</summary>
    public const int KeptVersions = 30;

    private const int MaxMessageLength = 500;

    private readonly SemaphoreSlim _changes = new(1, 1);

    /// <summary>Dashboards of files, by uid.</summary>
    public IReadOnlyDictionary<string, ProvisionedDashboard> Provisioned => provisioned.Current();

    /// <summary>All dashboards that are kept here, in ordinal order of their uids; those of files are not among them.</summary>
    public async ValueTask<IReadOnlyList<DashboardHead>> ListAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        var values = await metastore.ListAsync(DashboardScopes.Heads(tenant), cancellationToken);
        return [.. values.Select(static value => DashboardHead.Read(value.Key, value.Value))];
    }

    /// <summary>The head of a dashboard that is kept here; null where there is none.</summary>
    public async ValueTask<DashboardHead?> FindAsync(TenantId tenant, string uid, CancellationToken cancellationToken)
    {
        var values = await metastore.ListAsync(DashboardScopes.Heads(tenant), cancellationToken);
        return values.FirstOrDefault(value => value.Key == uid) is { } found ? DashboardHead.Read(uid, found.Value) : null;
    }

    /// <summary>The document of a version; null where it is not kept.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(TenantId tenant, string uid, int version, CancellationToken cancellationToken)
    {
        var values = await metastore.ListAsync(DashboardScopes.Document(tenant, uid, version), cancellationToken);
        return values.Count == 0 ? (ReadOnlyMemory<byte>?)null : values[0].Value;
    }

    /// <summary>Saves a new version; the document's own uid says of which dashboard, one without makes a new one.</summary>
    public async ValueTask<(DashboardHead? Saved, DashboardRefusal? Refusal)> SaveAsync(
        TenantId tenant, DashboardSave save, CancellationToken cancellationToken)
    {
        if (save.Message.Length > MaxMessageLength)
            return (null, new DashboardRefusal(400, "bad-request", $"message is longer than {MaxMessageLength} characters"));
        if (save.Document.Uid.Length > 0 && Provisioned.ContainsKey(save.Document.Uid)) return (null, DashboardRefusal.Provisioned);
        await _changes.WaitAsync(cancellationToken);
        try
        {
            var all = await ListAsync(tenant, cancellationToken);
            var uid = save.Document.Uid.Length > 0 ? save.Document.Uid : NewUid();
            var before = all.FirstOrDefault(head => head.Uid == uid);
            if (before is null && all.Count >= MaxDashboards) return (null, DashboardRefusal.TooMany);
            if (before is not null && !save.Overwrite && save.Document.Version != before.Newest.Number) return (null, DashboardRefusal.Changed);
            var folder = save.FolderUid ?? before?.FolderUid ?? "";
            if (folder.Length > 0 && await FindFolderAsync(tenant, folder, cancellationToken) is null) return (null, DashboardRefusal.FolderNotFound);
            var now = time.GetUtcNow().ToUnixTimeMilliseconds();
            var version = new DashboardVersion((before?.Newest.Number ?? 0) + 1, now, save.Message);
            List<DashboardVersion> versions = [.. before?.Versions ?? [], version];
            var dropped = versions.Take(Math.Max(0, versions.Count - KeptVersions)).ToList();
            var head = new DashboardHead(uid, save.Document.Title, save.Document.Tags, folder, before?.CreatedUnixMs ?? now, versions[dropped.Count..]);
            await metastore.CommitAsync(
                new MetastoreChange
                {
                    Values =
                    [
                        new MetastoreValue(DashboardScopes.Heads(tenant), uid, head.Write()),
                        new MetastoreValue(
                            DashboardScopes.Document(tenant, uid, version.Number), DashboardScopes.DocumentKey, save.Document.Write(uid, version.Number)),
                    ],
                    RemoveValues = [.. dropped.Select(one => new MetastoreKey(DashboardScopes.Document(tenant, uid, one.Number), DashboardScopes.DocumentKey))],
                },
                cancellationToken);
            return (head, null);
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <summary>Deletes a dashboard with all its versions and its star.</summary>
    public async ValueTask<(DashboardHead? Deleted, DashboardRefusal? Refusal)> DeleteAsync(TenantId tenant, string uid, CancellationToken cancellationToken)
    {
        if (Provisioned.ContainsKey(uid)) return (null, DashboardRefusal.Provisioned);
        await _changes.WaitAsync(cancellationToken);
        try
        {
            if (await FindAsync(tenant, uid, cancellationToken) is not { } head) return (null, DashboardRefusal.NotFound);
            await metastore.CommitAsync(
                new MetastoreChange
                {
                    RemoveValues =
                    [
                        new MetastoreKey(DashboardScopes.Heads(tenant), uid),
                        new MetastoreKey(DashboardScopes.Stars(tenant), uid),
                        .. head.Versions.Select(one => new MetastoreKey(DashboardScopes.Document(tenant, uid, one.Number), DashboardScopes.DocumentKey)),
                    ],
                },
                cancellationToken);
            return (head, null);
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <summary>Folders in ordinal order of their uids, those of files after them.</summary>
    public async ValueTask<IReadOnlyList<DashboardFolder>> ListFoldersAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        var values = await metastore.ListAsync(DashboardScopes.Folders(tenant), cancellationToken);
        var own = values.Select(static value => new DashboardFolder(value.Key, Encoding.UTF8.GetString(value.Value.Span))).ToList();
        var known = own.Select(static folder => folder.Uid).ToHashSet(StringComparer.Ordinal);
        own.AddRange(Provisioned.Values
            .Where(one => one.Head.FolderUid.Length > 0 && known.Add(one.Head.FolderUid))
            .Select(static one => new DashboardFolder(one.Head.FolderUid, one.FolderTitle)));
        return own;
    }

    /// <summary>Makes a folder, or gives one of this uid another title.</summary>
    public async ValueTask<(DashboardFolder? Folder, DashboardRefusal? Refusal)> PutFolderAsync(
        TenantId tenant, string uid, string title, bool isNew, CancellationToken cancellationToken)
    {
        title = title.Trim();
        if (title.Length is 0 or > DashboardDocument.MaxTitleLength)
            return (null, new DashboardRefusal(400, "bad-request", $"Folder title has to have 1 to {DashboardDocument.MaxTitleLength} characters"));
        if (uid.Length > 0 && !DashboardDocument.IsUid(uid))
            return (null, new DashboardRefusal(400, "bad-request", "uid contains illegal characters or is longer than 40"));
        await _changes.WaitAsync(cancellationToken);
        try
        {
            var all = await ListFoldersAsync(tenant, cancellationToken);
            var exists = all.Any(folder => folder.Uid == uid);
            if (isNew && exists) return (null, new DashboardRefusal(409, "name-exists", "A folder with this uid exists already"));
            if (!isNew && !exists) return (null, DashboardRefusal.FolderNotFound);
            if (isNew && all.Count >= MaxFolders)
                return (null, new DashboardRefusal(507, "quota", $"There are {MaxFolders} folders already, which is the most"));
            var made = new DashboardFolder(uid.Length > 0 ? uid : NewUid(), title);
            await metastore.SetAsync(DashboardScopes.Folders(tenant), made.Uid, Encoding.UTF8.GetBytes(title), expectedVersion: null, cancellationToken);
            return (made, null);
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <summary>Deletes a folder in which nothing lies.</summary>
    public async ValueTask<DashboardRefusal?> DeleteFolderAsync(TenantId tenant, string uid, CancellationToken cancellationToken)
    {
        await _changes.WaitAsync(cancellationToken);
        try
        {
            if (await FindFolderAsync(tenant, uid, cancellationToken) is null) return DashboardRefusal.FolderNotFound;
            var heads = (await ListAsync(tenant, cancellationToken)).Concat(Provisioned.Values.Select(static one => one.Head));
            var inside = heads.Count(head => head.FolderUid == uid);
            if (inside > 0) return new DashboardRefusal(400, "folder-not-empty", $"Folder is not empty: {inside} dashboards lie in it");
            await metastore.DeleteAsync(DashboardScopes.Folders(tenant), uid, expectedVersion: null, cancellationToken);
            return null;
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <summary>Uids of the dashboards that have a star.</summary>
    public async ValueTask<IReadOnlySet<string>> ListStarsAsync(TenantId tenant, CancellationToken cancellationToken) =>
        (await metastore.ListAsync(DashboardScopes.Stars(tenant), cancellationToken)).Select(static value => value.Key).ToHashSet(StringComparer.Ordinal);

    /// <summary>Gives a dashboard a star, or takes it away.</summary>
    public async ValueTask<DashboardRefusal?> SetStarAsync(TenantId tenant, string uid, bool isStarred, CancellationToken cancellationToken)
    {
        if (!Provisioned.ContainsKey(uid) && await FindAsync(tenant, uid, cancellationToken) is null) return DashboardRefusal.NotFound;
        if (isStarred) await metastore.SetAsync(DashboardScopes.Stars(tenant), uid, "1"u8.ToArray(), expectedVersion: null, cancellationToken);
        else await metastore.DeleteAsync(DashboardScopes.Stars(tenant), uid, expectedVersion: null, cancellationToken);
        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => _changes.Dispose();

    private async ValueTask<DashboardFolder?> FindFolderAsync(TenantId tenant, string uid, CancellationToken cancellationToken) =>
        (await ListFoldersAsync(tenant, cancellationToken)).FirstOrDefault(folder => folder.Uid == uid);

    private static string NewUid() => RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz0123456789", 14);
}
