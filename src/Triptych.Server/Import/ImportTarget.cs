using Microsoft.Extensions.Logging.Abstractions;
using Triptych.Model;
using Triptych.Server.Backup;
using Triptych.Server.Configuration;
using Triptych.Server.Hosting;
using Triptych.Storage.Catalog;
using Triptych.Storage.Metastore;

namespace Triptych.Server.Import;

/// <summary>The data directory of a server that is not running, with its catalog, opened to add blocks. The owner disposes it.</summary>
internal sealed class ImportTarget : IAsyncDisposable
{
    /// <summary>Scope in the metastore of what has been imported; the key is the source's part.</summary>
    public const string Scope = "imports";

    private readonly DataDirectory _directory;
    private readonly IMetastore _metastore;
    private readonly BlockObjects _objects;

    private ImportTarget(DataDirectory directory, IMetastore metastore, BlockObjects objects, BlockCatalog catalog)
    {
        _directory = directory;
        _metastore = metastore;
        _objects = objects;
        Catalog = catalog;
    }

    /// <summary>The catalog.</summary>
    public BlockCatalog Catalog { get; }

    /// <summary>Where blocks go.</summary>
    public Storage.ObjectStore.IObjectStore Objects => _objects.Store;

    /// <summary>Opens what is configured.</summary>
    /// <exception cref="StartProblem">A server runs on it, or it cannot be used.</exception>
    public static async Task<ImportTarget> OpenAsync(ServerConfig config, TimeProvider time, CancellationToken cancellationToken)
    {
        var directory = DataDirectory.Take(config.DataDir);
        IMetastore? metastore = null;
        BlockObjects? objects = null;
        ImportTarget? opened = null;
        try
        {
            RestoreMarker.RefuseUnfinished(directory);
            MetastoreOpening.CheckKind(config.Storage.Metastore.Type, directory);
            var wasEmpty = MetastoreOpening.HoldsNothing(directory);
            var events = new StorageEvents(NullLogger<StorageEvents>.Instance);
            metastore = await MetastoreOpening.OpenAsync(config, directory, time, cancellationToken);
            objects = await BlockObjects.OpenAsync(config.Storage.ObjectStore, directory.Path, metastore, events, time, cancellationToken);
            await MetastoreOpening.CheckPairAsync(metastore, objects.Store, directory, wasEmpty, cancellationToken);
            var catalog = await BlockCatalog.OpenAsync(metastore, objects.Store, new CatalogOptions(), time, events, cancellationToken);
            return opened = new ImportTarget(directory, metastore, objects, catalog);
        }
        finally
        {
            if (opened is null)
            {
                if (objects is not null) await objects.DisposeAsync();
                if (metastore is not null) await metastore.DisposeAsync();
                directory.Dispose();
            }
        }
    }

    /// <summary>The parts of sources that are imported already.</summary>
    public async Task<HashSet<string>> ListDoneAsync(CancellationToken cancellationToken) =>
        [.. (await _metastore.ListAsync(Scope, cancellationToken)).Select(static v => v.Key)];

    /// <summary>Adds blocks, and notes with them what is done, in one transaction.</summary>
    /// <param name="blocks">The blocks.</param>
    /// <param name="done">The part of the source that they hold; null where it is not to be noted.</param>
    /// <param name="tenant">Whose data.</param>
    public async Task CommitAsync(IReadOnlyList<BlockMeta> blocks, string? done, TenantId tenant)
    {
        if (blocks.Count == 0 && done is null) return;
        var change = new MetastoreChange
        {
            Add = blocks,
            Values = done is null ? [] : [new MetastoreValue(Scope, done, System.Text.Encoding.UTF8.GetBytes(tenant.Name))],
        };

        // Whether it happened is known only when it is done or refused; a kill meanwhile leaves it one way or the other, as a whole.
        await Catalog.CommitUntilKnownAsync(change, static _ => TimeSpan.FromSeconds(1), CancellationToken.None);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Catalog.DisposeAsync();
        await _objects.DisposeAsync();
        await _metastore.DisposeAsync();
        _directory.Dispose();
    }
}
