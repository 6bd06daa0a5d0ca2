using System.Text.Json;
using Triptych.Columnar.Parquet;
using Triptych.Storage.Catalog;
using Triptych.Storage.Instruments;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore;

namespace Triptych.Storage.Blocks;

/// <summary>
/// Blocks set aside because they are damaged, in the metastore and in memory: queries leave them out and say so, merges go around them, retention
/// drops them like others. The next start verifies each whole and takes those back that are right again. Where blocks are read through a cache, what
/// is kept of one is dropped and the block verified before it is set aside: it may only have come wrongly. Any thread may call.
/// docs/adr/0005-compaction-retention-deletion.md.
/// </summary>
/// <param name="metastore">Keeps the entries.</param>
/// <param name="events">Who is told.</param>
/// <param name="time">The clock.</param>
/// <param name="objects">Where blocks are read from; null where no cache is between.</param>
public sealed class BlockQuarantine(IMetastore metastore, IStorageEvents events, TimeProvider time, IObjectStore? objects = null)
{
    /// <summary>Scope in the metastore; the key is the block's id, the value JSON.</summary>
    public const string Scope = "quarantine";

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, QuarantinedBlock> _blocks = [];
    private readonly HashSet<Guid> _unsaved = [];
    private readonly HashSet<Guid> _unverified = [];

    // Blocks that are being read again, and those that were right then: a second report counts.
    private readonly HashSet<Guid> _readAgain = [];
    private readonly HashSet<Guid> _foundRight = [];
    private bool _isLoaded;

    /// <summary>What is set aside now, by object.</summary>
    public IReadOnlyList<QuarantinedBlock> All
    {
        get
        {
            lock (_gate) return [.. _blocks.Values.OrderBy(static b => b.ObjectKey, StringComparer.Ordinal)];
        }
    }

    /// <summary>Why a block is set aside, by a catalog that somebody else may be writing; null when it is not.</summary>
    public static async ValueTask<QuarantinedBlock?> FindAsync(ICatalogReader catalog, Guid block, CancellationToken cancellationToken) =>
        await catalog.GetAsync(Scope, block.ToString("N"), cancellationToken) is { } stored
            ? JsonSerializer.Deserialize<QuarantinedBlock>(stored.Value.Span, Json)
            : null;

    /// <summary>Reads the entries of a metastore.</summary>
    public static async ValueTask<IReadOnlyList<QuarantinedBlock>> ReadAsync(IMetastore metastore, CancellationToken cancellationToken)
    {
        var blocks = new List<QuarantinedBlock>();
        foreach (var value in await metastore.ListAsync(Scope, cancellationToken))
        {
            if (JsonSerializer.Deserialize<QuarantinedBlock>(value.Value.Span, Json) is { } block) blocks.Add(block);
        }

        return blocks;
    }

