using System.Buffers;

namespace Triptych.Storage.Backup;

/// <summary>
/// An object on its way from the server to who makes the backup: its bytes, then their SHA-256 (32 bytes) as the sender read them. So neither
/// a connection that breaks nor bytes that change on the way pass for the object.
/// </summary>
public static class ObjectTransfer
{
    private const int HashBytes = 32;
    private const int PieceBytes = 64 * 1024;

    /// <summary>Length of what is sent for an object, in bytes.</summary>
    public static long LengthOf(ManifestBlock block) => block.SizeBytes + HashBytes;

    /// <summary>Sends an object.</summary>
    /// <exception cref="BlockLostException">The object is not there, or not as long as the catalog says; nothing is sent.</exception>
    /// <exception cref="BackupException">The object is not as long as the catalog says.</exception>
    public static async ValueTask SendAsync(IBackupSource source, ManifestBlock block, Stream into, CancellationToken cancellationToken)
    {
        await using var hashing = new HashingStream(into, onWritten: null);
        await source.CopyAsync(block, hashing, cancellationToken);
        if (hashing.Length != block.SizeBytes)
            throw new BackupException($"{block.ObjectKey} has {hashing.Length} bytes; the catalog says {block.SizeBytes}");
        await into.WriteAsync(Convert.FromHexString(hashing.Sha256), cancellationToken);
    }

    /// <summary>Receives an object and compares it with the hash behind it.</summary>
    /// <exception cref="IOException">It ended early.</exception>
    /// <exception cref="BackupException">It is not what was sent.</exception>
    public static async ValueTask ReceiveAsync(Stream from, ManifestBlock block, Stream into, CancellationToken cancellationToken)
    {
        await using var hashing = new HashingStream(into, onWritten: null);
        var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            for (var left = block.SizeBytes; left > 0;)
            {
                var piece = buffer.AsMemory(0, (int)Math.Min(left, PieceBytes));
                await from.ReadExactlyAsync(piece, cancellationToken);
                await hashing.WriteAsync(piece, cancellationToken);
                left -= piece.Length;
            }

            await from.ReadExactlyAsync(buffer.AsMemory(0, HashBytes), cancellationToken);
            if (!string.Equals(Convert.ToHexStringLower(buffer.AsSpan(0, HashBytes)), hashing.Sha256, StringComparison.Ordinal))
                throw new BackupException($"{block.ObjectKey} changed on its way from the server");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
