using System.Buffers.Binary;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Primitives.Checksums;
using Triptych.Storage.Catalog;
using Triptych.Storage.Heads;
using Triptych.Storage.ObjectStore;
using Triptych.Storage.Wal;
using Triptych.Testing;

namespace Triptych.Storage.Tests.Heads;

/// <summary>A store of numbers on a faulty disk; disposing it is a stop without a flush.</summary>
internal sealed class KeeperFixture : IAsyncDisposable
{
    private KeeperFixture(
        FaultyDisk disk, MemoryMetastore metastore, RecordingEvents events, LocalObjectStore objects, BlockCatalog catalog,
        HeadKeeper<TestHead> keeper, TestSignal signal)
    {
        Disk = disk;
        Metastore = metastore;
        Events = events;
        Objects = objects;
        Catalog = catalog;
        Keeper = keeper;
        Signal = signal;
    }

    public FaultyDisk Disk { get; }

    public MemoryMetastore Metastore { get; }

    public RecordingEvents Events { get; }

    public LocalObjectStore Objects { get; }

    public BlockCatalog Catalog { get; }

    public HeadKeeper<TestHead> Keeper { get; }

    public TestSignal Signal { get; }

    public TestStep Step { get; } = new();

    public static async Task<KeeperFixture> OpenAsync(
        FaultyDisk? disk = null, MemoryMetastore? metastore = null, Func<HeadOptions, HeadOptions>? configure = null, TimeProvider? time = null,
        bool recover = true)
    {
        disk ??= new FaultyDisk();
        metastore ??= new MemoryMetastore();
        time ??= TimeProvider.System;
        var events = new RecordingEvents();
        var objects = new LocalObjectStore(disk, "/d/objects");
        var catalog = await BlockCatalog.OpenAsync(metastore, objects, new CatalogOptions(), time, events, CancellationToken.None);
        var signal = new TestSignal();
        var options = new HeadOptions
        {
            Wal = new WalOptions
            {
                Signal = Model.Signal.Logs,
                DataDirectory = "/d",
                MinRetryDelay = TimeSpan.FromMilliseconds(1),
                MaxRetryDelay = TimeSpan.FromMilliseconds(4),
            },
            FlushAge = TimeSpan.FromHours(1),
            CheckInterval = TimeSpan.FromMilliseconds(5),
            MinRetryDelay = TimeSpan.FromMilliseconds(1),
            MaxRetryDelay = TimeSpan.FromMilliseconds(4),
        };
        var services = new StorageServices(disk, objects, metastore, catalog, time, events);
        var keeper = new HeadKeeper<TestHead>(configure?.Invoke(options) ?? options, signal, services);
        if (recover)
            await keeper.RecoverAsync(CancellationToken.None);
        return new KeeperFixture(disk, metastore, events, objects, catalog, keeper, signal);
    }

    public ValueTask<AppendResult> AppendAsync(params long[] items) => AppendAsync(request: null, items);

    public ValueTask<AppendResult> AppendAsync(ulong? request, long[] items) => Keeper.AppendAsync(
        new AppendContext(TenantId.Default, request is { } r ? new Hash128(r, r) : null), items, Step, CancellationToken.None);

    /// <summary>Everything a view shows, with repetitions, sorted.</summary>
    public async Task<List<long>> ReadAsync(StoreView<TestHead> view)
    {
        var items = new List<long>();
        foreach (var generation in view.Generations)
            items.AddRange(generation.Head.Items(TenantId.Default));
        foreach (var block in view.Catalog.Blocks(TenantId.Default, Model.Signal.Logs))
        {
            var bytes = new byte[block.SizeBytes];
            (await Objects.GetRangeAsync(block.ObjectKey, 0, bytes, CancellationToken.None)).ShouldBe(bytes.Length);
            for (var at = 0; at < bytes.Length; at += 8)
                items.Add(BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at)));
        }

        items.Sort();
        return items;
    }

    public async Task<List<long>> ReadAsync()
    {
        using var view = Keeper.Pin();
        return await ReadAsync(view);
    }

    public async ValueTask DisposeAsync()
    {
        await Keeper.DisposeAsync();
        await Catalog.DisposeAsync();
        Objects.Dispose();
    }
}
