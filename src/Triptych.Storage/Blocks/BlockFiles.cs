using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Storage.Catalog;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore;

namespace Triptych.Storage.Blocks;

/// <summary>
/// The blocks that a catalog names, wherever they lie, for reading only: works without a server and beside one that runs, of which it disturbs nothing.
/// </summary>
public sealed class BlockFiles : IAsyncDisposable
{
    private readonly ICatalogReader _catalog;
    private readonly string? _directory;
    private readonly IObjectStore? _bucket;
    private readonly string _place;

    private BlockFiles(ICatalogReader catalog, string? directory, IObjectStore? bucket, string place)
    {
        _catalog = catalog;
        _directory = directory;
        _bucket = bucket;
        _place = place;
    }

    /// <summary>Blocks that are files below a directory.</summary>
    /// <param name="catalog">Names them; disposed with this.</param>
    /// <param name="objects">The directory.</param>
    public static BlockFiles InDirectory(ICatalogReader catalog, string objects) => new(catalog, objects, bucket: null, objects);

    /// <summary>Blocks in a bucket.</summary>
    /// <param name="catalog">Names them; disposed with this.</param>
    /// <param name="bucket">Holds them; stays the caller's.</param>
    /// <param name="place">How to name the bucket to people, without its keys.</param>
    public static BlockFiles InBucket(ICatalogReader catalog, IObjectStore bucket, string place) => new(catalog, directory: null, bucket, place);

    /// <summary>The blocks that are live now, by signal, tenant and time.</summary>
    public async ValueTask<IReadOnlyList<BlockMeta>> ListAsync(CancellationToken cancellationToken)
    {
        var content = await _catalog.LoadCatalogAsync(cancellationToken);
        return [.. content.Blocks.OrderBy(block => block.Signal).ThenBy(block => block.Tenant.Name, StringComparer.Ordinal)
            .ThenBy(block => block.MinTime).ThenBy(block => block.Id)];
    }

    /// <summary>Where a block lies: a path, or the bucket and the key.</summary>
    public string PathOf(BlockMeta block) => _directory is null ? $"{_place}: {block.ObjectKey}" : Path.Combine(_directory, block.ObjectKey);

    /// <summary>Reads a block's footer.</summary>
    /// <exception cref="CorruptFileException">It cannot be read.</exception>
    public async ValueTask<ParquetFooter> InspectAsync(BlockMeta block, CancellationToken cancellationToken)
    {
        if (_bucket is not null)
        {
            var length = await _bucket.GetLengthAsync(block.ObjectKey, cancellationToken) ?? throw new ObjectNotFoundException(block.ObjectKey);
            return (await ParquetFile.OpenAsync(new ObjectInput(_bucket, block.ObjectKey, length), cancellationToken: cancellationToken)).Footer;
        }

        using var input = new FileInput(PathOf(block));
        return (await ParquetFile.OpenAsync(input, cancellationToken: cancellationToken)).Footer;
    }

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
            report = _bucket is null
                ? await BlockReport.VerifyAsync(path, block, cancellationToken)
                : await VerifyCopyAsync(_bucket, block, path, cancellationToken);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or ObjectNotFoundException)
        {
            report = BlockReport.Of(path, new CorruptFileException(path, 0, "the catalog names this file, but it is not there"));
        }

        if (report.Problems.Count == 0 || (await ListAsync(cancellationToken)).Any(live => live.Id == block.Id))
        {
            return report with { SetAside = await BlockQuarantine.FindAsync(_catalog, block.Id, cancellationToken) };
        }

        return null;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _catalog.DisposeAsync();

    // Verifying reads everything, some of it twice and in small pieces: one request for all of it, not thousands.
    private static async ValueTask<BlockReport> VerifyCopyAsync(IObjectStore bucket, BlockMeta block, string path, CancellationToken cancellationToken)
    {
        var copy = Path.Combine(Path.GetTempPath(), $"triptych-verify-{Guid.NewGuid():N}.parquet");
        try
        {
            var length = await bucket.GetLengthAsync(block.ObjectKey, cancellationToken) ?? throw new ObjectNotFoundException(block.ObjectKey);
            await using (var file = new FileStream(copy, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                var buffer = new byte[1024 * 1024];
                for (long at = 0; at < length;)
                {
                    var next = buffer.AsMemory(0, (int)Math.Min(buffer.Length, length - at));
                    var read = await bucket.GetRangeAsync(block.ObjectKey, at, next, cancellationToken);
                    if (read == 0) break;
                    await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                    at += read;
                }
            }

            return await BlockReport.VerifyAsync(copy, block, cancellationToken, path);
        }
        finally
        {
            File.Delete(copy);
        }
    }
}
