using Triptych.Primitives.Binary;
using Triptych.Primitives.Compression;

namespace Triptych.Columnar.Parquet.Pages;

/// <summary>Compresses and decompresses the bodies of pages.</summary>
internal static class PageCompression
{
    /// <summary>Appends the compressed form and returns its length.</summary>
    public static int Compress(ParquetCodec codec, int level, ReadOnlySpan<byte> source, PooledBufferWriter output)
    {
        switch (codec)
        {
            case ParquetCodec.Zstd:
                return Zstd.Compress(source, output, level);
            case ParquetCodec.Snappy:
                return Snappy.Compress(source, output);
            default:
                output.Write(source);
                return source.Length;
        }
    }

    /// <summary>Fills <paramref name="destination"/> exactly.</summary>
    public static void Decompress(ParquetCodec codec, ReadOnlySpan<byte> source, Span<byte> destination)
    {
        switch (codec)
        {
            case ParquetCodec.Uncompressed:
                if (source.Length != destination.Length)
                    throw new MalformedDataException($"an uncompressed page has {source.Length} bytes, its header says {destination.Length}");
                source.CopyTo(destination);
                break;
            case ParquetCodec.Zstd:
                if (Zstd.TryDecompress(source, destination, out var written) != CodecStatus.Done || written != destination.Length)
                    throw new MalformedDataException($"a page is not {destination.Length} bytes of zstd");
                break;
            case ParquetCodec.Snappy:
                if (!Snappy.TryDecompress(source, destination))
                    throw new MalformedDataException($"a page is not {destination.Length} bytes of snappy");
                break;
            default:
                throw new MalformedDataException($"pages compressed as {codec} cannot be read", unsupported: true);
        }
    }
}
