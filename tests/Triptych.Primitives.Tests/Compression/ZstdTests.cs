using Triptych.Primitives.Binary;
using Triptych.Primitives.Compression;
using Triptych.Primitives.Memory;

namespace Triptych.Primitives.Tests.Compression;

public sealed class ZstdTests
{
    // Hand-made frames. No content size, single raw blocks; and one that demands a window of 2^24 bytes.
    private static readonly byte[] UnsizedFrame = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x00, 0x19, 0x00, 0x00, (byte)'a', (byte)'b', (byte)'c'];
    private static readonly byte[] WideFrame = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x70, 0x19, 0x00, 0x00, (byte)'a', (byte)'b', (byte)'c'];

    [Fact]
    public void Content_round_trips_at_any_level()
    {
        var random = new Random(8);
        for (var i = 0; i < 60; i++)
        {
            var data = Text(random, random.Next(0, 400_000));
            using var compressed = new PooledBufferWriter();
            Zstd.Compress(data, compressed, random.Next(1, 8)).ShouldBe(compressed.Length);
            Zstd.TryDecompress(compressed.WrittenSpan, data.Length, budget: null, out var output).ShouldBe(CodecStatus.Done);
            using (output)
                output!.Span.SequenceEqual(data).ShouldBeTrue();
            if (data.Length > 0)
            {
                Zstd.TryDecompress(compressed.WrittenSpan, data.Length - 1, budget: null, out _).ShouldBe(CodecStatus.TooLarge);
                Zstd.TryDecompress(compressed.WrittenSpan, new byte[data.Length - 1], out _).ShouldBe(CodecStatus.TooLarge);
            }
        }
    }

    [Fact]
    public void Frames_in_a_row_and_frames_without_a_size_are_read()
    {
        using var compressed = new PooledBufferWriter();
        var data = Text(new Random(9), 30_000);
        Zstd.Compress(data, compressed, 1);
        compressed.Write(UnsizedFrame);
        byte[] expected = [.. data, .. "abc"u8];
        Zstd.TryDecompress(compressed.WrittenSpan, expected.Length, budget: null, out var output).ShouldBe(CodecStatus.Done);
        using (output)
            output!.Span.SequenceEqual(expected).ShouldBeTrue();
        Zstd.TryDecompress(compressed.WrittenSpan, expected.Length - 1, budget: null, out _).ShouldBe(CodecStatus.TooLarge);
        Zstd.TryDecompress(UnsizedFrame, 3, budget: null, out output).ShouldBe(CodecStatus.Done);
        output!.Dispose();
        Zstd.TryDecompress(UnsizedFrame.AsSpan(0, 11), 100, budget: null, out _).ShouldBe(CodecStatus.Corrupt);
    }

    [Fact]
    public void Cut_or_damaged_frames_are_corrupt_and_leave_the_budget_as_it_was()
    {
        var random = new Random(10);
        using var compressed = new PooledBufferWriter();
        Zstd.Compress(Text(random, 5000), compressed, 3);
        var budget = new MemoryBudget("test", 1 << 20);
        Zstd.TryDecompress(default, 10, budget, out _).ShouldBe(CodecStatus.Corrupt);
        for (var cut = 0; cut < compressed.Length; cut++)
            Zstd.TryDecompress(compressed.WrittenSpan[..cut], 1 << 16, budget, out _).ShouldBe(CodecStatus.Corrupt);
        for (var i = 0; i < 2000; i++)
        {
            var damaged = compressed.WrittenSpan.ToArray();
            damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            Zstd.TryDecompress(damaged, 1 << 16, budget, out var output);
            output?.Dispose();
        }

        budget.Used.ShouldBe(0);
    }

    [Fact]
    public void The_budget_can_refuse_the_output()
    {
        using var compressed = new PooledBufferWriter();
        Zstd.Compress(new byte[10_000], compressed, 1);
        var budget = new MemoryBudget("test", 9_999);
        Zstd.TryDecompress(compressed.WrittenSpan, 1 << 20, budget, out _).ShouldBe(CodecStatus.OutOfBudget);
    }

    [Fact]
    public async Task Stream_reads_what_arrives_in_small_pieces()
    {
        var data = Text(new Random(11), 500_000);
        using var compressed = new PooledBufferWriter();
        Zstd.Compress(data.AsSpan(0, 200_000), compressed, 1);
        Zstd.Compress(data.AsSpan(200_000), compressed, 1);
        await using var stream = new ZstdDecompressStream(new TrickleStream(compressed.WrittenSpan.ToArray()));
        var output = new MemoryStream();
        await stream.CopyToAsync(output, 1000, TestContext.Current.CancellationToken);
        output.ToArray().AsSpan().SequenceEqual(data).ShouldBeTrue();

        using var synchronous = new ZstdDecompressStream(new MemoryStream(compressed.WrittenSpan.ToArray()));
        output.SetLength(0);
        synchronous.CopyTo(output);
        output.ToArray().AsSpan().SequenceEqual(data).ShouldBeTrue();
    }

    [Fact]
    public void Stream_refuses_cut_input_garbage_and_windows_above_8_MiB()
    {
        using var output = new MemoryStream();
        using var cut = new ZstdDecompressStream(new MemoryStream(UnsizedFrame, 0, 11));
        Should.Throw<InvalidDataException>(() => cut.CopyTo(output)).Message.ShouldContain("ends within");
        using var garbage = new ZstdDecompressStream(new MemoryStream([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
        Should.Throw<InvalidDataException>(() => garbage.CopyTo(output));
        using var wide = new ZstdDecompressStream(new MemoryStream(WideFrame));
        Should.Throw<InvalidDataException>(() => wide.CopyTo(output));
        using var empty = new ZstdDecompressStream(new MemoryStream());
        empty.Dispose();
        empty.Dispose();
        Should.Throw<ObjectDisposedException>(() => empty.ReadByte());
    }

    [Fact]
    public void Compressing_and_decompressing_into_spans_allocates_nothing()
    {
        var data = Text(new Random(12), 4000);
        var compressed = new byte[Zstd.MaxCompressedLength(data.Length)];
        var output = new byte[data.Length];
        void Round()
        {
            Zstd.TryCompress(data, compressed, 1, out var written);
            Zstd.TryDecompress(compressed.AsSpan(0, written), output, out _);
        }

        AllocationCheck.AllocatedBy(Round).ShouldBe(0);
        output.ShouldBe(data);
    }

    internal static byte[] Text(Random random, int length)
    {
        var data = new byte[length];
        for (var i = 0; i < length; i++)
            data[i] = (byte)("level=info msg="[random.Next(15)] + (i % 97 == 0 ? random.Next(100) : 0));
        return data;
    }

    private sealed class TrickleStream(byte[] data) : MemoryStream(data)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, 7)], cancellationToken);
    }
}
