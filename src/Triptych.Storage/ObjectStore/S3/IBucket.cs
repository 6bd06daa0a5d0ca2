namespace Triptych.Storage.ObjectStore.S3;

/// <summary>Some of the objects of a listing.</summary>
/// <param name="Entries">In ordinal order of their keys.</param>
/// <param name="HasMore">Whether there are more behind the last one.</param>
public sealed record ObjectPage(IReadOnlyList<ObjectEntry> Entries, bool HasMore);

/// <summary>A multipart upload under way.</summary>
/// <param name="Key">Of the object that it will become.</param>
/// <param name="UploadId">The store's name for it.</param>
public readonly record struct BucketUpload(string Key, string UploadId);

/// <summary>An upload that was never completed.</summary>
/// <param name="Upload">Which.</param>
/// <param name="Started">When, by the store's clock.</param>
public readonly record struct UnfinishedUpload(BucketUpload Upload, DateTimeOffset Started);

/// <summary>
/// What an S3 bucket can do, one request per call and every call safe to repeat: the layers that retry, limit the time and count stand
/// between an <see cref="S3ObjectStore"/> and the bucket. Keys are those of <see cref="ObjectKey"/>. Any thread may call. Failures are
/// <see cref="ObjectStoreException"/>; a missing object is <see cref="ObjectNotFoundException"/>.
/// </summary>
public interface IBucket
{
    /// <summary>Most keys that <see cref="DeleteAsync"/> takes and that a page of a listing has.</summary>
    const int MaxKeysPerCall = 1000;

    /// <summary>
    /// Stores an object. With <paramref name="onlyIfAbsent"/> false is returned when somebody else's is there; what an earlier try of the
    /// same <paramref name="writer"/> stored counts as stored now.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="content">The bytes; read until the call ends.</param>
    /// <param name="onlyIfAbsent">Whether an object that is there stays.</param>
    /// <param name="writer">A name for this put, kept beside the object; the same when it is repeated.</param>
    /// <param name="cancellationToken">Ends the call; the object may be there or not.</param>
    ValueTask<bool> PutAsync(string key, ReadOnlyMemory<byte> content, bool onlyIfAbsent, string writer, CancellationToken cancellationToken);

    /// <summary>
    /// Fills the buffer, which is not empty, from <paramref name="offset"/>; returns the bytes read, fewer only at the end of the object.
    /// A torn answer is an <see cref="ObjectStoreException"/> that says how many bytes arrived.
    /// </summary>
    ValueTask<int> GetRangeAsync(string key, long offset, Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Length of an object in bytes, or null when there is none.</summary>
    ValueTask<long?> GetLengthAsync(string key, CancellationToken cancellationToken);

    /// <summary>Objects whose key starts with <paramref name="prefix"/> and comes after <paramref name="after"/> (null: from the first).</summary>
    ValueTask<ObjectPage> ListAsync(string prefix, string? after, CancellationToken cancellationToken);

    /// <summary>Deletes up to <see cref="MaxKeysPerCall"/> objects, whether they are there or not.</summary>
    ValueTask DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken);

    /// <summary>Begins an upload in parts. <paramref name="writer"/> is kept beside the object.</summary>
    ValueTask<BucketUpload> BeginUploadAsync(string key, string writer, CancellationToken cancellationToken);

    /// <summary>Stores a part, numbered from 1; each but the last has at least 5 MiB. Returns the store's tag of it.</summary>
    ValueTask<string> PutPartAsync(BucketUpload upload, int number, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Makes the parts, in order of their numbers, the object; returns its length. The object of a repeated call counts.</summary>
    ValueTask<long> CompleteUploadAsync(BucketUpload upload, IReadOnlyList<string> partTags, string writer, CancellationToken cancellationToken);

    /// <summary>Removes an upload and its parts; does nothing when there is none.</summary>
    ValueTask AbortUploadAsync(BucketUpload upload, CancellationToken cancellationToken);

    /// <summary>Uploads that are not completed, up to <see cref="MaxKeysPerCall"/> of them.</summary>
    ValueTask<IReadOnlyList<UnfinishedUpload>> ListUploadsAsync(CancellationToken cancellationToken);
}
