using Triptych.Primitives.Memory;

namespace Triptych.Storage.ObjectStore.Cache;

/// <summary>
/// Serves ranges of immutable objects from the local disk and fetches what is missing by whole pages, neighbours together. Two readers that
/// miss the same page fetch it once. Everything else passes through. Any thread may call; hits block on the local disk.
/// </summary>
/// <param name="inner">The remote store.</param>
/// <param name="cache">The pages.</param>
/// <param name="isImmutable">Whether the content under a key never changes; other keys are not cached.</param>
public sealed class CachedObjectStore(IObjectStore inner, RangeCache cache, Func<string, bool> isImmutable) : ICachingObjectStore
{
    // Bounds the memory of one fetch (8 MiB of the usual pages).
    private const int MaxPagesPerFetch = 32;
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Key, int Page), Task> _fetching = [];

    /// <inheritdoc/>
    public async ValueTask PutAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        await inner.PutAsync(key, content, cancellationToken);
        cache.Invalidate(key);
    }

    /// <inheritdoc/>
    public async ValueTask<long> PutAsync(
        string key, Func<Stream, CancellationToken, ValueTask> writeContent, CancellationToken cancellationToken)
    {
        var length = await inner.PutAsync(key, writeContent, cancellationToken);
        cache.Invalidate(key);
        return length;
    }

    /// <inheritdoc/>
    public ValueTask<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        inner.PutIfAbsentAsync(key, content, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<int> GetRangeAsync(string key, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ObjectKey.Check(key);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var isCacheable = isImmutable(key) && (offset + buffer.Length) / cache.PageBytes < int.MaxValue;
        return isCacheable ? ReadAsync(key, offset, buffer, cancellationToken) : inner.GetRangeAsync(key, offset, buffer, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<long?> GetLengthAsync(string key, CancellationToken cancellationToken) => inner.GetLengthAsync(key, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(string key, CancellationToken cancellationToken)
    {
        cache.Invalidate(key);
        await inner.DeleteAsync(key, cancellationToken);
        cache.Invalidate(key);
    }

    /// <inheritdoc/>
    public async ValueTask DeleteManyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        await inner.DeleteManyAsync(keys, cancellationToken);
        foreach (var key in keys)
            cache.Invalidate(key);
    }

    /// <inheritdoc/>
    public void Forget(string key) => cache.Invalidate(key);

    private async ValueTask<int> ReadAsync(string key, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var done = 0;
        while (done < buffer.Length)
        {
            var page = (int)((offset + done) / cache.PageBytes);
            var within = (int)((offset + done) % cache.PageBytes);
            var rest = buffer[done..];
            var wanted = Math.Min(cache.PageBytes - within, rest.Length);
            var read = cache.TryRead(key, page, within, rest.Span[..wanted]);
            if (read >= 0)
            {
                ObjectStoreInstruments.CacheHitBytes.Add(read);
            }
            else
            {
                var lastPage = (int)((offset + buffer.Length - 1) / cache.PageBytes);
                using var claim = Claim(key, page, lastPage, out var others);
                if (others is not null)
                {
                    // Whatever becomes of their fetch, the page is looked for again.
                    await others.WaitAsync(cancellationToken);
                    continue;
                }

                (read, wanted) = await FetchAsync(key, page, claim.Count, within, rest, cancellationToken);
                ObjectStoreInstruments.CacheMissBytes.Add(read);
            }

            done += read;
            if (read < wanted)
                break;
        }

        return done;
    }

    /// <summary>Fetches pages, keeps them, and copies what was asked for: the bytes copied, and how many there would be in a longer object.</summary>
    private async ValueTask<(int Read, int Wanted)> FetchAsync(
        string key, int firstPage, int pages, int within, Memory<byte> into, CancellationToken cancellationToken)
    {
        using var fetched = PooledBytes.Rent(pages * cache.PageBytes);
        var length = await inner.GetRangeAsync(key, (long)firstPage * cache.PageBytes, fetched.Memory, cancellationToken);
        for (var i = 0; i < pages; i++)
        {
            // The page in which the object ends is kept too, an empty one as well: it tells where that is.
            var start = i * cache.PageBytes;
            if (start > length || (start == length && i > 0))
                break;
            cache.Add(key, firstPage + i, fetched.Span[start..Math.Min(length, start + cache.PageBytes)]);
        }

        var wanted = Math.Min((pages * cache.PageBytes) - within, into.Length);
        var read = Math.Clamp(length - within, 0, wanted);
        fetched.Span.Slice(Math.Min(within, length), read).CopyTo(into.Span);
        return (read, wanted);
    }

    /// <summary>Announces the fetch of a page and of the missing ones behind it; or tells whose end to wait for.</summary>
    private FetchClaim Claim(string key, int firstPage, int lastPage, out Task? others)
    {
        lock (_gate)
        {
            if (_fetching.TryGetValue((key, firstPage), out others))
                return new FetchClaim(this, key, firstPage, 0);
            var claim = new FetchClaim(this, key, firstPage, 1);
            _fetching[(key, firstPage)] = claim.Ended;
            while (claim.Count < MaxPagesPerFetch && firstPage + claim.Count <= lastPage)
            {
                var next = firstPage + claim.Count;
                if (cache.Contains(key, next) || !_fetching.TryAdd((key, next), claim.Ended))
                    break;
                claim.Count++;
            }

            return claim;
        }
    }

    private sealed class FetchClaim(CachedObjectStore store, string key, int firstPage, int count) : IDisposable
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Count { get; set; } = count;

        public Task Ended => _ended.Task;

        public void Dispose()
        {
            lock (store._gate)
            {
                for (var i = 0; i < Count; i++)
                    store._fetching.Remove((key, firstPage + i));
            }

            _ended.TrySetResult();
        }
    }
}
