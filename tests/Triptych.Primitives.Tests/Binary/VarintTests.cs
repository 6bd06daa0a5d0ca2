using Triptych.Primitives.Binary;

namespace Triptych.Primitives.Tests.Binary;

public sealed class VarintTests
{
    [Fact]
    public void Values_of_every_bit_length_round_trip_at_their_stated_length()
    {
        var random = new Random(1);
        var buffer = new byte[Varint.MaxLength];
        for (var i = 0; i < 20_000; i++)
        {
            var value = (ulong)random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64);
            var written = Varint.Write(buffer, value);
            written.ShouldBe(Varint.LengthOf(value));
            Varint.Read(buffer, out var read).ShouldBe(written);
            read.ShouldBe(value);
            Varint.Write(buffer.AsSpan(0, written - 1), value).ShouldBe(0);
            Varint.Read(buffer.AsSpan(0, written - 1), out _).ShouldBe(0);
        }
    }

    [Theory]
    [InlineData(0L, 0UL)]
    [InlineData(-1L, 1UL)]
    [InlineData(1L, 2UL)]
    [InlineData(long.MaxValue, ulong.MaxValue - 1)]
    [InlineData(long.MinValue, ulong.MaxValue)]
    public void ZigZag_interleaves_signs(long value, ulong encoded)
    {
        Varint.ZigZagEncode(value).ShouldBe(encoded);
        Varint.ZigZagDecode(encoded).ShouldBe(value);
    }

    [Fact]
    public void Read_refuses_more_than_64_bits_and_accepts_padding()
    {
        byte[] tooLong = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02];
        Varint.Read(tooLong, out _).ShouldBe(-1);
        byte[] padded = [0x81, 0x80, 0x00];
        Varint.Read(padded, out var value).ShouldBe(3);
        value.ShouldBe(1UL);
    }

    [Fact]
    public void Reader_gives_back_what_the_writer_wrote()
    {
        var buffer = new byte[64];
        var writer = new VarintWriter(buffer);
        writer.WriteUnsigned(300);
        writer.WriteSigned(-7);
        writer.WriteByte(9);
        writer.WriteFixed32(0xDEADBEEF);
        writer.WriteDouble(1.5);
        writer.WriteLengthPrefixed("abc"u8);
        writer.Overflowed.ShouldBeFalse();

        var reader = new VarintReader(writer.Written);
        reader.ReadUnsigned().ShouldBe(300UL);
        reader.ReadSigned().ShouldBe(-7);
        reader.ReadByte().ShouldBe((byte)9);
        reader.ReadFixed32().ShouldBe(0xDEADBEEF);
        reader.ReadDouble().ShouldBe(1.5);
        reader.ReadLengthPrefixed().SequenceEqual("abc"u8).ShouldBeTrue();
        reader.AtEnd.ShouldBeTrue();
        reader.Failed.ShouldBeFalse();
    }

    [Fact]
    public void Reader_stays_failed_after_a_length_past_the_end()
    {
        var reader = new VarintReader([5, 1, 2]);
        reader.ReadLengthPrefixed().Length.ShouldBe(0);
        reader.Failed.ShouldBeTrue();
        reader.Position.ShouldBe(0);
        reader.ReadByte().ShouldBe((byte)0);
        reader.AtEnd.ShouldBeTrue();

        var counts = new VarintReader([200, 1]);
        counts.ReadCount(100).ShouldBe(0);
        counts.Failed.ShouldBeTrue();
    }

    [Fact]
    public void Writer_writes_nothing_once_something_did_not_fit()
    {
        var writer = new VarintWriter(new byte[4]);
        writer.WriteByte(1);
        writer.WriteLengthPrefixed("abc"u8);
        writer.Overflowed.ShouldBeTrue();
        writer.WriteByte(2);
        writer.Position.ShouldBe(1);
    }

    [Fact]
    public void Reading_and_writing_allocate_nothing()
    {
        var buffer = new byte[1024];
        long Round()
        {
            long sum = 0;
            var writer = new VarintWriter(buffer);
            for (var i = 0; i < 50; i++)
                writer.WriteSigned(i * 1_000_003L);
            var reader = new VarintReader(writer.Written);
            while (!reader.AtEnd)
                sum += reader.ReadSigned();
            return sum;
        }

        AllocationCheck.AllocatedBy(() => Round()).ShouldBe(0);
    }
}
