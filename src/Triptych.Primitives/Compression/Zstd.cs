using System.Diagnostics.CodeAnalysis;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Memory;

namespace Triptych.Primitives.Compression;

/// <summary>
/// One-shot zstd over the system's libzstd. Any thread may call; each thread keeps one context for each direction. Sizes that come from
/// outside are checked against the caller's maximum before memory is taken. <see cref="ZstdDecompressStream"/> reads streams.
/// </summary>
public static unsafe class Zstd
{
    /// <summary>Frames that need a larger window (8 MiB) are refused when they are read as a stream.</summary>
    public const int WindowLogMax = 23;

    public const int MinLevel = 1;
    public const int MaxLevel = 19;

    [ThreadStatic]
    private static ZstdCompressor? _compressor;

    [ThreadStatic]
    private static ZstdDecompressor? _decompressor;

    /// <summary>Bytes with which compressing <paramref name="length"/> bytes cannot fail.</summary>
    public static int MaxCompressedLength(int length) => checked((int)ZstdNative.CompressBound((nuint)length));

    /// <summary>Compresses into one frame that states its content size; false when <paramref name="destination"/> is too small.</summary>
    public static bool TryCompress(ReadOnlySpan<byte> source, Span<byte> destination, int level, out int written)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(level, MinLevel);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(level, MaxLevel);
        var context = _compressor ??= new ZstdCompressor();
        nuint code;
        fixed (byte* from = source, to = destination)
        {
            code = ZstdNative.Compress(context.DangerousGetHandle(), to, (nuint)destination.Length, from, (nuint)source.Length, level);
        }

        GC.KeepAlive(context);
        written = 0;
        if (ZstdNative.IsError(code) == 0)
        {
            written = (int)code;
            return true;
        }

