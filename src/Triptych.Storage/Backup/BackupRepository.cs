using System.Text.Json;
using Triptych.Storage.ObjectStore;

namespace Triptych.Storage.Backup;

/// <summary>
/// A place that holds backups: <c>blocks/…</c> as in the store they come from, each once however many backups name it;
/// <c>manifests/&lt;name&gt;.json</c>, one for each backup; and <c>journal.json</c> while one is being made: what is copied and verified so far.
/// One process at a time may write; that is its opener's to see to. Format: docs/formats/backup.md.
/// </summary>
/// <param name="objects">Where it all lies.</param>
public sealed class BackupRepository(IObjectStore objects)
{
    internal const string BlockPrefix = "blocks/";
    private const string ManifestPrefix = "manifests/";
    private const string ManifestSuffix = ".json";
    private const string JournalKey = "journal.json";
    private const long MaxManifestBytes = 1L << 30;

    /// <summary>What lies there.</summary>
    internal IObjectStore Objects => objects;

    /// <summary>Whether a store holds backups, or one that is being made.</summary>
    public static async Task<bool> HoldsBackupsAsync(IObjectStore objects, CancellationToken cancellationToken)
    {
        await foreach (var _ in objects.ListAsync(ManifestPrefix, cancellationToken))
            return true;
        return await objects.GetLengthAsync(JournalKey, cancellationToken) is not null
            || await objects.GetLengthAsync(BackupLease.Key, cancellationToken) is not null;
    }

    /// <summary>Names of all backups, oldest first.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await foreach (var entry in objects.ListAsync(ManifestPrefix, cancellationToken))
        {
            if (entry.Key.EndsWith(ManifestSuffix, StringComparison.Ordinal))
                names.Add(entry.Key[ManifestPrefix.Length..^ManifestSuffix.Length]);
        }

