using System.Buffers.Binary;

namespace Triptych.Api.Http;

/// <summary>
/// Passes a compressed stream on and remembers its last bytes, where gzip and zlib keep the check of what was compressed.
/// System.IO.Compression takes a stream that ends early for one that ends, so that a body cut off on its way would lose its end without
/// anyone noticing. Does not own the stream.
/// </summary>
internal sealed class CompressedTail(Stream inner) : Stream
{
    private const int TailBytes = 8;

    // CRC-32 of gzip (RFC 1952, section 8), one table entry for each value of a byte.
    private static readonly uint[] CrcTable = MakeCrcTable();

    private readonly byte[] _tail = new byte[TailBytes];

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Whether any byte came; a body of no bytes at all is taken for an empty one.</summary>
    public bool HasAny { get; private set; }

    /// <summary>
    /// Whether a gzip stream that gave this came to its end: its last member (most have but one) closes with the CRC-32 and the length of what was in it.
    /// Decompression has compared them where they were there.
    /// </summary>
    public bool EndsGzip(ReadOnlySpan<byte> decompressed)
    {
        var length = BinaryPrimitives.ReadUInt32LittleEndian(_tail.AsSpan(4));
        if (length > (uint)decompressed.Length) return false;
        return length == (uint)decompressed.Length || Crc32(decompressed[^(int)length..]) == BinaryPrimitives.ReadUInt32LittleEndian(_tail);
    }

    /// <summary>Whether a zlib stream that gave this came to its end: it closes with the Adler-32 of what was in it.</summary>
    public bool EndsZlib(ReadOnlySpan<byte> decompressed) => BinaryPrimitives.ReadUInt32BigEndian(_tail.AsSpan(4)) == Adler32(decompressed);

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // The decoder shall see the same pieces however the bytes arrive: what it makes of bytes behind the end depends on the pieces.
        var read = await inner.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        Remember(buffer.Span[..read]);
        return read;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("requests are read asynchronously");

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    private void Remember(ReadOnlySpan<byte> bytes)
    {
        HasAny |= !bytes.IsEmpty;
        var kept = Math.Min(bytes.Length, TailBytes);
        _tail.AsSpan(kept).CopyTo(_tail);
        bytes[^kept..].CopyTo(_tail.AsSpan(TailBytes - kept));
    }

    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes) crc = CrcTable[(byte)(crc ^ b)] ^ (crc >> 8);
        return ~crc;
    }

    private static uint Adler32(ReadOnlySpan<byte> bytes)
    {
        const uint Modulus = 65521;

        // So many sums of bytes fit into 32 bits (RFC 1950, section 9).
        const int Run = 5552;
        uint a = 1, b = 0;
        while (!bytes.IsEmpty)
        {
            var run = bytes[..Math.Min(Run, bytes.Length)];
            foreach (var value in run)
            {
                a += value;
                b += a;
            }

            a %= Modulus;
            b %= Modulus;
            bytes = bytes[run.Length..];
        }

        return (b << 16) | a;
    }

    private static uint[] MakeCrcTable()
    {
        var table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++) value = (value & 1) == 0 ? value >> 1 : 0xedb88320 ^ (value >> 1);
            table[i] = value;
        }

        return table;
    }
}
