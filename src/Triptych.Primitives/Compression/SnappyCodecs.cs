using System.Runtime.InteropServices;

namespace Triptych.Primitives.Compression;

/// <summary>What does the work behind <see cref="Snappy"/>; the lengths are checked there.</summary>
internal interface ISnappyCodec
{
    int MaxCompressedLength(int length);

    int Compress(ReadOnlySpan<byte> source, Span<byte> destination);

    /// <summary>Fills <paramref name="destination"/> exactly, or false when the input is malformed.</summary>
    bool TryDecompress(ReadOnlySpan<byte> source, Span<byte> destination);
}

/// <summary>The system's libsnappy (snappy-c.h).</summary>
internal sealed unsafe partial class NativeSnappyCodec : ISnappyCodec
{
    private const int Ok = 0;

    public int MaxCompressedLength(int length) => checked((int)NativeMaxCompressedLength((nuint)length));

    public int Compress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        var length = (nuint)destination.Length;
        int status;
        fixed (byte* from = source, to = destination)
            status = NativeCompress(from, (nuint)source.Length, to, &length);
        if (status != Ok)
            throw new InvalidOperationException($"snappy could not compress {source.Length} bytes: status {status}.");
        return (int)length;
    }

    public bool TryDecompress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        // libsnappy wants somewhere to point to even when nothing is to be written.
        byte nothing = 0;
        var length = (nuint)destination.Length;
        int status;
        fixed (byte* from = source, to = destination)
            status = NativeUncompress(from, (nuint)source.Length, to is null ? &nothing : to, &length);
        return status == Ok && length == (nuint)destination.Length;
    }

    [LibraryImport(NativeLibraries.Snappy, EntryPoint = "snappy_compress")]
    private static partial int NativeCompress(byte* input, nuint inputLength, byte* compressed, nuint* compressedLength);

    [LibraryImport(NativeLibraries.Snappy, EntryPoint = "snappy_uncompress")]
    private static partial int NativeUncompress(byte* compressed, nuint compressedLength, byte* uncompressed, nuint* uncompressedLength);

    [LibraryImport(NativeLibraries.Snappy, EntryPoint = "snappy_max_compressed_length")]
    private static partial nuint NativeMaxCompressedLength(nuint sourceLength);
}

/// <summary>The managed fallback; it goes through arrays of its own.</summary>
internal sealed class ManagedSnappyCodec : ISnappyCodec
{
    // The bound of the format's reference implementation.
    public int MaxCompressedLength(int length) => checked(32 + length + (length / 6));

    public int Compress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        var compressed = IronSnappy.Snappy.Encode(source);
        compressed.CopyTo(destination);
        return compressed.Length;
    }

    public bool TryDecompress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        try
        {
            var bytes = IronSnappy.Snappy.Decode(source);
            if (bytes.Length != destination.Length)
                return false;
            bytes.CopyTo(destination);
            return true;
        }
        catch (Exception error) when (error is IOException or InvalidDataException or ArgumentException or IndexOutOfRangeException
            or InvalidOperationException or OverflowException)
        {
            // The library reports malformed input by whichever of these it runs into.
            return false;
        }
    }
}
