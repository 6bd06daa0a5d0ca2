using Triptych.Storage.ObjectStore;

namespace Triptych.Testing;

/// <summary>Counts what is read of objects, and fails reads on demand. The inner store stays the caller's.</summary>
public sealed class CountingObjectStore(IObjectStore inner) : IObjectStore
{
    private long _reads;
    private long _readBytes;
    private int _failures;

    /// <summary>Ranged reads so far.</summary>
    public long Reads => Interlocked.Read(ref _reads);

    /// <summary>Bytes that they returned.</summary>
    public long ReadBytes => Interlocked.Read(ref _readBytes);

    /// <summary>Makes the next ranged reads throw what <see cref="Failure"/> makes.</summary>
    public void FailReads(int count) => Volatile.Write(ref _failures, count);

    /// <summary>What a failing read throws.</summary>
    public Func<Exception> Failure { get; set; } = static () => new IOException("the disk did not answer");

    /// <summary>Changes what a ranged read returns; null: nothing does.</summary>
    public Action<string, Memory<byte>>? Alter { get; set; }

    /// <summary>Bytes read by what <paramref name="work"/> does.</summary>
    public async Task<long> BytesOfAsync(Func<Task> work)
    {
        var before = ReadBytes;
        await work();
        return ReadBytes - before;
    }

    public ValueTask PutAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => inner.PutAsync(key, content, cancellationToken);

    public ValueTask<long> PutAsync(string key, Func<Stream, CancellationToken, ValueTask> writeContent, CancellationToken cancellationToken) =>
        inner.PutAsync(key, writeContent, cancellationToken);

    public ValueTask<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        inner.PutIfAbsentAsync(key, content, cancellationToken);

    public async ValueTask<int> GetRangeAsync(string key, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _failures) > 0 && Interlocked.Decrement(ref _failures) >= 0) throw Failure();
        var read = await inner.GetRangeAsync(key, offset, buffer, cancellationToken);
        Alter?.Invoke(key, buffer[..read]);
        Interlocked.Increment(ref _reads);
        Interlocked.Add(ref _readBytes, read);
        return read;
    }

    public ValueTask<long?> GetLengthAsync(string key, CancellationToken cancellationToken) => inner.GetLengthAsync(key, cancellationToken);

    public IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);

    public ValueTask DeleteAsync(string key, CancellationToken cancellationToken) => inner.DeleteAsync(key, cancellationToken);

    public ValueTask DeleteManyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken) => inner.DeleteManyAsync(keys, cancellationToken);
}
