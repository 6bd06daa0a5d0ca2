using Triptych.Storage.Blocks;
using Triptych.Storage.Catalog;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore;

namespace Triptych.Storage.Backup;

/// <summary>
/// Puts a backup back, without the blocks that were left out of it: copies and verifies every object first, and only when all are good gives the
/// metastore its content, in one transaction.
/// Until then the store names nothing of it, and a run that was killed goes on from the objects that are there.
/// </summary>
/// <param name="repository">Where from.</param>
/// <param name="objects">Where the objects go.</param>
/// <param name="metastore">What holds the catalog.</param>
public sealed class BackupRestorer(BackupRepository repository, IObjectStore objects, IMetastore metastore)
{
    /// <summary>Scope of the value that says which data directory a metastore elsewhere belongs to.</summary>
    public const string DirectoryScope = "data_directory";

    /// <summary>
    /// Scopes of values that belong to the place and not to the data, such as the claim on a bucket, and what is left there to remove: no
    /// backup has them, and a restore leaves those of the place it restores to.
    /// </summary>
    internal static readonly IReadOnlyCollection<string> PlaceScopes = ["object_store", DirectoryScope, UnlistedObjects.Scope];

    /// <summary>Restores one backup; returns how many objects were copied.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="replace">Whether what the metastore holds goes.</param>
    /// <param name="progress">Told of each object.</param>
    /// <param name="cancellationToken">Ends it before the commit.</param>
    /// <exception cref="BackupDamagedException">Objects are missing or damaged; the metastore is as it was.</exception>
    /// <exception cref="MetastoreNotEmptyException">The metastore holds something, and <paramref name="replace"/> is false.</exception>
    public async Task<int> RunAsync(string name, bool replace, IProgress<BackupProgress> progress, CancellationToken cancellationToken)
    {
        var manifest = await repository.WithMendedAsync(await repository.ReadAsync(name, cancellationToken), cancellationToken);
        if (!replace && !(await metastore.ExportAsync(cancellationToken)).IsEmpty)
            throw new MetastoreNotEmptyException();
        var meter = new ProgressMeter(manifest, progress);
        var damaged = new List<DamagedObject>();
        var copied = 0;
        foreach (var block in manifest.Blocks)
        {
            if (block.IsLeftOut)
                meter.Advance(block.SizeBytes);
            else if (block.Sha256 is null)
                damaged.Add(new DamagedObject(block.ObjectKey, "the manifest has no checksum of it"));
            else if (await ObjectBytes.CheckAsync(objects, block.ObjectKey, block.SizeBytes, block.Sha256, onRead: null, cancellationToken) is null)
                meter.Advance(block.SizeBytes);
            else if (await CopyAsync(block, block.Sha256, meter, cancellationToken) is { } reason)
                damaged.Add(new DamagedObject(block.ObjectKey, reason));
            else
                copied++;
            meter.ObjectDone(block);
        }

        if (damaged.Count > 0)
            throw new BackupDamagedException(name, damaged);
        var content = manifest.ToContent();
        var ofPlace = (await metastore.ExportAsync(cancellationToken)).Values.Where(static v => PlaceScopes.Contains(v.Scope));

        // Blocks set aside were damaged where they were; what is restored is looked at anew.
        content = content with
        {
            Values = [.. content.Values.Where(static v => v.Scope != BlockQuarantine.Scope && !PlaceScopes.Contains(v.Scope)), .. ofPlace],
        };
        await metastore.ImportAsync(content, replace, cancellationToken);
        return copied;
    }

    /// <summary>Copies an object and reads it back; returns what is wrong with the one in the backup, or null.</summary>
    private async Task<string?> CopyAsync(ManifestBlock block, string sha256, ProgressMeter meter, CancellationToken cancellationToken)
    {
        try
        {
            await objects.PutAsync(
                block.ObjectKey,
                async (stream, token) =>
                {
                    await using var hashing = new HashingStream(stream, meter.Advance);
                    await ObjectBytes.CopyAsync(repository.Objects, block.ObjectKey, hashing, token);
                    if (ObjectBytes.Difference(hashing.Length, hashing.Sha256, block.SizeBytes, sha256) is { } reason)
                        throw new DamagedSource(reason);
                },
                cancellationToken);
        }
        catch (DamagedSource damage)
        {
            return damage.Message;
        }
        catch (ObjectNotFoundException)
        {
            return "it is missing";
        }

        var written = await ObjectBytes.CheckAsync(objects, block.ObjectKey, block.SizeBytes, sha256, onRead: null, cancellationToken);
        return written is null ? null : throw new BackupException($"{block.ObjectKey} was written to the store and does not read back: {written}");
    }

    /// <summary>Leaves a put without anything being stored.</summary>
    private sealed class DamagedSource(string reason) : Exception(reason);
}
