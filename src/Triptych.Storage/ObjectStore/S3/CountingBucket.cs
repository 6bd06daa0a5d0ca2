namespace Triptych.Storage.ObjectStore.S3;

/// <summary>
/// Counts requests, bytes, failures and time by operation, in the instruments of <see cref="ObjectStoreInstruments"/>. It stands next to
/// the bucket, so that every try counts: that is what a provider bills. Any thread may call.
/// </summary>
/// <param name="inner">What is counted.</param>
/// <param name="time">The clock.</param>
public sealed class CountingBucket(IBucket inner, TimeProvider time) : IBucket
{
    /// <inheritdoc/>
    public async ValueTask<bool> PutAsync(
        string key, ReadOnlyMemory<byte> content, bool onlyIfAbsent, string writer, CancellationToken cancellationToken)
    {
        var stored = await CountAsync("put", inner.PutAsync(key, content, onlyIfAbsent, writer, cancellationToken));
        if (stored)
            ObjectStoreInstruments.WrittenBytes.Add(content.Length);
        return stored;
    }

    /// <inheritdoc/>
    public async ValueTask<int> GetRangeAsync(string key, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var read = await CountAsync("get", inner.GetRangeAsync(key, offset, buffer, cancellationToken));
        ObjectStoreInstruments.ReadBytes.Add(read);
        return read;
    }

    /// <inheritdoc/>
    public ValueTask<long?> GetLengthAsync(string key, CancellationToken cancellationToken) =>
        CountAsync("head", inner.GetLengthAsync(key, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<ObjectPage> ListAsync(string prefix, string? after, CancellationToken cancellationToken) =>
        CountAsync("list", inner.ListAsync(prefix, after, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken) =>
        await CountAsync("delete", NoResult(inner.DeleteAsync(keys, cancellationToken)));

    /// <inheritdoc/>
    public ValueTask<BucketUpload> BeginUploadAsync(string key, string writer, CancellationToken cancellationToken) =>
        CountAsync("begin_upload", inner.BeginUploadAsync(key, writer, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask<string> PutPartAsync(
        BucketUpload upload, int number, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var tag = await CountAsync("put_part", inner.PutPartAsync(upload, number, content, cancellationToken));
        ObjectStoreInstruments.WrittenBytes.Add(content.Length);
        return tag;
    }

    /// <inheritdoc/>
    public ValueTask<long> CompleteUploadAsync(
        BucketUpload upload, IReadOnlyList<string> partTags, string writer, CancellationToken cancellationToken) =>
        CountAsync("complete_upload", inner.CompleteUploadAsync(upload, partTags, writer, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask AbortUploadAsync(BucketUpload upload, CancellationToken cancellationToken) =>
        await CountAsync("abort_upload", NoResult(inner.AbortUploadAsync(upload, cancellationToken)));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<UnfinishedUpload>> ListUploadsAsync(CancellationToken cancellationToken) =>
        CountAsync("list_uploads", inner.ListUploadsAsync(cancellationToken));

    private static async ValueTask<bool> NoResult(ValueTask call)
    {
        await call;
        return true;
    }

    private async ValueTask<T> CountAsync<T>(string operation, ValueTask<T> call)
    {
        var began = time.GetTimestamp();
        var outcome = "cancelled";
        try
        {
            var result = await call;
            outcome = "ok";
            return result;
        }
        catch (ObjectNotFoundException)
        {
            outcome = "missing";
            throw;
        }
        catch (ObjectStoreException e)
        {
            outcome = ObjectStoreInstruments.NameOf(e.Fault);
            throw;
        }
        finally
        {
            var tag = new KeyValuePair<string, object?>("operation", operation);
            ObjectStoreInstruments.Calls.Add(1, tag, new("outcome", outcome));
            ObjectStoreInstruments.Duration.Record(time.GetElapsedTime(began).TotalSeconds, tag);
        }
    }
}