        if (ZstdNative.ErrorCode(code) == ZstdNative.ErrorDestinationTooSmall)
            return false;
        throw new InvalidOperationException($"zstd could not compress {source.Length} bytes: {ZstdNative.ErrorText(code)}.");
    }

    /// <summary>Appends one frame to <paramref name="output"/> and returns its length.</summary>
    public static int Compress(ReadOnlySpan<byte> source, PooledBufferWriter output, int level)
    {
        var room = output.GetSpan(MaxCompressedLength(source.Length));
        if (!TryCompress(source, room, level, out var written))
            throw new InvalidOperationException("zstd passed its own bound.");
        output.Advance(written);
        return written;
    }

    /// <summary>
    /// Decompresses one or more frames into a buffer whose size the caller knows. <see cref="CodecStatus.TooLarge"/> when it does not fit.
    /// </summary>
    public static CodecStatus TryDecompress(ReadOnlySpan<byte> source, Span<byte> destination, out int written)
    {
        var context = Decompressor();
        nuint code;
        fixed (byte* from = source, to = destination)
        {
            code = ZstdNative.Decompress(context.DangerousGetHandle(), to, (nuint)destination.Length, from, (nuint)source.Length);
        }

        GC.KeepAlive(context);
        written = 0;
        if (ZstdNative.IsError(code) != 0)
            return Classify(code);
        written = (int)code;
        return source.IsEmpty ? CodecStatus.Corrupt : CodecStatus.Done;
    }

    /// <summary>
    /// Decompresses one or more frames of at most <paramref name="maxLength"/> bytes in all into a new buffer, charged to
    /// <paramref name="budget"/> if given. The caller owns <paramref name="output"/>, which is not null when the status is Done.
    /// </summary>
    public static CodecStatus TryDecompress(ReadOnlySpan<byte> source, int maxLength, MemoryBudget? budget, out PooledBytes? output)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxLength);
        output = null;
        ulong contentLength;
        nuint frameLength;
        fixed (byte* from = source)
        {
            contentLength = ZstdNative.FrameContentSize(from, (nuint)source.Length);
            frameLength = ZstdNative.FrameCompressedSize(from, (nuint)source.Length);
        }

        if (source.IsEmpty || contentLength == ZstdNative.ContentSizeError || ZstdNative.IsError(frameLength) != 0)
            return CodecStatus.Corrupt;
        if (contentLength == ZstdNative.ContentSizeUnknown || frameLength != (nuint)source.Length)
            return DecompressGrowing(source, maxLength, budget, out output);
        if (contentLength > (ulong)maxLength)
            return CodecStatus.TooLarge;
        if (!Rent((int)contentLength, budget, out var bytes))
            return CodecStatus.OutOfBudget;
        var status = TryDecompress(source, bytes.Span, out var written);
        if (status == CodecStatus.Done && written == bytes.Length)
        {
            output = bytes;
            return CodecStatus.Done;
        }

        bytes.Dispose();
        return CodecStatus.Corrupt;
    }

    internal static bool Rent(int length, MemoryBudget? budget, [NotNullWhen(true)] out PooledBytes? bytes)
    {
        if (budget is not null)
            return PooledBytes.TryRent(length, budget, out bytes);
        bytes = PooledBytes.Rent(length);
        return true;
    }

    private static CodecStatus DecompressGrowing(ReadOnlySpan<byte> source, int maxLength, MemoryBudget? budget, out PooledBytes? output)
    {
        output = null;
        using var decoder = new ZstdDecoder();
        var capacity = (int)Math.Min(maxLength, Math.Max(4096, source.Length * 4L));
        if (!Rent(capacity, budget, out var bytes))
            return CodecStatus.OutOfBudget;
        var length = 0;
        var status = CodecStatus.Corrupt;
        try
        {
            while (true)
            {
                if (!decoder.TryDecode(source, bytes.Span[length..], out var consumed, out var written))
                    return status;
                source = source[consumed..];
                length += written;
                if (length < bytes.Length)
                {
                    // The decoder had room to spare, so it has given all that the input holds.
                    if (!source.IsEmpty)
                        continue;
                    status = decoder.AtFrameEnd ? CodecStatus.Done : CodecStatus.Corrupt;
                    break;
                }

                if (source.IsEmpty && decoder.AtFrameEnd)
                {
                    status = CodecStatus.Done;
                    break;
                }

                if (length == maxLength)
                {
                    // Full to the maximum: done only if what is left of the input adds nothing, such as a checksum or an empty frame.
                    status = Drain(decoder, source);
                    break;
                }

                if (!Rent((int)Math.Min(maxLength, bytes.Length * 2L), budget, out var larger))
                {
                    status = CodecStatus.OutOfBudget;
                    break;
                }

                bytes.Span.CopyTo(larger.Span);
                bytes.Dispose();
                bytes = larger;
            }

            if (status == CodecStatus.Done)
            {
                bytes.Shrink(length);
                output = bytes;
            }

            return status;
        }
        finally
        {
            if (output is null)
                bytes.Dispose();
        }
    }

    private static CodecStatus Drain(ZstdDecoder decoder, ReadOnlySpan<byte> source)
    {
        Span<byte> probe = stackalloc byte[1];
        while (true)
        {
            if (!decoder.TryDecode(source, probe, out var consumed, out var written))
                return CodecStatus.Corrupt;
            if (written > 0)
                return CodecStatus.TooLarge;
            source = source[consumed..];
            if (source.IsEmpty)
                return decoder.AtFrameEnd ? CodecStatus.Done : CodecStatus.Corrupt;
            if (consumed == 0)
                return CodecStatus.Corrupt;
        }
    }

    private static ZstdDecompressor Decompressor() => _decompressor ??= new ZstdDecompressor(WindowLogMax);

    private static CodecStatus Classify(nuint code) => ZstdNative.ErrorCode(code) switch
    {
        ZstdNative.ErrorDestinationTooSmall => CodecStatus.TooLarge,
        ZstdNative.ErrorMemoryAllocation => throw new InsufficientMemoryException("zstd could not allocate memory."),
        _ => CodecStatus.Corrupt,
    };
}
