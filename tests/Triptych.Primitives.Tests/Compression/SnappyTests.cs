using Triptych.Primitives.Binary;
using Triptych.Primitives.Compression;
using Triptych.Primitives.Memory;

namespace Triptych.Primitives.Tests.Compression;

public sealed class SnappyTests
{
    // From the format's description: length 10, a literal "ab", a copy of 8 bytes from 2 back.
    private static readonly byte[] Known = [10, 0x04, (byte)'a', (byte)'b', 0x11, 0x02];

    public static TheoryData<bool> Codecs => Snappy.IsNative ? [true, false] : [false];

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Known_block_is_read(bool native)
    {
        Snappy.TryDecompress(Codec(native), Known, 10, budget: null, out var output).ShouldBe(CodecStatus.Done);
        using (output)
            output!.Span.SequenceEqual("ababababab"u8).ShouldBeTrue();
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Content_round_trips_and_each_codec_reads_the_other(bool native)
    {
        var random = new Random(13);
        for (var i = 0; i < 60; i++)
        {
            var data = ZstdTests.Text(random, i == 0 ? 0 : random.Next(0, 300_000));
            using var compressed = new PooledBufferWriter();
            Snappy.Compress(Codec(native), data, compressed).ShouldBe(compressed.Length);
            foreach (var reader in new[] { Codec(native), new ManagedSnappyCodec() })
            {
                Snappy.TryDecompress(reader, compressed.WrittenSpan, data.Length, budget: null, out var output).ShouldBe(CodecStatus.Done);
                using (output)
                    output!.Span.SequenceEqual(data).ShouldBeTrue();
            }

            if (data.Length > 0)
                Snappy.TryDecompress(compressed.WrittenSpan, data.Length - 1, budget: null, out _).ShouldBe(CodecStatus.TooLarge);
        }
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Cut_and_damaged_blocks_are_refused_and_leave_the_budget_as_it_was(bool native)
    {
        var random = new Random(14);
        using var compressed = new PooledBufferWriter();
        Snappy.Compress(ZstdTests.Text(random, 3000), compressed);
        var budget = new MemoryBudget("test", 1 << 20);
        for (var cut = 0; cut < compressed.Length; cut++)
            Snappy.TryDecompress(Codec(native), compressed.WrittenSpan[..cut], 1 << 16, budget, out _).ShouldBe(CodecStatus.Corrupt);
        for (var i = 0; i < 2000; i++)
        {
            var damaged = compressed.WrittenSpan.ToArray();
            damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            Snappy.TryDecompress(Codec(native), damaged, 1 << 16, budget, out var output);
            output?.Dispose();
        }

        budget.Used.ShouldBe(0);
    }

    [Fact]
    public void Claims_that_the_block_cannot_hold_are_refused_before_memory_is_taken()
    {
        Snappy.TryReadLength([0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x00], out _).ShouldBeFalse();
        Snappy.TryReadLength([0xFF, 0xFF, 0xFF, 0xFF, 0x1F, 0x00], out _).ShouldBeFalse();
        Snappy.TryReadLength([], out _).ShouldBeFalse();
        Snappy.TryReadLength([64, 0xFE, 0x01, 0x00], out var length).ShouldBeTrue();
        length.ShouldBe(64u);
        Snappy.TryReadLength([65, 0xFE, 0x01, 0x00], out _).ShouldBeFalse();
        Snappy.TryDecompress(Known, 10, new MemoryBudget("test", 9), out _).ShouldBe(CodecStatus.OutOfBudget);
    }

    [Fact]
    public void Verify_names_only_libraries_that_cannot_be_loaded()
    {
        foreach (var missing in NativeLibraries.Verify())
            NativeLibraries.CanLoad(missing.FileName).ShouldBeFalse();
        NativeLibraries.CanLoad("libdoes-not-exist.so.9").ShouldBeFalse();
        NativeLibraries.Verify().ShouldNotContain(library => library.DebianPackage == "libzstd1");
    }

    private static ISnappyCodec Codec(bool native) => native ? new NativeSnappyCodec() : new ManagedSnappyCodec();
}
