using System.Text;
using Triptych.Server.Configuration;
using Triptych.Storage.Disk;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore;
using Triptych.Storage.ObjectStore.Cache;
using Triptych.Storage.ObjectStore.S3;

namespace Triptych.Server.Hosting;

/// <summary>
/// The object store that the configuration asks for, checked and claimed for this data directory: <c>cache → S3</c> or local files. Owns
/// what it opened, and removes abandoned uploads now and then.
/// </summary>
internal sealed class BlockObjects : IAsyncDisposable
{
    private static readonly TimeSpan UploadCheckInterval = TimeSpan.FromHours(6);
    private readonly IReadOnlyList<IDisposable> _owned;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _cleaning;

    private BlockObjects(IObjectStore store, IObjectStore origin, IReadOnlyList<IDisposable> owned, Func<CancellationToken, Task>? clean)
    {
        Store = store;
        Origin = origin;
        _owned = owned;
        _cleaning = clean is null ? Task.CompletedTask : Task.Run(() => clean(_stop.Token));
    }

    /// <summary>Where blocks lie.</summary>
    public IObjectStore Store { get; }

    /// <summary>The same without a cache, for those who read everything once.</summary>
    public IObjectStore Origin { get; }

    /// <summary>Where what was read from a bucket is kept.</summary>
    public static string CacheDirectory(ObjectStoreConfig config, string directory) =>
        Path.GetFullPath(config.CacheDir ?? Path.Combine(directory, "object-cache"));

    /// <summary>Opens what is configured.</summary>
    /// <exception cref="StartProblem">It cannot be used, or holds another data directory's blocks.</exception>
    public static async Task<BlockObjects> OpenAsync(
        ObjectStoreConfig config, string directory, IMetastore metastore, StorageEvents events, TimeProvider time, CancellationToken cancellationToken)
    {
        if (config.Type == ObjectStoreType.Local)
        {
            await DataSetClaim.CheckLocalAsync(metastore, cancellationToken);
            var local = new LocalObjectStore(PhysicalDisk.Instance, Path.Combine(directory, "objects"));
            return new BlockObjects(local, local, [local], clean: null);
        }

        var options = OptionsOf(config);
        var owned = new List<IDisposable>();
        try
        {
            var s3 = S3ObjectStore.Open(options, time);
            owned.Add(s3);
            await s3.CheckAsync(cancellationToken);
            var dataSet = await DataSetClaim.ClaimAsync(s3, metastore, options.ToString(), cancellationToken);
            IObjectStore store = s3;
            var cacheDirectory = CacheDirectory(config, directory);
            if (config.CacheSize.Bytes > 0)
            {
                var cacheOptions = new RangeCacheOptions { Directory = cacheDirectory, CapacityBytes = config.CacheSize.Bytes, DataSet = dataSet };
                var cache = RangeCache.Open(PhysicalDisk.Instance, cacheOptions);
                owned.Insert(0, cache);

                // A block has a new key each time that one is written.
                store = new CachedObjectStore(s3, cache, static key => key.StartsWith("blocks/", StringComparison.Ordinal));
            }

            events.ObjectStoreOpened(options.ToString(), config.CacheSize.Bytes > 0 ? $"{config.CacheSize} in {cacheDirectory}" : "none");
            return new BlockObjects(store, s3, owned, token => CleanAsync(s3, events, time, token));
        }
        catch
        {
            foreach (var opened in owned) opened.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _cleaning;
        foreach (var owned in _owned) owned.Dispose();
        _stop.Dispose();
    }

    private static async Task CleanAsync(S3ObjectStore store, StorageEvents events, TimeProvider time, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                try
                {
                    var removed = await store.RemoveAbandonedUploadsAsync(stop);
                    if (removed > 0) events.AbandonedUploadsRemoved(removed);
                }
                catch (IOException e)
                {
                    events.AbandonedUploadsKept(e);
                }

                await Task.Delay(UploadCheckInterval, time, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The program ends.
        }
    }

    /// <summary>A bucket in the object store's own terms.</summary>
    /// <param name="config">The bucket, with its credentials.</param>
    /// <param name="section">The configuration's section that it is from.</param>
    /// <exception cref="StartProblem">The file with the secret key cannot be read.</exception>
    public static S3Options OptionsOf(ObjectStoreConfig config, string section = "storage.object_store") => new()
    {
        Section = section,
        Endpoint = new Uri(config.Endpoint),
        Region = config.Region,
        Bucket = config.Bucket,
        Prefix = config.Prefix,
        AccessKey = config.AccessKey!.Trim(),
        SecretKey = config.SecretKeyFile is null ? config.SecretKey!.Trim() : ReadSecret(config.SecretKeyFile, section),
        PathStyle = config.PathStyle,
        Timeout = config.Timeout,
        MaxRetries = config.MaxRetries,
        MaxConnections = config.MaxConnections,
        PartSizeBytes = (int)config.PartSize.Bytes,
    };

    private static string ReadSecret(string file, string section)
    {
        try
        {
            var secret = File.ReadAllText(file, Encoding.UTF8).Trim();
            return secret.Length > 0 ? secret : throw new StartProblem($"{section}.secret_key_file {file} is empty", exitCode: 2);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartProblem($"{section}.secret_key_file cannot be read: {e.Message}");
        }
    }
}
