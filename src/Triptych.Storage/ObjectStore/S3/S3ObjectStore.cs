using System.Runtime.CompilerServices;

namespace Triptych.Storage.ObjectStore.S3;

/// <summary>
/// Objects in a bucket. Puts are atomic because S3's are; a streamed one goes up in parts, a bounded number of them in memory. Composed as
/// retries → time limit → counting → bucket by <see cref="Open"/>. Keys: docs/formats/catalog.md, below <see cref="S3Options.Prefix"/>.
/// Calls do not block, but for synchronous writes to the stream of a put. Any thread may call.
/// </summary>
public sealed class S3ObjectStore : IObjectStore, IDisposable
{
    private readonly IBucket _bucket;
    private readonly S3Options _options;
    private readonly TimeProvider _time;
    private readonly RangeReader _reader;
    private readonly SemaphoreSlim _freeParts;
    private readonly IDisposable? _owned;

    /// <param name="bucket">The bucket, with its layers.</param>
    /// <param name="options">Sizes.</param>
    /// <param name="time">The clock.</param>
    /// <param name="owned">Disposed with the store.</param>
    public S3ObjectStore(IBucket bucket, S3Options options, TimeProvider time, IDisposable? owned = null)
    {
        _bucket = bucket;
        _options = options;
        _time = time;
        _owned = owned;
        _reader = new RangeReader(bucket);
        _freeParts = new SemaphoreSlim(options.MaxPartsInMemory);
    }

    /// <summary>The store over a real service with all its layers. Nothing is asked yet: see <see cref="CheckAsync"/>.</summary>
    public static S3ObjectStore Open(S3Options options, TimeProvider time)
    {
        var bucket = new S3Bucket(options, time);
        return new S3ObjectStore(
            new RetryingBucket(new TimeLimitedBucket(new CountingBucket(bucket, time), options, time), options, time), options, time, bucket);
    }

    /// <summary>Lists, writes, reads and deletes once, so that what is wrong comes out at the start and not with the first block.</summary>
    /// <exception cref="ObjectStoreException">The bucket cannot be used.</exception>
    public async ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        const string Key = "start-check";
        await _bucket.ListAsync(Key, after: null, cancellationToken);
        var content = Guid.NewGuid().ToByteArray();
        await PutAsync(Key, content, cancellationToken);
        var buffer = new byte[content.Length + 1];
        var read = await GetRangeAsync(Key, 0, buffer, cancellationToken);
        if (!buffer.AsSpan(0, read).SequenceEqual(content))
            throw S3Faults.Make(ObjectStoreFault.Unexpected, _options, $"{Key} was written and reads back as something else; another program may write there");
        await DeleteAsync(Key, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask PutAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        ObjectKey.Check(key);
        if (content.Length <= _options.PartSizeBytes)
            await _bucket.PutAsync(key, content, onlyIfAbsent: false, NewWriter(), cancellationToken);
        else
            await PutAsync(key, (stream, token) => stream.WriteAsync(content, token), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<long> PutAsync(
        string key, Func<Stream, CancellationToken, ValueTask> writeContent, CancellationToken cancellationToken)
    {
        ObjectKey.Check(key);
        await using var stream = new UploadStream(_bucket, key, _options.PartSizeBytes, _freeParts, _time, cancellationToken);
        await writeContent(stream, cancellationToken);
        return await stream.CompleteAsync();
    }

    /// <inheritdoc/>
    public ValueTask<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        ObjectKey.Check(key);
        return _bucket.PutAsync(key, content, onlyIfAbsent: true, NewWriter(), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<int> GetRangeAsync(string key, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ObjectKey.Check(key);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return _reader.ReadAsync(key, offset, buffer, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<long?> GetLengthAsync(string key, CancellationToken cancellationToken)
    {
        ObjectKey.Check(key);
        return _bucket.GetLengthAsync(key, cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? after = null;
        while (true)
        {
            var page = await _bucket.ListAsync(prefix, after, cancellationToken);
            foreach (var entry in page.Entries)
                yield return entry;
            if (!page.HasMore || page.Entries.Count == 0)
                yield break;
            after = page.Entries[^1].Key;
        }
    }

    /// <inheritdoc/>
    public ValueTask DeleteAsync(string key, CancellationToken cancellationToken)
    {
        ObjectKey.Check(key);
        return _bucket.DeleteAsync([key], cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DeleteManyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        foreach (var key in keys)
            ObjectKey.Check(key);
        foreach (var some in keys.Chunk(IBucket.MaxKeysPerCall))
            await _bucket.DeleteAsync(some, cancellationToken);
    }

    /// <summary>Removes the parts of uploads that a crash left, by their age; returns how many. Uploads under way are younger.</summary>
    public async ValueTask<int> RemoveAbandonedUploadsAsync(CancellationToken cancellationToken)
    {
        var removed = 0;
        var before = _time.GetUtcNow() - _options.AbandonedUploadAge;
        while (true)
        {
            var found = await _bucket.ListUploadsAsync(cancellationToken);
            var abandoned = found.Where(u => u.Started <= before).ToList();
            foreach (var unfinished in abandoned)
                await _bucket.AbortUploadAsync(unfinished.Upload, cancellationToken);
            removed += abandoned.Count;
            ObjectStoreInstruments.UploadsAborted.Add(abandoned.Count);

            // Only a full page can hide more, and only where room was made does the next one differ.
            if (found.Count < IBucket.MaxKeysPerCall || abandoned.Count == 0)
                return removed;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _freeParts.Dispose();
        _owned?.Dispose();
    }

    private static string NewWriter() => Guid.NewGuid().ToString("N");
}