        return names;
    }

    /// <summary>Name of the newest backup, or null when there is none.</summary>
    public async Task<string?> FindNewestAsync(CancellationToken cancellationToken) =>
        await ListAsync(cancellationToken) is [.., var newest] ? newest : null;

    /// <summary>Reads a backup's manifest.</summary>
    /// <exception cref="BackupException">There is none of this name, or it is damaged or of another format.</exception>
    public async Task<BackupManifest> ReadAsync(string name, CancellationToken cancellationToken)
    {
        var key = KeyOf(name);
        if (!ObjectKey.IsValid(key))
            throw new BackupException($"there is no backup {name}");
        var bytes = await ReadWholeAsync(key, cancellationToken) ?? throw new BackupException($"there is no backup {name}");
        var manifest = BackupManifest.Read(bytes, key);
        var wanted = BackupManifest.NameOf(manifest.Started, bytes);
        return string.Equals(wanted, name, StringComparison.Ordinal)
            ? manifest
            : throw new BackupException($"{key} is damaged: its content would be named {wanted}");
    }

    /// <summary>Reads each object of a backup and compares it with the manifest.</summary>
    /// <returns>Those that are missing or damaged.</returns>
    public async Task<IReadOnlyList<DamagedObject>> VerifyAsync(
        BackupManifest manifest, IProgress<BackupProgress> progress, CancellationToken cancellationToken)
    {
        var damaged = new List<DamagedObject>();
        manifest = await WithMendedAsync(manifest, cancellationToken);
        var meter = new ProgressMeter(manifest, progress);
        foreach (var block in manifest.Blocks)
        {
            if (block.IsLeftOut)
            {
                damaged.Add(new DamagedObject(block.ObjectKey, $"it was lost already when the backup was made: {block.Damage}"));
                meter.ObjectDone(block);
                continue;
            }

            var reason = block.Sha256 is null
                ? "the manifest has no checksum of it"
                : await ObjectBytes.CheckAsync(objects, block.ObjectKey, block.SizeBytes, block.Sha256, meter.Advance, cancellationToken);
            if (block.Damage is not null)
                reason ??= $"it was damaged already when it was copied: {block.Damage}";
            if (reason is not null)
                damaged.Add(new DamagedObject(block.ObjectKey, reason));
            meter.ObjectDone(block);
        }

        return damaged;
    }

    /// <summary>
    /// Deletes all but the newest backups and then every object that none of the others names. When one of those cannot be read, no object is
    /// deleted, for it may need it. When all that would be left name blocks that were damaged when they were copied, the newest one that names none
    /// stays too: it may have what those blocks were made of.
    /// </summary>
    /// <returns>Backups and objects that went.</returns>
    public async Task<(int Backups, int Objects)> PruneAsync(int keep, CancellationToken cancellationToken)
    {
        var names = await ListAsync(cancellationToken);
        var gone = names.Take(Math.Max(0, names.Count - keep)).ToList();
        if (gone.Count > 0 && await FindUndamagedAsync(names, cancellationToken) is { } undamaged)
            gone.Remove(undamaged);
        foreach (var name in gone)
            await objects.DeleteAsync(KeyOf(name), cancellationToken);
        var needed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in names.Except(gone))
            needed.UnionWith((await ReadAsync(name, cancellationToken)).Blocks.Select(static b => b.ObjectKey));
        var deleted = 0;
        foreach (var entry in await ListBlocksAsync(cancellationToken))
        {
            if (needed.Contains(entry.Key))
                continue;
            await objects.DeleteAsync(entry.Key, cancellationToken);
            deleted++;
        }

        return (gone.Count, deleted);
    }

    internal async Task<IReadOnlyList<ObjectEntry>> ListBlocksAsync(CancellationToken cancellationToken)
    {
        var entries = new List<ObjectEntry>();
        await foreach (var entry in objects.ListAsync(BlockPrefix, cancellationToken))
            entries.Add(entry);
        return entries;
    }

    /// <summary>Puts the manifest, with which the backup exists, and returns its name.</summary>
    internal async Task<string> FinishAsync(BackupManifest manifest, CancellationToken cancellationToken)
    {
        var bytes = manifest.ToBytes();
        var name = BackupManifest.NameOf(manifest.Started, bytes);
        await objects.PutAsync(KeyOf(name), bytes, cancellationToken);
        await objects.DeleteAsync(JournalKey, cancellationToken);
        return name;
    }

    /// <summary>
    /// What is known of objects that were verified when they were copied, by key: from all readable manifests and what an unfinished backup noted.
    /// What cannot be read is left out: its objects are copied again.
    /// </summary>
    internal async Task<Dictionary<string, KnownObject>> KnownObjectsAsync(CancellationToken cancellationToken)
    {
        var known = new Dictionary<string, KnownObject>(StringComparer.Ordinal);
        foreach (var name in await ListAsync(cancellationToken))
        {
            try
            {
                foreach (var block in (await ReadAsync(name, cancellationToken)).Blocks)
                {
                    if (block.Sha256 is not null)
                        known[block.ObjectKey] = new KnownObject(block.Sha256, block.Damage);
                }
            }
            catch (BackupException)
            {
                // A damaged backup does not stand in the way of a new one; verify tells of it.
            }
        }

        if (await ReadWholeAsync(JournalKey, cancellationToken) is { } journal)
        {
            try
            {
                foreach (var (key, hash) in JsonSerializer.Deserialize<Dictionary<string, string>>(journal) ?? [])
                    known[key] = new KnownObject(hash, Damage: null);
            }
            catch (JsonException)
            {
                // As if nothing had been noted.
            }
        }

        return known;
    }

    /// <summary>
    /// A manifest that says of blocks that were damaged or lost what a later backup has found: each object is there once, and that one may have copied the
    /// right one since.
    /// </summary>
    internal async Task<BackupManifest> WithMendedAsync(BackupManifest manifest, CancellationToken cancellationToken)
    {
        if (!manifest.Damaged.Any())
            return manifest;
        var known = await KnownObjectsAsync(cancellationToken);
        return manifest with
        {
            Blocks =
            [
                .. manifest.Blocks.Select(b => b.Damage is not null && known.TryGetValue(b.ObjectKey, out var now)
                    ? b with { Sha256 = now.Sha256, Damage = now.Damage }
                    : b),
            ],
        };
    }

    internal ValueTask NoteAsync(IReadOnlyDictionary<string, string> copied, CancellationToken cancellationToken) =>
        objects.PutAsync(JournalKey, JsonSerializer.SerializeToUtf8Bytes(copied), cancellationToken);

    /// <summary>The newest backup without damaged blocks; null when there is none.</summary>
    private async Task<string?> FindUndamagedAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        foreach (var name in names.Reverse())
        {
            try
            {
                if (!(await ReadAsync(name, cancellationToken)).Damaged.Any())
                    return name;
            }
            catch (BackupException)
            {
                // One that cannot be read is no good either; pruning refuses it where it matters.
            }
        }

        return null;
    }

    private static string KeyOf(string name) => ManifestPrefix + name + ManifestSuffix;

    private async Task<byte[]?> ReadWholeAsync(string key, CancellationToken cancellationToken)
    {
        if (await objects.GetLengthAsync(key, cancellationToken) is not { } length)
            return null;
        if (length > MaxManifestBytes)
            throw new BackupException($"{key} is damaged: it has {length} bytes");
        var bytes = new byte[length];
        var read = await objects.GetRangeAsync(key, 0, bytes, cancellationToken);
        return bytes[..read];
    }
}

/// <summary>What an earlier backup knows of an object.</summary>
/// <param name="Sha256">Of its bytes, lower-case hex.</param>
/// <param name="Damage">What was wrong with it when it was copied; null: nothing.</param>
internal readonly record struct KnownObject(string Sha256, string? Damage);
