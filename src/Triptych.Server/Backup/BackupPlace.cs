using Triptych.Server.Configuration;
using Triptych.Server.Hosting;
using Triptych.Storage.Backup;
using Triptych.Storage.Disk;
using Triptych.Storage.ObjectStore;
using Triptych.Storage.ObjectStore.S3;

namespace Triptych.Server.Backup;

/// <summary>
/// A place that holds backups, written by one process at a time: a directory, or a bucket with a prefix, named <c>s3://BUCKET/PREFIX</c>. Where the
/// bucket is and who may use it is the configuration's to say, never the command line's.
/// </summary>
internal sealed class BackupPlace : IAsyncDisposable
{
    private const string Scheme = "s3://";
    private readonly IDisposable _objects;
    private readonly FileStream? _lock;
    private readonly BackupLease? _lease;

    private BackupPlace(string path, IObjectStore objects, IDisposable owned, FileStream? lockFile, BackupLease? lease)
    {
        Path = path;
        _objects = owned;
        _lock = lockFile;
        _lease = lease;
        Repository = new BackupRepository(objects);
    }

    /// <summary>Its full path, or its URL.</summary>
    public string Path { get; }

    /// <summary>What it holds.</summary>
    public BackupRepository Repository { get; }

    /// <summary>Cancelled when another process took the place over.</summary>
    public CancellationToken Lost => _lease?.Lost ?? CancellationToken.None;

    /// <summary>Opens a place.</summary>
    /// <param name="place">A directory, or a bucket's URL.</param>
    /// <param name="config">Says how buckets are reached.</param>
    /// <param name="isForWriting">
    /// Whether backups are to be put in: then a directory is made when it is missing. Without, what may not be written is read as it is.
    /// </param>
    /// <param name="time">For a bucket.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StartProblem">It is not there, cannot be used, or another process uses it.</exception>
    public static async Task<BackupPlace> OpenAsync(
        string place, ServerConfig config, bool isForWriting, TimeProvider time, CancellationToken cancellationToken)
    {
        if (place.StartsWith(Scheme, StringComparison.Ordinal)) return await OpenBucketAsync(place, config, isForWriting, time, cancellationToken);
        if (place.Contains("://", StringComparison.Ordinal)) throw new StartProblem($"{place}: backups are kept in a directory or in a bucket, {Scheme}BUCKET/PREFIX", exitCode: 2);
        var full = System.IO.Path.GetFullPath(place);
        try
        {
            if (isForWriting) Directory.CreateDirectory(full);
            else if (!Directory.Exists(full)) throw new StartProblem($"{full} is not there");
            var lockFile = Take(full, isForWriting);
            var objects = new LocalObjectStore(PhysicalDisk.Instance, full);
            return new BackupPlace(full, objects, objects, lockFile, lease: null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartProblem($"the directory for backups {full} cannot be used: {e.Message}");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_lease is not null) await _lease.DisposeAsync();
        _objects.Dispose();
        if (_lock is not null) await _lock.DisposeAsync();
    }

    private static async Task<BackupPlace> OpenBucketAsync(
        string url, ServerConfig config, bool isForWriting, TimeProvider time, CancellationToken cancellationToken)
    {
        var store = S3ObjectStore.Open(OptionsOf(url, config), time);
        BackupPlace? opened = null;
        try
        {
            if (isForWriting) await store.CheckAsync(cancellationToken);

            // Old backups go with the objects that only they name: among a server's blocks that would be all of them.
            if (await store.GetLengthAsync(DataSetClaim.ObjectKey, cancellationToken) is not null)
                throw new StartProblem($"{url} holds the blocks of a server: name another prefix for its backups");
            var lease = isForWriting ? await BackupLease.TakeAsync(store, time, cancellationToken) : null;
            opened = new BackupPlace(url.TrimEnd('/'), store, store, lockFile: null, lease);
            return opened;
        }
        finally
        {
            if (opened is null) store.Dispose();
        }
    }

    private static S3Options OptionsOf(string url, ServerConfig config)
    {
        var rest = url[Scheme.Length..].TrimEnd('/');
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var (bucket, prefix) = slash < 0 ? (rest, "") : (rest[..slash], rest[(slash + 1)..]);
        var storage = config.Storage.ObjectStore;
        if (config.Backup.Endpoint.Length == 0 && storage.Type == ObjectStoreType.S3)
        {
            var (ownBucket, ownPrefix) = (storage.Bucket, storage.Prefix);
            (storage.Bucket, storage.Prefix) = (bucket, prefix);
            try
            {
                Refuse(url, ObjectStoreCheck.Find(storage));
                return BlockObjects.OptionsOf(storage);
            }
            finally
            {
                (storage.Bucket, storage.Prefix) = (ownBucket, ownPrefix);
            }
        }

        Refuse(url, ObjectStoreCheck.Find(config.Backup, bucket, prefix));
        return BlockObjects.OptionsOf(config.Backup.ToObjectStore(bucket, prefix), "backup");
    }

    private static void Refuse(string url, IEnumerable<(string Path, string Message)> problems)
    {
        var messages = problems.Select(static p => p.Message).ToList();
        if (messages.Count > 0) throw new StartProblem($"{url}: {string.Join("; ", messages)}", exitCode: 2);
    }

    private static FileStream? Take(string full, bool isForWriting)
    {
        var file = System.IO.Path.Combine(full, "lock");
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (!isForWriting && (e is UnauthorizedAccessException || IsReadOnly(e)))
        {
            // Nobody here can write it, so nobody changes it meanwhile.
            return null;
        }
    }

    // EROFS: the runtime has no exception of its own for it.
    private static bool IsReadOnly(Exception e) => e is IOException && e.Message.Contains("Read-only file system", StringComparison.Ordinal);
}
