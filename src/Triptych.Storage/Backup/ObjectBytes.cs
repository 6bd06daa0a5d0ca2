using Triptych.Primitives.Memory;
using Triptych.Storage.ObjectStore;

namespace Triptych.Storage.Backup;

/// <summary>Reads whole objects a piece at a time, whatever their size.</summary>
public static class ObjectBytes
{
    // Of a bucket each piece is a request.
    private const int PieceBytes = 4 * 1024 * 1024;

    /// <summary>Copies an object from its first byte to its last; returns its length in bytes.</summary>
    /// <exception cref="ObjectNotFoundException">It is not there.</exception>
    public static async ValueTask<long> CopyAsync(IObjectStore store, string key, Stream into, CancellationToken cancellationToken)
    {
        using var buffer = PooledBytes.Rent(PieceBytes);
        for (long offset = 0; ;)
        {
            var read = await store.GetRangeAsync(key, offset, buffer.Memory, cancellationToken);
            await into.WriteAsync(buffer.Memory[..read], cancellationToken);
            offset += read;
            if (read < PieceBytes)
                return offset;
        }
    }

    /// <summary>Why an object is not the one with this length and SHA-256; null when it is.</summary>
    internal static async ValueTask<string?> CheckAsync(
        IObjectStore store, string key, long sizeBytes, string sha256, Action<long>? onRead, CancellationToken cancellationToken)
    {
        try
        {
            await using var hashing = new HashingStream(Stream.Null, onRead);
            var length = await CopyAsync(store, key, hashing, cancellationToken);
            return Difference(length, hashing.Sha256, sizeBytes, sha256);
        }
        catch (ObjectNotFoundException)
        {
            return "it is missing";
        }
    }

    internal static string? Difference(long length, string hash, long wantedLength, string wantedHash)
    {
        if (length != wantedLength)
            return $"it has {length} bytes instead of {wantedLength}";
        return string.Equals(hash, wantedHash, StringComparison.Ordinal) ? null : $"its SHA-256 is {hash} instead of {wantedHash}";
    }
}
