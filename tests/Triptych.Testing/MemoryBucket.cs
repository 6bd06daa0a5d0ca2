using Triptych.Storage.ObjectStore;
using Triptych.Storage.ObjectStore.S3;

namespace Triptych.Testing;

/// <summary>One request to a <see cref="MemoryBucket"/>.</summary>
/// <param name="Operation">get, head, put, list, delete, begin, part, complete, abort or uploads.</param>
/// <param name="Key">The object, or the prefix; empty where there is none.</param>
public readonly record struct BucketCall(string Operation, string Key);

/// <summary>A bucket in memory that records requests, can fail any of them before or after it took effect, and can tear answers. Any thread may call.</summary>
public sealed class MemoryBucket(TimeProvider time) : IBucket
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, (byte[] Content, string Writer)> _objects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Upload> _uploads = new(StringComparer.Ordinal);
    private readonly List<BucketCall> _calls = [];
    private int _uploadNumber;

    /// <summary>Asked before a request takes effect; what it returns is thrown.</summary>
    public Func<BucketCall, Exception?>? FaultBefore { get; set; }

    /// <summary>Asked after a request took effect: its answer gets lost.</summary>
    public Func<BucketCall, Exception?>? FaultAfter { get; set; }

    /// <summary>Asked for each ranged read: how many of its bytes arrive before the answer is torn; null for all.</summary>
    public Func<BucketCall, int?>? Tear { get; set; }

    /// <summary>Awaited within each request.</summary>
    public Func<BucketCall, CancellationToken, Task>? Delay { get; set; }

    /// <summary>Requests so far.</summary>
    public IReadOnlyList<BucketCall> Calls
    {
        get
        {
            lock (_gate)
                return [.. _calls];
        }
    }

    /// <summary>Uploads that are neither completed nor aborted.</summary>
    public int OpenUploads
    {
        get
        {
            lock (_gate)
                return _uploads.Count;
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> PutAsync(
        string key, ReadOnlyMemory<byte> content, bool onlyIfAbsent, string writer, CancellationToken cancellationToken) =>
        CallAsync(new BucketCall("put", key), () =>
        {
            if (onlyIfAbsent && _objects.TryGetValue(key, out var there))
                return there.Writer == writer;
            _objects[key] = (content.ToArray(), writer);
            return true;
        }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<int> GetRangeAsync(string key, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var call = new BucketCall("get", key);
        return CallAsync(call, () =>
        {
            if (!_objects.TryGetValue(key, out var found))
                throw new ObjectNotFoundException(key);
            var count = (int)Math.Clamp(found.Content.Length - offset, 0, buffer.Length);
            if (Tear?.Invoke(call) is { } arrived && arrived < count)
            {
                found.Content.AsSpan((int)offset, arrived).CopyTo(buffer.Span);
                throw new ObjectStoreException(ObjectStoreFault.TornAnswer, "torn", bytesRead: arrived);
            }

            found.Content.AsSpan((int)Math.Min(offset, found.Content.Length), count).CopyTo(buffer.Span);
            return count;
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<long?> GetLengthAsync(string key, CancellationToken cancellationToken) =>
        CallAsync<long?>(new BucketCall("head", key), () => _objects.TryGetValue(key, out var found) ? found.Content.Length : null, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ObjectPage> ListAsync(string prefix, string? after, CancellationToken cancellationToken) =>
        CallAsync(new BucketCall("list", prefix), () =>
        {
            var found = _objects.Where(o => o.Key.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(o.Key, after) > 0)
                .Take(IBucket.MaxKeysPerCall + 1).Select(static o => new ObjectEntry(o.Key, o.Value.Content.Length)).ToList();
            return new ObjectPage([.. found.Take(IBucket.MaxKeysPerCall)], found.Count > IBucket.MaxKeysPerCall);
        }, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken) =>
        await CallAsync(new BucketCall("delete", keys.First()), () =>
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(keys.Count, IBucket.MaxKeysPerCall);
            foreach (var key in keys)
                _objects.Remove(key);
            return true;
        }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BucketUpload> BeginUploadAsync(string key, string writer, CancellationToken cancellationToken) =>
        CallAsync(new BucketCall("begin", key), () =>
        {
            var upload = new BucketUpload(key, $"u{++_uploadNumber}");
            _uploads[upload.UploadId] = new Upload(upload, writer, time.GetUtcNow());
            return upload;
        }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<string> PutPartAsync(BucketUpload upload, int number, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        CallAsync(new BucketCall("part", upload.Key), () =>
        {
            Find(upload).Parts[number] = content.ToArray();
            return $"t{number}";
        }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> CompleteUploadAsync(
        BucketUpload upload, IReadOnlyList<string> partTags, string writer, CancellationToken cancellationToken) =>
        CallAsync<long>(new BucketCall("complete", upload.Key), () =>
        {
            if (!_uploads.ContainsKey(upload.UploadId) && _objects.TryGetValue(upload.Key, out var done) && done.Writer == writer)
                return done.Content.Length;
            var found = Find(upload);
            if (!partTags.SequenceEqual(found.Parts.Keys.Select(static n => $"t{n}")))
                throw new ObjectStoreException(ObjectStoreFault.Unexpected, "The parts named are not those that were put.");
            _uploads.Remove(upload.UploadId);
            byte[] content = [.. found.Parts.Values.SelectMany(static p => p)];
            _objects[upload.Key] = (content, found.Writer);
            return content.Length;
        }, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask AbortUploadAsync(BucketUpload upload, CancellationToken cancellationToken) =>
        await CallAsync(new BucketCall("abort", upload.Key), () => _uploads.Remove(upload.UploadId), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<UnfinishedUpload>> ListUploadsAsync(CancellationToken cancellationToken) =>
        CallAsync<IReadOnlyList<UnfinishedUpload>>(
            new BucketCall("uploads", ""), () => [.. _uploads.Values.Select(static u => new UnfinishedUpload(u.Address, u.Started))], cancellationToken);

    private Upload Find(BucketUpload upload) => _uploads.TryGetValue(upload.UploadId, out var found)
        ? found
        : throw new ObjectStoreException(ObjectStoreFault.Unexpected, $"There is no upload {upload.UploadId}.");

    private async ValueTask<T> CallAsync<T>(BucketCall call, Func<T> act, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Delay is { } delay)
            await delay(call, cancellationToken);
        T result;
        lock (_gate)
        {
            _calls.Add(call);
            if (FaultBefore?.Invoke(call) is { } before)
                throw before;
            result = act();
        }

        return FaultAfter?.Invoke(call) is { } after ? throw after : result;
    }

    private sealed record Upload(BucketUpload Address, string Writer, DateTimeOffset Started)
    {
        public SortedDictionary<int, byte[]> Parts { get; } = [];
    }
}
