using System.Text;
using System.Text.Json;
using Triptych.Storage.Backup;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore;

namespace Triptych.Server.Hosting;

/// <summary>
/// Ties a bucket and prefix to the one catalog that knows its blocks: another catalog would take them for what a crash left and delete them.
/// The metastore keeps a data set's id (scope <c>object_store</c>, key <c>data_set</c>), the bucket has it in <c>data-set.json</c>, made by
/// a put that only the first wins.
/// </summary>
internal static class DataSetClaim
{
    /// <summary>Key of the object that says whose the bucket is.</summary>
    public const string ObjectKey = "data-set.json";

    private const string Scope = "object_store";
    private const string IdKey = "data_set";

    /// <summary>Takes the bucket, or finds it taken by this data set; returns the data set's id.</summary>
    /// <exception cref="StartProblem">It is another's, or this catalog's blocks are elsewhere.</exception>
    public static async Task<Guid> ClaimAsync(IObjectStore store, IMetastore metastore, string where, CancellationToken cancellationToken)
    {
        var hasBlocks = await HasBlocksAsync(metastore, cancellationToken);
        if (await ReadIdAsync(metastore, cancellationToken) is not { } id)
        {
            if (hasBlocks)
            {
                throw new StartProblem(
                    "storage.object_store.type is s3, and the blocks of this data directory lie in its folder objects: set type to local, or another data_dir");
            }

            id = Guid.NewGuid();
            if (await metastore.SetAsync(Scope, IdKey, Encoding.ASCII.GetBytes(id.ToString("N")), expectedVersion: 0, cancellationToken) is null)
                id = await ReadIdAsync(metastore, cancellationToken) ?? id;
        }

        var owner = await ReadOwnerAsync(store, where, cancellationToken);
        if (owner is null)
        {
            if (hasBlocks)
            {
                throw new StartProblem(
                    $"object store {where}: {ObjectKey} is missing, so this is not where the blocks of this data directory lie; see storage.object_store.bucket and prefix");
            }

            if (await BackupRepository.HoldsBackupsAsync(store, cancellationToken))
                throw new StartProblem($"object store {where} holds backups: set another storage.object_store.prefix");
            var content = Encoding.ASCII.GetBytes($"{{\"data_set\":\"{id:N}\"}}\n");
            owner = await store.PutIfAbsentAsync(ObjectKey, content, cancellationToken) ? id : await ReadOwnerAsync(store, where, cancellationToken);
        }

        return owner == id
            ? id
            : throw new StartProblem(
                $"object store {where} holds the blocks of another data directory ({ObjectKey} there says {owner:N}, this one is {id:N}): set another storage.object_store.prefix");
    }

    /// <summary>Local files only hold the blocks of a catalog that was never tied to a bucket.</summary>
    /// <exception cref="StartProblem">It was.</exception>
    public static async Task CheckLocalAsync(IMetastore metastore, CancellationToken cancellationToken)
    {
        if (await ReadIdAsync(metastore, cancellationToken) is null) return;
        if (await HasBlocksAsync(metastore, cancellationToken))
            throw new StartProblem("storage.object_store.type is local, and the blocks of this data directory lie in a bucket: set type to s3, or another data_dir");

        // What is flushed from now on is not in the bucket: the tie ends.
        await metastore.DeleteAsync(Scope, IdKey, expectedVersion: null, cancellationToken);
    }

    private static async Task<bool> HasBlocksAsync(IMetastore metastore, CancellationToken cancellationToken) =>
        (await metastore.LoadCatalogAsync(cancellationToken)).Blocks.Count > 0;

    /// <summary>Whether the catalog's blocks lie in a bucket.</summary>
    public static async Task<bool> IsInBucketAsync(ICatalogReader catalog, CancellationToken cancellationToken) =>
        await ReadIdAsync(catalog, cancellationToken) is not null;

    private static async Task<Guid?> ReadIdAsync(ICatalogReader metastore, CancellationToken cancellationToken)
    {
        if (await metastore.GetAsync(Scope, IdKey, cancellationToken) is not { } stored) return null;
        return Guid.TryParseExact(Encoding.ASCII.GetString(stored.Value.Span), "N", out var id)
            ? id
            : throw new StartProblem("the metastore's id of the data set cannot be read");
    }

    private static async Task<Guid?> ReadOwnerAsync(IObjectStore store, string where, CancellationToken cancellationToken)
    {
        var buffer = new byte[1024];
        int length;
        try
        {
            length = await store.GetRangeAsync(ObjectKey, 0, buffer, cancellationToken);
        }
        catch (ObjectNotFoundException)
        {
            return null;
        }

        try
        {
            using var json = JsonDocument.Parse(buffer.AsMemory(0, length));
            if (Guid.TryParseExact(json.RootElement.GetProperty("data_set").GetString(), "N", out var id)) return id;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new StartProblem($"object store {where}: {ObjectKey} cannot be read: {e.Message.ReplaceLineEndings(" ")}");
        }

        throw new StartProblem($"object store {where}: {ObjectKey} names no data set");
    }
}
