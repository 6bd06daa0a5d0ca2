using System.Buffers.Binary;
using Triptych.Storage.Catalog;
using Triptych.Storage.Metastore;

namespace Triptych.Storage.Compaction;

/// <summary>
/// What has been done to a block and need not be done again: 8-byte marks that stand for a deletion or for the matchers of a retention rule. A
/// mark is committed with the block it is about. Any thread may call.
/// </summary>
internal sealed class BlockMarks
{
    /// <summary>Scope in the metastore; the key is the block's id, the value its marks, little-endian.</summary>
    public const string Scope = "block-marks";

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, long[]> _marks = [];
    private readonly IMetastore _metastore;

    private BlockMarks(IMetastore metastore) => _metastore = metastore;

    public static async ValueTask<BlockMarks> OpenAsync(IMetastore metastore, CatalogVersion catalog, CancellationToken cancellationToken)
    {
        var marks = new BlockMarks(metastore);
        foreach (var value in await metastore.ListAsync(Scope, cancellationToken))
        {
            if (Guid.TryParseExact(value.Key, "N", out var block) && value.Value.Length % sizeof(long) == 0)
                marks._marks[block] = Read(value.Value.Span);
            else
                await metastore.DeleteAsync(Scope, value.Key, expectedVersion: null, cancellationToken);
        }

        await marks.ForgetAsync(catalog, cancellationToken);
        return marks;
    }

    public IReadOnlyList<long> Of(Guid block)
    {
        lock (_gate)
            return _marks.GetValueOrDefault(block) ?? [];
    }

    public bool Has(Guid block, long mark) => Of(block).Contains(mark);

    public static MetastoreValue ToValue(Guid block, IReadOnlyList<long> marks)
    {
        var bytes = new byte[marks.Count * sizeof(long)];
        for (var i = 0; i < marks.Count; i++)
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * sizeof(long)), marks[i]);
        return new MetastoreValue(Scope, block.ToString("N"), bytes);
    }

    /// <summary>Takes in what was committed.</summary>
    public void Set(Guid block, IReadOnlyList<long> marks)
    {
        lock (_gate)
            _marks[block] = [.. marks];
    }

    /// <summary>Removes the marks of blocks that are not there any more.</summary>
    public async ValueTask ForgetAsync(CatalogVersion catalog, CancellationToken cancellationToken)
    {
        List<Guid> gone;
        lock (_gate)
        {
            if (_marks.Count == 0)
                return;
            var live = catalog.All.Select(static b => b.Id).ToHashSet();
            gone = [.. _marks.Keys.Where(b => !live.Contains(b))];
        }

        foreach (var block in gone)
        {
            await _metastore.DeleteAsync(Scope, block.ToString("N"), expectedVersion: null, cancellationToken);
            lock (_gate)
                _marks.Remove(block);
        }
    }

    private static long[] Read(ReadOnlySpan<byte> bytes)
    {
        var marks = new long[bytes.Length / sizeof(long)];
        for (var i = 0; i < marks.Length; i++)
            marks[i] = BinaryPrimitives.ReadInt64LittleEndian(bytes[(i * sizeof(long))..]);
        return marks;
    }
}
