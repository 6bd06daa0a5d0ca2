using System.Text.Json;
using Triptych.Storage.Catalog;
using Triptych.Storage.Metastore;

namespace Triptych.Storage.Compaction;

/// <summary>A block that cannot be read. It stays where it is and in the catalog, and is not written again.</summary>
/// <param name="Block">Its id.</param>
/// <param name="ObjectKey">Its object.</param>
/// <param name="Offset">Byte at which it stopped making sense.</param>
/// <param name="Reason">What is wrong there.</param>
/// <param name="FoundUnixMs">When it was found.</param>
public sealed record QuarantinedBlock(Guid Block, string ObjectKey, long Offset, string Reason, long FoundUnixMs);

/// <summary>Blocks set aside, in the metastore and in memory. Any thread may call.</summary>
internal sealed class Quarantine
{
    /// <summary>Scope in the metastore; the key is the block's id, the value JSON.</summary>
    public const string Scope = "quarantine";

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, QuarantinedBlock> _blocks = [];
    private readonly IMetastore _metastore;

    private Quarantine(IMetastore metastore) => _metastore = metastore;

    public static async ValueTask<Quarantine> OpenAsync(IMetastore metastore, CatalogVersion catalog, CancellationToken cancellationToken)
    {
        var quarantine = new Quarantine(metastore);
        foreach (var value in await metastore.ListAsync(Scope, cancellationToken))
        {
            if (JsonSerializer.Deserialize<QuarantinedBlock>(value.Value.Span, Json) is { } block)
                quarantine._blocks[block.Block] = block;
        }

        await quarantine.ForgetAsync(catalog, cancellationToken);
        return quarantine;
    }

    public IReadOnlyList<QuarantinedBlock> All
    {
        get
        {
            lock (_gate)
                return [.. _blocks.Values.OrderBy(static b => b.ObjectKey, StringComparer.Ordinal)];
        }
    }

    public bool Holds(Guid block)
    {
        lock (_gate)
            return _blocks.ContainsKey(block);
    }

    /// <summary>Sets a block aside. In memory also when the metastore does not take it: then the next start finds out again.</summary>
    public async ValueTask AddAsync(QuarantinedBlock block, CancellationToken cancellationToken)
    {
        lock (_gate)
            _blocks[block.Block] = block;
        await _metastore.SetAsync(
            Scope, block.Block.ToString("N"), JsonSerializer.SerializeToUtf8Bytes(block, Json), expectedVersion: null, cancellationToken);
    }

    /// <summary>Removes the entries of blocks that are not there any more.</summary>
    public async ValueTask ForgetAsync(CatalogVersion catalog, CancellationToken cancellationToken)
    {
        List<Guid> gone;
        lock (_gate)
        {
            if (_blocks.Count == 0)
                return;
            var live = catalog.All.Select(static b => b.Id).ToHashSet();
            gone = [.. _blocks.Keys.Where(b => !live.Contains(b))];
        }

        foreach (var block in gone)
        {
            await _metastore.DeleteAsync(Scope, block.ToString("N"), expectedVersion: null, cancellationToken);
            lock (_gate)
                _blocks.Remove(block);
        }
    }
}
