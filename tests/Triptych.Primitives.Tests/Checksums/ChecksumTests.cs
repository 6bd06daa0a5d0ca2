using System.Text;
using Triptych.Primitives.Checksums;

namespace Triptych.Primitives.Tests.Checksums;

public sealed class ChecksumTests
{
    private static byte[] Sample { get; } = [.. Enumerable.Range(0, 5000).Select(static i => (byte)((i * 7) + 3 + (i >> 8)))];

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

    [Theory]
    [InlineData(0, 0UL, 0x99AA06D3014798D8UL, 0x6001C324468D497FUL)]
    [InlineData(0, 42UL, 0x16C20ACD33F7AF2FUL, 0x3C1D09E9FE249164UL)]
    [InlineData(1, 0UL, 0x22BBB76B211A39BAUL, 0x13E608BC156DEFEDUL)]
    [InlineData(3, 42UL, 0x916A24E287718A05UL, 0x3A6EB7A191052C81UL)]
    [InlineData(4, 0UL, 0x47197970590746B1UL, 0x788A609154B0FE20UL)]
    [InlineData(8, 42UL, 0xDB7AAF40CD2508FDUL, 0xFCEF9D87275ABD57UL)]
    [InlineData(9, 0UL, 0xC72C88247A9A56D7UL, 0xEAFAB1C7F123109FUL)]
    [InlineData(16, 42UL, 0xCA2421404D5D2D31UL, 0xCD35A6B186E354D5UL)]
    [InlineData(17, 0UL, 0xBFD327EDCC2FBD12UL, 0xEEED7654312A26D7UL)]
    [InlineData(32, 42UL, 0x3188621589012C0AUL, 0x6E361A2CB24A9182UL)]
    [InlineData(64, 1UL, 0x27436DF362291638UL, 0xF8BC6A4C200D1F65UL)]
    [InlineData(128, 42UL, 0xD70D224D20EF2502UL, 0x1CB9668694F68262UL)]
    [InlineData(129, 0UL, 0x293E4968C4619023UL, 0xBD91CE7ACE4D385BUL)]
    [InlineData(240, 42UL, 0x769E935F5F439775UL, 0x86F083BFA5CD536EUL)]
    [InlineData(241, 0UL, 0xAC6C3492C3D6B45DUL, 0x8BEADD3A8874FE17UL)]
    [InlineData(1024, 42UL, 0x19C4D8E6F1DF610CUL, 0x7CB25101434A2ED9UL)]
    [InlineData(1025, 0UL, 0x7E32AE2FE7AA0B39UL, 0x706FA6A17C0BC400UL)]
    [InlineData(4999, 20141025UL, 0xEEF971AFD2573D3FUL, 0xC02694C1A88A60CFUL)]
    public void Hash128_is_xxh3_of_128_bits(int length, ulong seed, ulong high, ulong low) =>
        Hash128.Compute(Sample.AsSpan(0, length), seed).ShouldBe(new Hash128(high, low));

    // Expected values here and above are those of the reference implementation, libxxhash 0.8.1.
    [Fact]
    public void Hash128_is_xxh3_for_every_length_with_and_without_wide_instructions()
    {
        var high = 0UL;
        var low = 0UL;
        for (var length = 0; length < 3000; length++)
        {
            var hash = XxHash3.Compute(Sample.AsSpan(0, length), (ulong)length, isWide: false);
            Hash128.Compute(Sample.AsSpan(0, length), (ulong)length).ShouldBe(hash);
            high = unchecked((high * 31) + hash.Hi);
            low = unchecked((low * 31) + hash.Lo);
        }

        high.ShouldBe(0x8B66170848E0F5CFUL);
        low.ShouldBe(0x8CA600AAE20CEC6AUL);
    }

    [Fact]
    public void Checksums_allocate_nothing()
    {
        var data = new byte[1000];
        var sum = 0UL;
        void Round()
        {
            sum += Crc32C.Compute(data) + XxHash64.Compute(data) + Hash128.Compute(data).Hi + Hash128.Compute(data.AsSpan(0, 200)).Lo;
        }

        AllocationCheck.AllocatedBy(Round).ShouldBe(0);
        sum.ShouldNotBe(0UL);
    }
}
