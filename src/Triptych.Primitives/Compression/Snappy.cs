using Triptych.Primitives.Binary;
using Triptych.Primitives.Memory;

namespace Triptych.Primitives.Compression;

/// <summary>
/// The snappy block format (no framing), over the system's libsnappy or, where that is missing, IronSnappy. Any thread may call.
/// The length that a block claims is checked against the caller's maximum, and against what its bytes can yield, before memory is taken.
/// </summary>
public static class Snappy
{
    private static readonly ISnappyCodec Codec =
        NativeLibraries.CanLoad(NativeLibraries.Snappy) ? new NativeSnappyCodec() : new ManagedSnappyCodec();

    /// <summary>Whether libsnappy does the work.</summary>
    public static bool IsNative => Codec is NativeSnappyCodec;

    /// <summary>Bytes with which compressing <paramref name="length"/> bytes cannot fail.</summary>
    public static int MaxCompressedLength(int length) => Codec.MaxCompressedLength(length);

    /// <summary>Appends one block to <paramref name="output"/> and returns its length.</summary>
    public static int Compress(ReadOnlySpan<byte> source, PooledBufferWriter output) => Compress(Codec, source, output);

    /// <summary>
    /// Reads the length a block claims for its content; false when the preamble is malformed or claims more than a block of this size
    /// can hold.
    /// </summary>
    public static bool TryReadLength(ReadOnlySpan<byte> source, out uint length)
    {
        length = 0;
        var read = Varint.Read(source, out var claimed);
        if (read <= 0 || read > 5 || claimed > uint.MaxValue)
            return false;

        // The densest element is a copy of 64 bytes in 3, so 64/3 bytes out of each byte in.
        if (claimed > (ulong)(source.Length - read) * 64 / 3)
            return false;
        length = (uint)claimed;
        return true;
    }

    /// <summary>
    /// Decompresses a block of at most <paramref name="maxLength"/> bytes into a new buffer, charged to <paramref name="budget"/> if
    /// given. The caller owns <paramref name="output"/>, which is not null when the status is Done.
    /// </summary>
    public static CodecStatus TryDecompress(ReadOnlySpan<byte> source, int maxLength, MemoryBudget? budget, out PooledBytes? output) =>
        TryDecompress(Codec, source, maxLength, budget, out output);

    /// <summary>Decompresses a block whose content has exactly the length of <paramref name="destination"/>; false when it has not.</summary>
    public static bool TryDecompress(ReadOnlySpan<byte> source, Span<byte> destination) =>
        TryReadLength(source, out var length) && length == (uint)destination.Length && Codec.TryDecompress(source, destination);

    internal static int Compress(ISnappyCodec codec, ReadOnlySpan<byte> source, PooledBufferWriter output)
    {
        var room = output.GetSpan(codec.MaxCompressedLength(source.Length));
        var written = codec.Compress(source, room);
        output.Advance(written);
        return written;
    }

    internal static CodecStatus TryDecompress(
        ISnappyCodec codec, ReadOnlySpan<byte> source, int maxLength, MemoryBudget? budget, out PooledBytes? output)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxLength);
        output = null;
        if (!TryReadLength(source, out var length))
            return CodecStatus.Corrupt;
        if (length > (uint)maxLength)
            return CodecStatus.TooLarge;
        if (!Zstd.Rent((int)length, budget, out var bytes))
            return CodecStatus.OutOfBudget;
        if (codec.TryDecompress(source, bytes.Span))
        {
            output = bytes;
            return CodecStatus.Done;
        }

        bytes.Dispose();
        return CodecStatus.Corrupt;
    }
}
