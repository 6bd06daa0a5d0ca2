using Polly;
using Polly.Retry;

namespace Triptych.Storage.ObjectStore.S3;

/// <summary>
/// Makes a request again, later each time and spread at random, that failed for a passing reason: throttling, a failure within the store,
/// no connection, no answer in time, a body that arrived in part. Never for what stays as it is: wrong keys, rights, bucket, clock, quota.
/// A torn answer that brought bytes is left to <see cref="RangeReader"/>, which goes on behind them. Any thread may call.
/// </summary>
public sealed class RetryingBucket : IBucket
{
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(5);
    private readonly IBucket _inner;
    private readonly ResiliencePipeline _retries;

    /// <param name="inner">What is repeated.</param>
    /// <param name="options">How often and how late.</param>
    /// <param name="time">The clock that waits.</param>
    public RetryingBucket(IBucket inner, S3Options options, TimeProvider time)
    {
        _inner = inner;
        var builder = new ResiliencePipelineBuilder { TimeProvider = time };
        if (options.MaxRetries > 0)
        {
            builder.AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = options.MaxRetries,
                Delay = options.RetryDelay,
                MaxDelay = MaxDelay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = static attempt => ValueTask.FromResult(attempt.Outcome.Exception is ObjectStoreException { IsTransient: true, BytesRead: 0 }),
                OnRetry = static attempt =>
                {
                    var fault = ((ObjectStoreException)attempt.Outcome.Exception!).Fault;
                    ObjectStoreInstruments.Retries.Add(1, new KeyValuePair<string, object?>("fault", ObjectStoreInstruments.NameOf(fault)));
                    return default;
                },
            });
        }

        _retries = builder.Build();
    }

    /// <inheritdoc/>
    public ValueTask<bool> PutAsync(
        string key, ReadOnlyMemory<byte> content, bool onlyIfAbsent, string writer, CancellationToken cancellationToken) =>
        _retries.ExecuteAsync(token => _inner.PutAsync(key, content, onlyIfAbsent, writer, token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<int> GetRangeAsync(string key, long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
        _retries.ExecuteAsync(token => _inner.GetRangeAsync(key, offset, buffer, token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long?> GetLengthAsync(string key, CancellationToken cancellationToken) =>
        _retries.ExecuteAsync(token => _inner.GetLengthAsync(key, token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ObjectPage> ListAsync(string prefix, string? after, CancellationToken cancellationToken) =>
        _retries.ExecuteAsync(token => _inner.ListAsync(prefix, after, token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken) =>
        _retries.ExecuteAsync(token => _inner.DeleteAsync(keys, token), cancellationToken);

    /// <summary>Begins an upload. When an answer got lost, the upload that it was about is left over, and goes with the abandoned ones.</summary>
    /// <inheritdoc/>
    public ValueTask<BucketUpload> BeginUploadAsync(string key, string writer, CancellationToken cancellationToken) =>
        _retries.ExecuteAsync(token => _inner.BeginUploadAsync(key, writer, token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<string> PutPartAsync(BucketUpload upload, int number, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        _retries.ExecuteAsync(token => _inner.PutPartAsync(upload, number, content, token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> CompleteUploadAsync(
        BucketUpload upload, IReadOnlyList<string> partTags, string writer, CancellationToken cancellationToken) =>
        _retries.ExecuteAsync(token => _inner.CompleteUploadAsync(upload, partTags, writer, token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask AbortUploadAsync(BucketUpload upload, CancellationToken cancellationToken) =>
        _retries.ExecuteAsync(token => _inner.AbortUploadAsync(upload, token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<UnfinishedUpload>> ListUploadsAsync(CancellationToken cancellationToken) =>
        _retries.ExecuteAsync(_inner.ListUploadsAsync, cancellationToken);
}
