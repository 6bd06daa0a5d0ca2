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
/// so what is there with the right length and a checksum from an earlier copy stays, unless it was damaged already: the server's may be right again. A block
/// that the source has lost is left out, and the manifest says so. A kill at any point leaves the earlier backups as they
/// were; the next run goes on from what was noted.
/// </summary>
/// <param name="repository">Where to.</param>
/// <param name="isThorough">Whether objects that are there already are read and compared, and copied again when they are damaged.</param>
/// <param name="time">Says when to note what is copied.</param>
public sealed class BackupWriter(BackupRepository repository, bool isThorough = false, TimeProvider? time = null)
{
    // What a kill makes to be copied again. Notes grow with the backup, so they are made so seldom that they cost little beside the copies.
    private static readonly TimeSpan NoteEvery = TimeSpan.FromSeconds(2);
    private const int NoteShare = 20;

    /// <summary>Finds out whether a block was damaged already where it came from. A damaged one is copied as it is, and the manifest says so.</summary>
    public BlockCheck Check { get; init; } = ParquetBlockCheck.FindDamageAsync;

    private readonly Dictionary<string, string> _verified = new(StringComparer.Ordinal);
    private int _copiedObjects;
    private long _copiedBytes;
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private bool _isNoted = true;
    private long _notedAt;
    private TimeSpan _noteTook;

    /// <summary>Makes one backup.</summary>
    /// <exception cref="IOException">It cannot be read or written; what was copied and noted is used by the next run.</exception>
    public async Task<BackupResult> RunAsync(IBackupSource source, IProgress<BackupProgress> progress, CancellationToken cancellationToken)
    {
        var known = await repository.KnownObjectsAsync(cancellationToken);
        var there = (await repository.ListBlocksAsync(cancellationToken)).ToDictionary(static e => e.Key, static e => e.SizeBytes, StringComparer.Ordinal);
        var meter = new ProgressMeter(source.Content, progress);
        _notedAt = _time.GetTimestamp();
        IReadOnlyList<ManifestBlock> blocks;
        try
        {
            blocks = await CopyAsync(source, known, there, meter, cancellationToken);
        }
        catch
        {
            await NoteLastAsync();
            throw;
        }

        var manifest = source.Content.With(blocks);
        var name = await repository.FinishAsync(manifest, cancellationToken);
        return new BackupResult(name, manifest, _copiedObjects, _copiedBytes);
    }

    private async Task<IReadOnlyList<ManifestBlock>> CopyAsync(
        IBackupSource source, Dictionary<string, KnownObject> known, Dictionary<string, long> there, ProgressMeter meter, CancellationToken cancellationToken)
    {
        var blocks = new List<ManifestBlock>(source.Content.Blocks.Count);
        foreach (var block in source.Content.Blocks)
        {
            var isThere = there.TryGetValue(block.ObjectKey, out var size) && size == block.SizeBytes;
            KnownObject? earlier = isThere && known.TryGetValue(block.ObjectKey, out var found) ? found : null;
            var copied = earlier is { Damage: null } good && await IsGoodAsync(block, good.Sha256, meter, cancellationToken)
                ? block with { Sha256 = good.Sha256 }
                : await CopyOrLeaveOutAsync(source, block, earlier is { Damage: not null } ? earlier : null, meter, cancellationToken);
            if (copied is { Damage: null, Sha256: { } sha256 })
                _verified[block.ObjectKey] = sha256;
            blocks.Add(copied);
            meter.ObjectDone(block);
            await NoteAsync(cancellationToken);
        }

        return blocks;
    }

    private async Task<bool> IsGoodAsync(ManifestBlock block, string hash, ProgressMeter meter, CancellationToken cancellationToken)
    {
        if (!isThorough)
            return true;
        var reason = await ObjectBytes.CheckAsync(repository.Objects, block.ObjectKey, block.SizeBytes, hash, meter.Advance, cancellationToken);
        meter.Restart();
        return reason is null;
    }

    /// <summary>The block as it is in the backup then. Where the source has lost it, that is a damaged copy from before, or nothing.</summary>
    private async Task<ManifestBlock> CopyOrLeaveOutAsync(
        IBackupSource source, ManifestBlock block, KnownObject? damagedCopy, ProgressMeter meter, CancellationToken cancellationToken)
    {
        try
        {
            var copy = await CopyAsync(source, block, meter, cancellationToken);
            return block with { Sha256 = copy.Sha256, Damage = copy.Damage };
        }
        catch (BlockLostException e)
        {
            meter.Restart();
            return block with { Sha256 = damagedCopy?.Sha256, Damage = damagedCopy?.Damage ?? e.Reason };
        }
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
        _isNoted = false;
        return new KnownObject(hash, await Check(repository.Objects, block, cancellationToken));
    }

    private async Task NoteAsync(CancellationToken cancellationToken)
    {
        var since = _time.GetElapsedTime(_notedAt);
        if (_isNoted || since < NoteEvery || since < _noteTook * NoteShare)
            return;
        var began = _time.GetTimestamp();
        await repository.NoteAsync(_verified, cancellationToken);
        _notedAt = _time.GetTimestamp();
        _noteTook = _time.GetElapsedTime(began, _notedAt);
        _isNoted = true;
    }

    /// <summary>Notes what is copied when the run breaks off. Where that fails too, the next run copies more; what broke it off is what is told.</summary>
    private async Task NoteLastAsync()
    {
        if (_isNoted)
            return;
        try
        {
            await repository.NoteAsync(_verified, CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _isNoted = false;
        }
    }
}
