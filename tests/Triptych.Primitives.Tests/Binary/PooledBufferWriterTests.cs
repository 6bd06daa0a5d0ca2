using Triptych.Primitives.Binary;

namespace Triptych.Primitives.Tests.Binary;

public sealed class PooledBufferWriterTests
{
    [Fact]
    public void Content_survives_growth_from_pooled_into_native_memory()
    {
        using var writer = new PooledBufferWriter(capacity: 8);
        var random = new Random(3);
        var expected = new List<byte>();
        while (expected.Count < 300_000)
        {
            var bytes = new byte[random.Next(0, 5000)];
            random.NextBytes(bytes);
            writer.Write(bytes);
            expected.AddRange(bytes);
            writer.WriteByte(7);
            expected.Add(7);
        }

        writer.WrittenSpan.SequenceEqual(expected.ToArray()).ShouldBeTrue();
        writer.WrittenMemory.Span.SequenceEqual(writer.WrittenSpan).ShouldBeTrue();
        writer.Reset();
        writer.Length.ShouldBe(0);
    }

    [Fact]
    public void Writing_past_the_maximum_throws_and_writing_up_to_it_does_not()
    {
        using var writer = new PooledBufferWriter(maxLength: 10, capacity: 2);
        writer.Write(new byte[10]);
        writer.TryReserve(1).ShouldBeFalse();
        Should.Throw<BufferLimitExceededException>(() => writer.WriteByte(1)).MaxLength.ShouldBe(10);
        writer.Length.ShouldBe(10);
        writer.Reset();
        writer.WriteUtf8("héllo wü").ShouldBe(10);
    }

    [Fact]
    public void Disposing_twice_is_safe_and_writing_after_it_throws()
    {
        var writer = new PooledBufferWriter();
        writer.WriteFixed64(1);
        writer.Dispose();
        writer.Dispose();
        writer.WrittenSpan.Length.ShouldBe(0);
        Should.Throw<ObjectDisposedException>(() => writer.WriteByte(1));
    }

    [Fact]
    public void Advance_refuses_more_than_there_is_room_for()
    {
        using var writer = new PooledBufferWriter(maxLength: 16, capacity: 16);
        Should.Throw<ArgumentOutOfRangeException>(() => writer.Advance(17));
    }
}
