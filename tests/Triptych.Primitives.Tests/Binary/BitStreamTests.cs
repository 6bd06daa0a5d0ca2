using Triptych.Primitives.Binary;

namespace Triptych.Primitives.Tests.Binary;

public sealed class BitStreamTests
{
    [Fact]
    public void Random_widths_round_trip_across_writers_that_take_over_from_each_other()
    {
        var random = new Random(2);
        for (var round = 0; round < 200; round++)
        {
            var buffer = new byte[random.Next(1, 400)];
            random.NextBytes(buffer); // bits behind the position are undefined
            var expected = new List<(ulong Value, int Count)>();
            long position = 0;
            while (true)
            {
                var writer = new BitWriter(buffer, position);
                var count = random.Next(0, 65);
                var value = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
                writer.WriteBits(value, count);
                if (writer.Overflowed)
                    break;
                position = writer.BitPosition;
                expected.Add((count == 64 ? value : value & ((1UL << count) - 1), count));
            }

            var reader = new BitReader(buffer);
            foreach (var (value, count) in expected)
                (count == 1 ? (reader.ReadBit() ? 1UL : 0UL) : reader.ReadBits(count)).ShouldBe(value);
            reader.BitPosition.ShouldBe(position);
            reader.Overrun.ShouldBeFalse();
        }
    }

    [Fact]
    public void Bits_are_laid_out_most_significant_first()
    {
        var buffer = new byte[3];
        var writer = new BitWriter(buffer);
        writer.WriteBit(true);
        writer.WriteBits(0b010, 3);
        writer.WriteBits(0xABC, 12);
        writer.WriteBits(0b1, 1);
        buffer.ShouldBe([0b1010_1010, 0xBC, 0x80]);
        writer.ByteLength.ShouldBe(3);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 9)]
    [InlineData(7, 57)]
    [InlineData(7, 64)]
    [InlineData(8, 64)]
    public void Reading_past_the_end_gives_zero_and_is_remembered(int length, int count)
    {
        var source = new byte[length];
        source.AsSpan().Fill(0xFF);
        var reader = new BitReader(source);
        if (length == 8)
            reader.ReadBit().ShouldBeTrue();
        reader.ReadBits(count).ShouldBe(0UL);
        reader.Overrun.ShouldBeTrue();
        reader.ReadBit().ShouldBeFalse();
        reader.ReadBits(1).ShouldBe(0UL);
        reader.RemainingBits.ShouldBe(0);
    }

    [Fact]
    public void A_value_that_does_not_fit_is_not_written_in_part()
    {
        var buffer = new byte[1];
        var writer = new BitWriter(buffer);
        writer.WriteBits(0b101, 3);
        writer.WriteBits(0xFF, 6);
        writer.Overflowed.ShouldBeTrue();
        writer.WriteBit(true);
        writer.BitPosition.ShouldBe(3);
        buffer[0].ShouldBe((byte)0b1010_0000);
    }
}
