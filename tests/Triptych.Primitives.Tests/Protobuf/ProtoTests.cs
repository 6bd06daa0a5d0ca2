using Triptych.Primitives.Binary;
using Triptych.Primitives.Protobuf;

namespace Triptych.Primitives.Tests.Protobuf;

public sealed class ProtoTests
{
    [Fact]
    public void Every_type_round_trips()
    {
        using var output = new PooledBufferWriter();
        var writer = new ProtoWriter(output);
        writer.WriteVarint(1, ulong.MaxValue);
        writer.WriteInt64(2, -5);
        writer.WriteSInt64(3, long.MinValue);
        writer.WriteFixed32(4, 0xFFFFFFFE);
        writer.WriteFixed64(5, 77);
        writer.WriteFloat(6, 1.25f);
        writer.WriteDouble(7, double.NegativeInfinity);
        writer.WriteString(8, "grün");
        writer.WriteBool((1 << 29) - 1, true);

        var reader = new ProtoReader(output.WrittenSpan);
        Next(ref reader).ShouldBe((1, WireType.Varint));
        reader.ReadUInt64().ShouldBe(ulong.MaxValue);
        Next(ref reader);
        reader.ReadInt64().ShouldBe(-5);
        Next(ref reader);
        reader.ReadSInt64().ShouldBe(long.MinValue);
        Next(ref reader);
        reader.ReadSFixed32().ShouldBe(-2);
        Next(ref reader);
        reader.ReadFixed64().ShouldBe(77UL);
        Next(ref reader);
        reader.ReadFloat().ShouldBe(1.25f);
        Next(ref reader);
        reader.ReadDouble().ShouldBe(double.NegativeInfinity);
        Next(ref reader);
        reader.ReadBytes().SequenceEqual("grün"u8).ShouldBeTrue();
        Next(ref reader).ShouldBe(((1 << 29) - 1, WireType.Varint));
        reader.ReadBool().ShouldBeTrue();
        reader.TryReadTag(out _, out _).ShouldBeFalse();
        reader.Error.ShouldBe(ProtoError.None);
    }

    [Fact]
    public void Fields_not_read_are_skipped_also_whole_groups()
    {
        // 1: varint 300, 2: "ab", 3: group { 4: fixed32, 5: group {} }, 6: fixed64, 7: varint 9
        byte[] message =
        [
            0x08, 0xAC, 0x02, 0x12, 2, (byte)'a', (byte)'b', 0x1B, 0x25, 1, 2, 3, 4, 0x2B, 0x2C, 0x1C,
            0x31, 1, 2, 3, 4, 5, 6, 7, 8, 0x38, 9,
        ];
        var reader = new ProtoReader(message);
        var fields = new List<int>();
        ulong last = 0;
        while (reader.TryReadTag(out var field, out _))
        {
            fields.Add(field);
            if (field == 7)
                last = reader.ReadUInt64();
        }

        reader.Error.ShouldBe(ProtoError.None);
        fields.ShouldBe([1, 2, 3, 6, 7]);
        last.ShouldBe(9UL);
    }

    [Theory]
    [InlineData(new byte[] { 0x00, 0x01 }, ProtoError.FieldNumberZero, 0)]
    [InlineData(new byte[] { 0x08, 0x01, 0x0A, 0x05, 1 }, ProtoError.LengthOutOfRange, 2)]
    [InlineData(new byte[] { 0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01 }, ProtoError.LengthOutOfRange, 0)]
    [InlineData(new byte[] { 0x08 }, ProtoError.Truncated, 0)]
    [InlineData(new byte[] { 0x08, 0x80 }, ProtoError.Truncated, 0)]
    [InlineData(new byte[] { 0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01 }, ProtoError.VarintTooLong, 0)]
    [InlineData(new byte[] { 0x08, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01 }, ProtoError.VarintTooLong, 2)]
    [InlineData(new byte[] { 0x09, 1, 2, 3, 4, 5, 6, 7 }, ProtoError.Truncated, 0)]
    [InlineData(new byte[] { 0x0D, 1, 2, 3 }, ProtoError.Truncated, 0)]
    [InlineData(new byte[] { 0x0E, 1 }, ProtoError.InvalidWireType, 0)]
    [InlineData(new byte[] { 0x0C }, ProtoError.InvalidWireType, 0)]
    [InlineData(new byte[] { 0x0B, 0x08, 0x01 }, ProtoError.Truncated, 3)]
    [InlineData(new byte[] { 0x80 }, ProtoError.Truncated, 0)]
    public void Malformed_messages_are_an_error_with_its_offset(byte[] message, ProtoError error, int offset)
    {
        var reader = new ProtoReader(message);
        while (reader.TryReadTag(out _, out _))
            reader.Skip();
        reader.Error.ShouldBe(error);
        if (error != ProtoError.Truncated || message[0] != 0x0B)
            reader.ErrorOffset.ShouldBe(offset);
        reader.AtEnd.ShouldBeTrue();
        reader.ReadBytes().Length.ShouldBe(0);
        reader.TryReadTag(out _, out _).ShouldBeFalse();
    }

    [Fact]
    public void Groups_nested_without_end_are_refused()
    {
        var message = new byte[10_000];
        message.AsSpan().Fill(0x0B);
        var reader = new ProtoReader(message);
        while (reader.TryReadTag(out _, out _))
            reader.Skip();
        reader.Error.ShouldBe(ProtoError.InvalidWireType);
    }

