using Triptych.Server.Configuration;
using Triptych.Server.Hosting;
using Triptych.Storage.Blocks;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore.S3;

namespace Triptych.Server.Commands;

/// <summary>The blocks that a command line names, in a directory or in a bucket, by the catalog in the directory or in PostgreSQL; for reading only.</summary>
internal sealed class BlockPlace : IAsyncDisposable
{
    private const int WrongUse = 2;

    private readonly IDisposable? _bucket;

    private BlockPlace(BlockFiles files, IDisposable? bucket)
    {
        Files = files;
        _bucket = bucket;
    }

    /// <summary>The blocks.</summary>
    public BlockFiles Files { get; }

    /// <summary>Opens what is configured.</summary>
    /// <param name="configFile">The configuration file; null: the directory alone where one is named, else where the server looks for its configuration.</param>
    /// <param name="dataDirectory">The data directory; null: the configuration's.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="StartProblem">The configuration is wrong, or the blocks are elsewhere than it says.</exception>
    /// <exception cref="MetastoreException">There is no catalog, or it cannot be read.</exception>
    public static async Task<BlockPlace> OpenAsync(string? configFile, string? dataDirectory, CancellationToken cancellationToken)
    {
        var storage = new StorageConfig();
        if (configFile is not null || dataDirectory is null)
        {
            var (config, problems) = ConfigLoader.Load(configFile, Environment.GetEnvironmentVariables());
            if (problems.Count > 0) throw new StartProblem(string.Join("\ntriptych: ", problems), WrongUse);
            storage = config.Storage;
            dataDirectory ??= config.DataDir;
        }

        var catalog = MetastoreOpening.OpenReadOnly(storage.Metastore, dataDirectory);
        S3ObjectStore? bucket = null;
        try
        {
            var isInBucket = await DataSetClaim.IsInBucketAsync(catalog, cancellationToken);
            if (storage.ObjectStore.Type == ObjectStoreType.Local)
            {
                return isInBucket
                    ? throw new StartProblem($"the blocks of the data directory {dataDirectory} lie in a bucket: name the configuration that has it with --config")
                    : new BlockPlace(BlockFiles.InDirectory(catalog, Path.Combine(dataDirectory, "objects")), bucket: null);
            }

            var options = BlockObjects.OptionsOf(storage.ObjectStore);
            bucket = S3ObjectStore.Open(options, TimeProvider.System);
            await bucket.CheckAsync(cancellationToken);
            return new BlockPlace(BlockFiles.InBucket(catalog, bucket, options.ToString()), bucket);
        }
        catch
        {
            bucket?.Dispose();
            await catalog.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Files.DisposeAsync();
        _bucket?.Dispose();
    }
}
