namespace Triptych.Storage.ObjectStore;

/// <summary>An object found by <see cref="IObjectStore.ListAsync"/>.</summary>
/// <param name="Key">Full key.</param>
/// <param name="SizeBytes">Length of its content.</param>
public readonly record struct ObjectEntry(string Key, long SizeBytes);

/// <summary>
/// Immutable objects by key: blocks and whatever else is written once and read by range. Keys are checked by <see cref="ObjectKey"/>.
/// A put is atomic and durable: a reader sees all of an object or nothing, and when the call returns it survives a power cut. After an
/// exception or a kill the object may or may not be there, but never in part. Any thread may call. I/O failures are
/// <see cref="IOException"/> (of a remote store <see cref="ObjectStoreException"/>), a missing object is
/// <see cref="ObjectNotFoundException"/>.
/// Calls may finish synchronously and block their thread while they do; scans call from threads of their own.
/// </summary>
public interface IObjectStore
{
    /// <summary>Stores bytes under a key, replacing what was there.</summary>
    ValueTask PutAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>
    /// Stores what <paramref name="writeContent"/> writes to a write-only, forward-only stream, without holding it in memory as a whole.
    /// An exception from it leaves nothing behind. It must not wait for another put of this store: the memory that puts share is bounded.
    /// </summary>
    /// <returns>Length of the object in bytes.</returns>
    ValueTask<long> PutAsync(string key, Func<Stream, CancellationToken, ValueTask> writeContent, CancellationToken cancellationToken);

    /// <summary>Stores bytes unless the key exists; false, and nothing changed, when it does. Of racing callers one wins.</summary>
    ValueTask<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Fills the buffer from <paramref name="offset"/>; returns the bytes read, fewer only at the end of the object.</summary>
    ValueTask<int> GetRangeAsync(string key, long offset, Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Length of an object in bytes, or null when there is none.</summary>
    ValueTask<long?> GetLengthAsync(string key, CancellationToken cancellationToken);

    /// <summary>All objects whose key starts with <paramref name="prefix"/>, in ordinal order; all of them for an empty prefix.</summary>
    IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Deletes an object, durably; does nothing when there is none. Reads that run may still finish.</summary>
    ValueTask DeleteAsync(string key, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes objects, durably, with as few requests as the store needs; does nothing for those that are not there. After an exception any of
    /// them may be gone.
    /// </summary>
    ValueTask DeleteManyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken);
}

/// <summary>There is no object of this key.</summary>
public sealed class ObjectNotFoundException(string key, Exception? inner = null) : IOException($"There is no object {key} in the store.", inner)
{
    /// <summary>The key asked for.</summary>
    public string Key { get; } = key;
}