    [Fact]
    public void A_field_of_another_wire_type_than_asked_for_is_refused()
    {
        var reader = new ProtoReader([0x08, 0x05]);
        reader.TryReadTag(out _, out _).ShouldBeTrue();
        reader.ReadDouble().ShouldBe(0);
        reader.Error.ShouldBe(ProtoError.WrongWireType);
    }

    [Fact]
    public void Errors_of_nested_messages_count_from_the_outermost()
    {
        // 1: { 2: { 0x00 } }
        byte[] message = [0x0A, 0x03, 0x12, 0x01, 0x00, 0x18, 0x01];
        var outer = new ProtoReader(message);
        outer.TryReadTag(out _, out _).ShouldBeTrue();
        var middle = outer.ReadMessage();
        middle.TryReadTag(out _, out _).ShouldBeTrue();
        var inner = middle.ReadMessage();
        inner.TryReadTag(out _, out _).ShouldBeFalse();
        middle.Absorb(inner).ShouldBeFalse();
        outer.Absorb(middle).ShouldBeFalse();
        outer.Error.ShouldBe(ProtoError.FieldNumberZero);
        outer.ErrorOffset.ShouldBe(4);
        outer.TryReadTag(out _, out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 3)]
    [InlineData(127, 1)]
    [InlineData(128, 1)]
    [InlineData(128, 2)]
    [InlineData(20_000, 1)]
    [InlineData(20_000, 5)]
    public void Nested_lengths_are_right_whatever_was_kept_free_for_them(int length, int lengthBytes)
    {
        using var output = new PooledBufferWriter(capacity: 1);
        var writer = new ProtoWriter(output);
        var content = new byte[length];
        new Random(4).NextBytes(content);
        var outer = writer.BeginMessage(1, lengthBytes);
        var inner = writer.BeginMessage(2, lengthBytes);
        output.Write(content);
        writer.EndMessage(inner);
        writer.WriteVarint(3, 9);
        writer.EndMessage(outer);
        writer.WriteVarint(4, 10);

        var reader = new ProtoReader(output.WrittenSpan);
        Next(ref reader).Field.ShouldBe(1);
        var nested = reader.ReadMessage();
        Next(ref nested).Field.ShouldBe(2);
        nested.ReadBytes().SequenceEqual(content).ShouldBeTrue();
        Next(ref nested).Field.ShouldBe(3);
        nested.ReadUInt64().ShouldBe(9UL);
        nested.AtEnd.ShouldBeTrue();
        Next(ref reader).Field.ShouldBe(4);
        reader.ReadUInt64().ShouldBe(10UL);
        reader.Absorb(nested).ShouldBeTrue();
        output.Length.ShouldBe(
            2 + 1 + 2 + Varint.LengthOf((ulong)length) + length + 1 + Varint.LengthOf((ulong)(length + 3 + Varint.LengthOf((ulong)length))));
    }

    [Fact]
    public void Packed_fields_are_read_until_the_end_and_end_at_an_error()
    {
        var reader = new ProtoReader([0x0A, 0x03, 0x01, 0xAC, 0x02, 0x0A, 0x02, 0x01, 0x80]);
        Next(ref reader);
        var packed = reader.ReadMessage();
        packed.ReadUInt64().ShouldBe(1UL);
        packed.ReadUInt64().ShouldBe(300UL);
        packed.AtEnd.ShouldBeTrue();
        reader.Absorb(packed).ShouldBeTrue();
        Next(ref reader);
        packed = reader.ReadMessage();
        while (!packed.AtEnd)
            packed.ReadUInt64();
        reader.Absorb(packed).ShouldBeFalse();
        reader.ErrorOffset.ShouldBe(8);
    }

    [Fact]
    public void Random_bytes_never_throw_and_always_end()
    {
        var random = new Random(5);
        var errors = 0;
        for (var i = 0; i < 50_000; i++)
        {
            var message = new byte[random.Next(0, 40)];
            random.NextBytes(message);
            var reader = new ProtoReader(message);
            var tags = 0;
            while (reader.TryReadTag(out _, out var wire))
            {
                tags++;
                if (wire == WireType.LengthDelimited && random.Next(2) == 0)
                    reader.ReadBytes();
                else if (random.Next(2) == 0)
                    reader.Skip();
            }

            tags.ShouldBeLessThanOrEqualTo(message.Length);
            if (reader.Error != ProtoError.None)
            {
                errors++;
                reader.ErrorOffset.ShouldBeInRange(0, message.Length);
            }
        }

        errors.ShouldBeGreaterThan(10_000);
    }

    [Fact]
    public void Reading_and_writing_allocate_nothing()
    {
        using var output = new PooledBufferWriter(capacity: 4096);
        var result = 0L;
        void Round()
        {
            output.Reset();
            var writer = new ProtoWriter(output);
            var mark = writer.BeginMessage(1);
            writer.WriteString(2, "name");
            writer.WriteDouble(3, 2.5);
            writer.EndMessage(mark);
            var reader = new ProtoReader(output.WrittenSpan);
            while (reader.TryReadTag(out _, out _))
            {
                var nested = reader.ReadMessage();
                while (nested.TryReadTag(out var field, out _))
                    result += field;
                reader.Absorb(nested);
            }
        }

        AllocationCheck.AllocatedBy(Round).ShouldBe(0);
        result.ShouldBe(200 * 5);
    }

    private static (int Field, WireType Wire) Next(ref ProtoReader reader)
    {
        reader.TryReadTag(out var field, out var wire).ShouldBeTrue();
        return (field, wire);
    }
}
