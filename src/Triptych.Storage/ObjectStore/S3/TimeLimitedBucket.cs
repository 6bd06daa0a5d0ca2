namespace Triptych.Storage.ObjectStore.S3;

/// <summary>Ends every request that takes longer than the limit, as a failure that is worth another try. Any thread may call.</summary>
/// <param name="inner">What is limited.</param>
/// <param name="options">The limit, and the names for the message.</param>
/// <param name="time">The clock.</param>
public sealed class TimeLimitedBucket(IBucket inner, S3Options options, TimeProvider time) : IBucket
{
    /// <inheritdoc/>
    public ValueTask<bool> PutAsync(
        string key, ReadOnlyMemory<byte> content, bool onlyIfAbsent, string writer, CancellationToken cancellationToken) =>
        LimitAsync("put", token => inner.PutAsync(key, content, onlyIfAbsent, writer, token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<int> GetRangeAsync(string key, long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
        LimitAsync("get", token => inner.GetRangeAsync(key, offset, buffer, token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long?> GetLengthAsync(string key, CancellationToken cancellationToken) =>
        LimitAsync("head", token => inner.GetLengthAsync(key, token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ObjectPage> ListAsync(string prefix, string? after, CancellationToken cancellationToken) =>
        LimitAsync("list", token => inner.ListAsync(prefix, after, token), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken) =>
        await LimitAsync("delete", token => NoResult(inner.DeleteAsync(keys, token)), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BucketUpload> BeginUploadAsync(string key, string writer, CancellationToken cancellationToken) =>
        LimitAsync("begin upload", token => inner.BeginUploadAsync(key, writer, token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<string> PutPartAsync(BucketUpload upload, int number, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        LimitAsync("put part", token => inner.PutPartAsync(upload, number, content, token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> CompleteUploadAsync(
        BucketUpload upload, IReadOnlyList<string> partTags, string writer, CancellationToken cancellationToken) =>
        LimitAsync("complete upload", token => inner.CompleteUploadAsync(upload, partTags, writer, token), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask AbortUploadAsync(BucketUpload upload, CancellationToken cancellationToken) =>
        await LimitAsync("abort upload", token => NoResult(inner.AbortUploadAsync(upload, token)), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<UnfinishedUpload>> ListUploadsAsync(CancellationToken cancellationToken) =>
        LimitAsync("list uploads", inner.ListUploadsAsync, cancellationToken);

    private static async ValueTask<bool> NoResult(ValueTask call)
    {
        await call;
        return true;
    }

    private async ValueTask<T> LimitAsync<T>(string operation, Func<CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.Timeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await call(linked.Token);
        }
        catch (Exception e) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested
            && e is OperationCanceledException or ObjectStoreException { Fault: ObjectStoreFault.NoConnection })
        {
            // Depending on where it is, a request that is cancelled ends as one of the two.
            throw S3Faults.Make(
                ObjectStoreFault.TimedOut, options, $"{operation}: no complete answer within {options.Timeout.TotalSeconds:0.###} s; see {options.Section}.timeout", e);
        }
    }
}