    /// <summary>Reads what earlier runs set aside; does nothing when that has been done.</summary>
    public async ValueTask LoadAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _isLoaded)) return;
        var stored = await ReadAsync(metastore, cancellationToken);
        lock (_gate)
        {
            if (_isLoaded) return;
            foreach (var block in stored)
            {
                if (_blocks.TryAdd(block.Block, block)) _unverified.Add(block.Block);
            }

            Volatile.Write(ref _isLoaded, true);
        }

        foreach (var block in stored) Measure(block);
    }

    /// <summary>Whether a block is set aside.</summary>
    public bool Holds(Guid block) => Find(block) is not null;

    /// <summary>Why a block is set aside; null when it is not.</summary>
    public QuarantinedBlock? Find(Guid block)
    {
        lock (_gate) return _blocks.GetValueOrDefault(block);
    }

    /// <summary>
    /// Sets a block aside; does nothing when it is. In memory also when the metastore does not take it, which is then tried again by
    /// <see cref="ForgetAsync"/>. Not when the block, read again past a cache, is right or cannot be read now.
    /// </summary>
    public async ValueTask AddAsync(BlockMeta block, long offset, string reason, CancellationToken cancellationToken)
    {
        if (Holds(block.Id) || await CameWronglyAsync(block, offset, reason, cancellationToken)) return;
        var entry = new QuarantinedBlock(
            block.Id, block.Tenant.Name, SignalTime.NameOf(block.Signal), block.ObjectKey, offset, reason, time.GetUtcNow().ToUnixTimeMilliseconds());
        lock (_gate)
        {
            if (!_blocks.TryAdd(block.Id, entry)) return;
            _unsaved.Add(block.Id);
        }

        events.BlockQuarantined(block.ObjectKey, offset, reason);
        Measure(entry);
        try
        {
            await SaveAsync(entry, cancellationToken);
        }
        catch (MetastoreException)
        {
            // It counts already; the next round of upkeep stores it, or tells why it cannot.
        }
    }

    /// <summary>Stores what could not be stored before, and removes the entries of blocks that are not there any more.</summary>
    public async ValueTask ForgetAsync(CatalogVersion catalog, CancellationToken cancellationToken)
    {
        List<QuarantinedBlock> gone, unsaved;
        lock (_gate)
        {
            if (_blocks.Count + _foundRight.Count == 0) return;
            var live = catalog.All.Select(static b => b.Id).ToHashSet();
            _foundRight.IntersectWith(live);
            gone = [.. _blocks.Values.Where(b => !live.Contains(b.Block))];
            unsaved = [.. _blocks.Values.Where(b => live.Contains(b.Block) && _unsaved.Contains(b.Block))];
        }

        foreach (var block in gone) await RemoveAsync(block, cancellationToken);
        foreach (var block in unsaved) await SaveAsync(block, cancellationToken);
    }

    /// <summary>
    /// Verifies the blocks that earlier runs set aside, each once and whole, and takes those back in which nothing is wrong: somebody may have put the
    /// right file in the place of a damaged one. What cannot be read now is looked at by the next call.
    /// </summary>
    public async ValueTask RecheckAsync(IObjectStore store, CatalogVersion catalog, CancellationToken cancellationToken)
    {
        List<QuarantinedBlock> due;
        lock (_gate)
        {
            if (_unverified.Count == 0) return;
            due = [.. _unverified.Where(_blocks.ContainsKey).Select(id => _blocks[id])];
        }

        var live = catalog.All.ToDictionary(static b => b.Id);
        foreach (var block in due)
        {
            if (!live.TryGetValue(block.Block, out var meta)) continue;

            // What a cache has kept of it may be what was wrong.
            (store as ICachingObjectStore)?.Forget(meta.ObjectKey);
            if (await IsRightAsync(store, meta, cancellationToken) is not { } isRight) continue;
            lock (_gate) _unverified.Remove(block.Block);
            if (!isRight) continue;
            await RemoveAsync(block, cancellationToken);
            events.BlockTakenBack(block.ObjectKey);
        }
    }

    /// <summary>Whether a block that was read through a cache is not known to be damaged after all: read again it is right, or it cannot be read now.</summary>
    private async ValueTask<bool> CameWronglyAsync(BlockMeta block, long offset, string reason, CancellationToken cancellationToken)
    {
        if (objects is not ICachingObjectStore cache) return false;
        lock (_gate)
        {
            if (_foundRight.Contains(block.Id)) return false;
            if (!_readAgain.Add(block.Id)) return true;
        }

        bool? isRight = null;
        try
        {
            cache.Forget(block.ObjectKey);
            isRight = await cache.GetLengthAsync(block.ObjectKey, cancellationToken) is null ? false : await IsRightAsync(cache, block, cancellationToken);
        }
        catch (IOException e) when (e is not CorruptFileException)
        {
            // The bucket does not answer, which says nothing against the block.
        }
        finally
        {
            lock (_gate)
            {
                _readAgain.Remove(block.Id);
                if (isRight == true) _foundRight.Add(block.Id);
            }
        }

        if (isRight == true) events.BlockCameWrongly(block.ObjectKey, offset, reason);
        return isRight != false;
    }

    private static async ValueTask<bool?> IsRightAsync(IObjectStore store, BlockMeta meta, CancellationToken cancellationToken)
    {
        try
        {
            return (await BlockReport.VerifyAsync(store, meta, cancellationToken)).Problems.Count == 0;
        }
        catch (IOException e) when (e is not CorruptFileException)
        {
            return null;
        }
    }

    private async ValueTask SaveAsync(QuarantinedBlock block, CancellationToken cancellationToken)
    {
        await metastore.SetAsync(
            Scope, block.Block.ToString("N"), JsonSerializer.SerializeToUtf8Bytes(block, Json), expectedVersion: null, cancellationToken);
        lock (_gate) _unsaved.Remove(block.Block);
    }

    private async ValueTask RemoveAsync(QuarantinedBlock block, CancellationToken cancellationToken)
    {
        await metastore.DeleteAsync(Scope, block.Block.ToString("N"), expectedVersion: null, cancellationToken);
        lock (_gate)
        {
            _blocks.Remove(block.Block);
            _unsaved.Remove(block.Block);
            _unverified.Remove(block.Block);
        }

        Measure(block);
    }

    /// <summary>Tells how many blocks of the same tenant and signal are set aside.</summary>
    private void Measure(QuarantinedBlock block)
    {
        int count;
        lock (_gate) count = _blocks.Values.Count(b => b.Tenant == block.Tenant && b.Signal == block.Signal);
        StorageInstruments.Quarantined.Record(count, new("tenant", block.Tenant ?? ""), new("signal", block.Signal ?? ""));
    }
}
