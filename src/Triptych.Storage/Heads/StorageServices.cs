using Triptych.Storage.Blocks;
using Triptych.Storage.Catalog;
using Triptych.Storage.Disk;
using Triptych.Storage.Instruments;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore;

namespace Triptych.Storage.Heads;

/// <summary>What all stores stand on.</summary>
/// <param name="Disk">For the WAL.</param>
/// <param name="Objects">For blocks.</param>
/// <param name="Metastore">For what is kept beside the catalog.</param>
/// <param name="Catalog">Which blocks exist.</param>
/// <param name="Time">Clock and timers.</param>
/// <param name="Events">Who is told.</param>
public sealed record StorageServices(
    IDisk Disk, IObjectStore Objects, IMetastore Metastore, BlockCatalog Catalog, TimeProvider Time, IStorageEvents Events)
{
    /// <summary>Blocks that are damaged and set aside.</summary>
    public BlockQuarantine Quarantine { get; } = new(Metastore, Events, Time, Objects);
}
