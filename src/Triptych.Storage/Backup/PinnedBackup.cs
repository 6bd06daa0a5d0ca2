using Triptych.Storage.Catalog;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore;

namespace Triptych.Storage.Backup;

/// <summary>
/// A version of the running store's catalog, held while it is copied. Everything that was acknowledged before <see cref="BeginAsync"/> is in it:
/// values are read first, then all heads become blocks, then the catalog is pinned. So a value may be older than the blocks and never newer:
/// a position in a tailed file leads to lines that are read again and found to be there, not to lines that are missing.
/// </summary>
public sealed class PinnedBackup : IBackupSource
{
    private readonly IObjectStore _objects;
    private readonly CatalogPin _pin;

    private PinnedBackup(IObjectStore objects, CatalogPin pin, BackupManifest content)
    {
        _objects = objects;
        _pin = pin;
        Content = content;
    }

    /// <inheritdoc/>
    public BackupManifest Content { get; }

    /// <summary>Flushes and pins.</summary>
    /// <param name="metastore">Values, tenants, retired WAL.</param>
    /// <param name="catalog">Blocks.</param>
    /// <param name="objects">Their files.</param>
    /// <param name="flushAll">Turns everything acknowledged so far into blocks.</param>
    /// <param name="time">When it began.</param>
    /// <param name="program">The program's version.</param>
    /// <param name="cancellationToken">Ends the wait for the flush; nothing is pinned then.</param>
    public static async Task<PinnedBackup> BeginAsync(
        IMetastore metastore,
        BlockCatalog catalog,
        IObjectStore objects,
        Func<CancellationToken, Task> flushAll,
        TimeProvider time,
        string program,
        CancellationToken cancellationToken)
    {
        var started = time.GetUtcNow();
        var values = (await metastore.ExportAsync(cancellationToken)).Values;
        await flushAll(cancellationToken);
        var pin = catalog.Pin();
        PinnedBackup? pinned = null;
        try
        {
            // Read after the pin: every tenant of a pinned block is there, and no WAL number that was used is given out again.
            var after = await metastore.ExportAsync(cancellationToken);
            values = [.. values.Where(static v => !BackupRestorer.PlaceScopes.Contains(v.Scope))];
            var content = new MetastoreContent(after.Tenants, new CatalogContent([.. pin.Version.All], after.Catalog.Retired), values);
            pinned = new PinnedBackup(objects, pin, BackupManifest.Of(content, started, program));
            return pinned;
        }
        finally
        {
            if (pinned is null)
                pin.Dispose();
        }
    }

    /// <inheritdoc/>
    public async ValueTask CopyAsync(ManifestBlock block, Stream into, CancellationToken cancellationToken)
    {
        // Before the first byte, so that whoever receives them over a connection can still be told.
        var sizeBytes = await _objects.GetLengthAsync(block.ObjectKey, cancellationToken)
            ?? throw new BlockLostException(block.ObjectKey, ObjectInput.Missing);
        if (sizeBytes != block.SizeBytes)
            throw new BlockLostException(block.ObjectKey, $"the object has {sizeBytes} bytes, the catalog says {block.SizeBytes}");
        await ObjectBytes.CopyAsync(_objects, block.ObjectKey, into, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _pin.Dispose();
        return ValueTask.CompletedTask;
    }
}
