using System.Text;
using Triptych.Primitives.Checksums;

namespace Triptych.Primitives.Tests.Checksums;

public sealed class ChecksumTests
{
    [Fact]
    public void Crc32C_gives_the_vectors_of_RFC_3720()
    {
        Crc32C.Compute(default).ShouldBe(0u);
        Crc32C.Compute("123456789"u8).ShouldBe(0xE3069283u);
        Crc32C.Compute(new byte[32]).ShouldBe(0x8A9136AAu);
        var ones = new byte[32];
        ones.AsSpan().Fill(0xFF);
        Crc32C.Compute(ones).ShouldBe(0x62A8AB43u);
        Crc32C.Compute([.. Enumerable.Range(0, 32).Select(i => (byte)i)]).ShouldBe(0x46DD794Eu);
    }

    [Fact]
    public void Crc32C_equals_the_bitwise_definition_and_can_be_continued()
    {
        var random = new Random(6);
        for (var i = 0; i < 500; i++)
        {
            var data = new byte[random.Next(0, 100)];
            random.NextBytes(data);
            var crc = uint.MaxValue;
            foreach (var b in data)
            {
                crc ^= b;
                for (var bit = 0; bit < 8; bit++)
                    crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
            }

            var cut = random.Next(0, data.Length + 1);
            Crc32C.Compute(data).ShouldBe(~crc);
            Crc32C.Append(Crc32C.Compute(data.AsSpan(0, cut)), data.AsSpan(cut)).ShouldBe(~crc);
        }
    }

    [Theory]
    [InlineData("", 0UL, 0xEF46DB3751D8E999UL)]
    [InlineData("a", 0UL, 0xD24EC4F1A98C6E5BUL)]
    [InlineData("abc", 0UL, 0x44BC2CF5AD770999UL)]
    [InlineData("Nobody inspects the spammish repetition", 0UL, 0xFBCEA83C8A378BF1UL)]
    [InlineData("xxhash", 20141025UL, 0xB559B98D844E0635UL)]
    public void XxHash64_gives_known_vectors(string text, ulong seed, ulong expected) =>
        XxHash64.Compute(Encoding.ASCII.GetBytes(text), seed).ShouldBe(expected);

    [Fact]
    public void Hash128_is_two_seeds_of_xxh64()
    {
        var data = "The quick brown fox jumps over the lazy dog, twice over."u8;
        var hash = Hash128.Compute(data, 42);
        hash.Hi.ShouldBe(XxHash64.Compute(data, 42));
        hash.Lo.ShouldBe(XxHash64.Compute(data, unchecked(42 + 0x9E3779B97F4A7C15)));
    }

    [Fact]
    public void Hash128_of_chunks_equals_the_hash_of_the_whole()
    {
        var random = new Random(7);
        for (var i = 0; i < 1000; i++)
        {
            var data = new byte[random.Next(0, 300)];
            random.NextBytes(data);
            var builder = new Hash128Builder(9);
            for (var at = 0; at < data.Length;)
            {
                var take = Math.Min(random.Next(0, 80), data.Length - at);
                builder.Append(data.AsSpan(at, take));
                at += take;
            }

            builder.ToHash().ShouldBe(Hash128.Compute(data, 9));
        }
    }

    [Fact]
    public void Delimited_chunks_do_not_run_together()
    {
        var first = new Hash128Builder();
        first.AppendDelimited("ab"u8);
        first.AppendDelimited("c"u8);
        var second = new Hash128Builder();
        second.AppendDelimited("a"u8);
        second.AppendDelimited("bc"u8);
        first.ToHash().ShouldNotBe(second.ToHash());
    }

    [Fact]
    public void Checksums_allocate_nothing()
    {
        var data = new byte[1000];
        var sum = 0UL;
        void Round()
        {
            var builder = new Hash128Builder();
            builder.AppendDelimited(data);
            sum += Crc32C.Compute(data) + XxHash64.Compute(data) + builder.ToHash().Lo + Hash128.Compute(data).Hi;
        }

        AllocationCheck.AllocatedBy(Round).ShouldBe(0);
        sum.ShouldNotBe(0UL);
    }
}
