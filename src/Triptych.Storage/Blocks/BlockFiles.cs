using Triptych.Columnar.Parquet;
using Triptych.Storage.Catalog;
using Triptych.Storage.Metastore;

namespace Triptych.Storage.Blocks;

/// <summary>
/// The blocks of a data directory, for reading only: works without a server and beside one that runs, of which it disturbs nothing.
/// </summary>
public sealed class BlockFiles : IAsyncDisposable
{
    private readonly SqliteMetastore _metastore;
    private readonly string _objects;

    private BlockFiles(SqliteMetastore metastore, string objects)
    {
        _metastore = metastore;
        _objects = objects;
    }

    /// <summary>Opens a data directory.</summary>
    /// <exception cref="MetastoreException">There is no catalog, or it cannot be read, or a newer program wrote it.</exception>
    public static BlockFiles Open(string dataDirectory) => new(
        SqliteMetastore.OpenReadOnly(Path.Combine(dataDirectory, "metastore.db")), Path.Combine(dataDirectory, "objects"));

    /// <summary>The blocks that are live now, by signal, tenant and time.</summary>
    public async ValueTask<IReadOnlyList<BlockMeta>> ListAsync(CancellationToken cancellationToken)
    {
        var content = await _metastore.LoadCatalogAsync(cancellationToken);
        return [.. content.Blocks.OrderBy(block => block.Signal).ThenBy(block => block.Tenant.Name, StringComparer.Ordinal)
            .ThenBy(block => block.MinTime).ThenBy(block => block.Id)];
    }

    /// <summary>Where the file of a block lies.</summary>
    public string PathOf(BlockMeta block) => Path.Combine(_objects, block.ObjectKey);

    /// <summary>
    /// Verifies a block's file, and the file against the catalog. Null when the block is no longer live: a running server has merged or
    /// removed it meanwhile.
    /// </summary>
    public async ValueTask<BlockReport?> VerifyAsync(BlockMeta block, CancellationToken cancellationToken)
    {
        var path = PathOf(block);
        BlockReport report;
        try
        {
            report = await BlockReport.VerifyAsync(path, block, cancellationToken);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            report = BlockReport.Of(path, new CorruptFileException(path, 0, "the catalog names this file, but it is not there"));
        }

        if (report.Problems.Count == 0 || (await ListAsync(cancellationToken)).Any(live => live.Id == block.Id))
            return report;
        return null;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _metastore.DisposeAsync();
}
