using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Compression;

namespace Triptych.Fuzz.Tests.Bodies;

/// <summary>Request bodies in each encoding: text that compresses, noise that does not, nothing at all, more than is allowed, two members in a row.</summary>
internal static class BodyCorpus
{
    /// <summary>Encodings of a gRPC message; the first byte of a case chooses one.</summary>
    public static readonly string[] GrpcEncodings = ["", "gzip", "zstd", "deflate", "identity", "snappy", "br"];

    private static readonly byte[][] Plain = [Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("level=info msg=\"hello\" ", 40))), Noise(300), [], new byte[200_000]];

    public static byte[][] Compressed(string encoding)
    {
        var bodies = Plain.Select(p => Compress(encoding, p)).ToList();
        bodies.Add([.. bodies[0], .. bodies[1]]);
        if (encoding == "zstd") bodies.Add([0x28, 0xb5, 0x2f, 0xfd, 0x00, 13 << 3, 0x03, 0x00, 0x10, 0x00]);
        return [.. bodies];
    }

    /// <summary>One byte that names the encoding, then the call's bytes.</summary>
    public static byte[][] GrpcCalls()
    {
        var calls = new List<byte[]>();
        for (var i = 0; i < GrpcEncodings.Length; i++)
        {
            foreach (var plain in Plain.Take(3))
            {
                var isCompressed = GrpcEncodings[i] is "gzip" or "zstd" or "deflate";
                var message = isCompressed ? Compress(GrpcEncodings[i], plain) : plain;
                var call = new byte[6 + message.Length];
                call[0] = (byte)i;
                call[1] = (byte)(isCompressed ? 1 : 0);
                BinaryPrimitives.WriteInt32BigEndian(call.AsSpan(2), message.Length);
                message.CopyTo(call, 6);
                calls.Add(call);
            }
        }

        return [.. calls];
    }

    public static byte[] Compress(string encoding, byte[] plain)
    {
        using var output = new MemoryStream();
        switch (encoding)
        {
            case "gzip":
                using (var gzip = new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(plain);
                return output.ToArray();
            case "deflate":
                using (var deflate = new ZLibStream(output, CompressionLevel.Fastest, leaveOpen: true)) deflate.Write(plain);
                return output.ToArray();
            case "zstd":
                using (var zstd = new PooledBufferWriter())
                {
                    Zstd.Compress(plain, zstd, 1);
                    return zstd.WrittenSpan.ToArray();
                }

            case "snappy":
                using (var snappy = new PooledBufferWriter())
                {
                    Snappy.Compress(plain, snappy);
                    return snappy.WrittenSpan.ToArray();
                }

            default:
                return plain;
        }
    }

    private static byte[] Noise(int length)
    {
        var noise = new byte[length];
        new Random(1).NextBytes(noise);
        return noise;
    }
}
