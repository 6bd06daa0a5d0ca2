using Triptych.Storage.ObjectStore;

namespace Triptych.Storage.Backup;

/// <summary>What a backup came to.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Manifest">What it consists of.</param>
/// <param name="CopiedObjects">Objects that were copied; the others were there.</param>
/// <param name="CopiedBytes">Their bytes.</param>
public sealed record BackupResult(string Name, BackupManifest Manifest, int CopiedObjects, long CopiedBytes);

/// <summary>
/// Makes a backup: copies the objects that the repository lacks, reads each back, compares it and looks into it, then puts the manifest. Blocks never change,
/// so what is there with the right length and a checksum from an earlier copy stays. A kill at any point leaves the earlier backups as they
/// were; the next run goes on from what was noted.
/// </summary>
/// <param name="repository">Where to.</param>
/// <param name="isThorough">Whether objects that are there already are read and compared, and copied again when they are damaged.</param>
public sealed class BackupWriter(BackupRepository repository, bool isThorough = false)
{
    private const int NoteEveryObjects = 64;
    private const long NoteEveryBytes = 256L << 20;

    /// <summary>Finds out whether a block was damaged already where it came from. A damaged one is copied as it is, and the manifest says so.</summary>
    public BlockCheck Check { get; init; } = ParquetBlockCheck.FindDamageAsync;

    private readonly Dictionary<string, string> _verified = new(StringComparer.Ordinal);
    private int _copiedObjects;
    private long _copiedBytes;
    private int _objectsSinceNote;
    private long _bytesSinceNote;

    /// <summary>Makes one backup.</summary>
    /// <exception cref="IOException">It cannot be read or written; what was copied and noted is used by the next run.</exception>
    public async Task<BackupResult> RunAsync(IBackupSource source, IProgress<BackupProgress> progress, CancellationToken cancellationToken)
    {
        var known = await repository.KnownObjectsAsync(cancellationToken);
        var there = (await repository.ListBlocksAsync(cancellationToken)).ToDictionary(static e => e.Key, static e => e.SizeBytes, StringComparer.Ordinal);
        var meter = new ProgressMeter(source.Content, progress);
        var blocks = new List<ManifestBlock>(source.Content.Blocks.Count);
        foreach (var block in source.Content.Blocks)
        {
            var isThere = there.TryGetValue(block.ObjectKey, out var size) && size == block.SizeBytes;
            if (!isThere || !known.TryGetValue(block.ObjectKey, out var copy) || !await IsGoodAsync(block, copy.Sha256, meter, cancellationToken))
                copy = await CopyAsync(source, block, meter, cancellationToken);
            if (copy.Damage is null)
                _verified[block.ObjectKey] = copy.Sha256;
            blocks.Add(block with { Sha256 = copy.Sha256, Damage = copy.Damage });
            meter.ObjectDone(block);
            await NoteAsync(cancellationToken);
        }

        var manifest = source.Content.With(blocks);
        var name = await repository.FinishAsync(manifest, cancellationToken);
        return new BackupResult(name, manifest, _copiedObjects, _copiedBytes);
    }

    private async Task<bool> IsGoodAsync(ManifestBlock block, string hash, ProgressMeter meter, CancellationToken cancellationToken)
    {
        if (!isThorough)
            return true;
        var reason = await ObjectBytes.CheckAsync(repository.Objects, block.ObjectKey, block.SizeBytes, hash, meter.Advance, cancellationToken);
        meter.Restart();
        return reason is null;
    }

    private async Task<KnownObject> CopyAsync(IBackupSource source, ManifestBlock block, ProgressMeter meter, CancellationToken cancellationToken)
    {
        var hash = "";
        var length = await repository.Objects.PutAsync(
            block.ObjectKey,
            async (stream, token) =>
            {
                await using var hashing = new HashingStream(stream, meter.Advance);
                await source.CopyAsync(block, hashing, token);
                hash = hashing.Sha256;
                if (hashing.Length != block.SizeBytes)
                    throw new BackupException($"{block.ObjectKey} in the store has {hashing.Length} bytes; the catalog says {block.SizeBytes}");
            },
            cancellationToken);
        var reason = await ObjectBytes.CheckAsync(repository.Objects, block.ObjectKey, block.SizeBytes, hash, onRead: null, cancellationToken);
        if (reason is not null)
        {
            await repository.Objects.DeleteAsync(block.ObjectKey, cancellationToken);
            throw new BackupException($"{block.ObjectKey} was written to the backup and does not read back: {reason}");
        }

        _copiedObjects++;
        _copiedBytes += length;
        _objectsSinceNote++;
        _bytesSinceNote += length;
        return new KnownObject(hash, await Check(repository.Objects, block, cancellationToken));
    }

    private async Task NoteAsync(CancellationToken cancellationToken)
    {
        if (_objectsSinceNote < NoteEveryObjects && _bytesSinceNote < NoteEveryBytes)
            return;
        await repository.NoteAsync(_verified, cancellationToken);
        _objectsSinceNote = 0;
        _bytesSinceNote = 0;
    }
}
