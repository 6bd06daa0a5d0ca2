using Triptych.Model;
using Triptych.Storage.Backup;
using Triptych.Storage.Catalog;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore;
using Triptych.Testing;

namespace Triptych.Storage.Tests.Backup;

/// <summary>A store with blocks of random bytes, to be backed up.</summary>
internal sealed class BackupFixture : IAsyncDisposable
{
    public static readonly IProgress<BackupProgress> Silent = new ProgressList();

    private readonly Random _random = new(7);
    private int _segment;

    private BackupFixture()
    {
        Objects = new LocalObjectStore(Disk, "/data/objects");
    }

    public ManualClock Clock { get; } = new();

    public FaultyDisk Disk { get; } = new();

    public LocalObjectStore Objects { get; }

    public MemoryMetastore Metastore { get; } = new();

    public BlockCatalog Catalog { get; private set; } = null!;

    public static async Task<BackupFixture> CreateAsync(int blocks)
    {
        var fixture = new BackupFixture();
        fixture.Catalog = await BlockCatalog.OpenAsync(
            fixture.Metastore, fixture.Objects, new CatalogOptions(), fixture.Clock, new RecordingEvents(), CancellationToken.None);
        await fixture.AddBlocksAsync(blocks);
        await fixture.Metastore.SetAsync("ui", "board", new byte[] { 1, 2, 3 }, expectedVersion: null, CancellationToken.None);
        return fixture;
    }

    public async Task<IReadOnlyList<BlockMeta>> AddBlocksAsync(int count)
    {
        var added = new List<BlockMeta>();
        for (var i = 0; i < count; i++)
        {
            var bytes = new byte[_random.Next(1, 3000)];
            _random.NextBytes(bytes);
            var tenant = new TenantId(_random.Next(2) == 0 ? "default" : "acme");
            var address = await Catalog.NewAddressAsync(tenant, (Signal)(1 + (i % 3)), DateTimeOffset.UnixEpoch, CancellationToken.None);
            await Objects.PutAsync(address.ObjectKey, bytes, CancellationToken.None);
            _segment++;
            var block = new BlockMeta
            {
                Id = address.Id,
                Tenant = tenant,
                Signal = address.Signal,
                MinTime = i,
                MaxTime = long.MaxValue - i,
                Rows = 5,
                SizeBytes = bytes.Length,
                ObjectKey = address.ObjectKey,
                FirstSegment = _segment,
                LastSegment = _segment,
                Statistics = bytes.AsMemory(0, 1),
            };
            await Catalog.CommitAsync(
                new MetastoreChange { Add = [block], Retire = new WalRetirement(address.Signal, _segment, _segment * 10) },
                onPublish: null,
                CancellationToken.None);
            added.Add(block);
        }

        return added;
    }

    public Task<PinnedBackup> PinAsync() =>
        PinnedBackup.BeginAsync(Metastore, Catalog, Objects, _ => Task.CompletedTask, Clock, "test", CancellationToken.None);

    /// <summary>Makes a backup and returns what came of it; the clock goes on, so that the next one has another time.</summary>
    public async Task<BackupResult> BackupAsync(IObjectStore target, bool isThorough = false, TimeProvider? time = null)
    {
        await using var source = await PinAsync();
        Clock.Advance(TimeSpan.FromSeconds(1));
        return await new BackupWriter(new BackupRepository(target), isThorough, time ?? Clock).RunAsync(source, Silent, CancellationToken.None);
    }

    public async Task<byte[]> ReadAsync(IObjectStore store, string key)
    {
        using var bytes = new MemoryStream();
        await ObjectBytes.CopyAsync(store, key, bytes, CancellationToken.None);
        return bytes.ToArray();
    }

    public async ValueTask DisposeAsync()
    {
        await Catalog.DisposeAsync();
        Objects.Dispose();
    }
}

internal sealed class ProgressList : IProgress<BackupProgress>
{
    public List<BackupProgress> Reports { get; } = [];

    public void Report(BackupProgress value) => Reports.Add(value);
}
