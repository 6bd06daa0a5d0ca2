using Triptych.Metrics.Chunks;
using Triptych.Primitives.Binary;

namespace Triptych.Metrics.Tests.Chunks;

public sealed class ValueStreamTests
{
    [Fact]
    public void Values_read_at_once_are_those_that_the_codec_wrote_in_whatever_pieces()
    {
        var random = new Random(17);
        for (var round = 0; round < 500; round++)
        {
            var values = Values(random, random.Next(1, 400));
            var (encoder, stream, at) = (default(ValueCodec), default(ValueStream), 0);
            while (at < values.Length)
            {
                // Exactly as long as its bits need, so that the last values are read at the very end.
                var piece = values.AsSpan(at, random.Next(1, values.Length - at + 1));
                var room = new byte[((piece.Length * ValueCodec.MaxBits) + 7) / 8];
                var writer = new BitWriter(room);
                foreach (var value in piece) encoder.Encode(ref writer, value);
                var read = new double[piece.Length];
                stream.Read(room.AsSpan(0, writer.ByteLength), read);
                read.Select(BitConverter.DoubleToUInt64Bits).ShouldBe(piece.ToArray().Select(BitConverter.DoubleToUInt64Bits));
                at += piece.Length;
            }
        }
    }

    [Fact]
    public void Bytes_that_are_no_stream_give_what_the_codec_gives_as_far_as_they_reach()
    {
        var random = new Random(23);
        for (var round = 0; round < 2000; round++)
        {
            var bytes = new byte[random.Next(0, 200)];
            random.NextBytes(bytes);
            var read = new double[random.Next(0, 300)];
            default(ValueStream).Read(bytes, read);
            var codec = default(ValueCodec);
            var reader = new BitReader(bytes);
            foreach (var value in read)
            {
                var expected = codec.Decode(ref reader);
                if (reader.Overrun) break;
                BitConverter.DoubleToUInt64Bits(value).ShouldBe(BitConverter.DoubleToUInt64Bits(expected));
            }
        }
    }

    private static double[] Values(Random random, int count)
    {
        var values = new double[count];
        var last = random.NextDouble();
        for (var i = 0; i < count; i++)
        {
            last = random.Next(6) switch
            {
                0 => last + random.Next(100),
                1 => BitConverter.Int64BitsToDouble(random.NextInt64()),
                2 => random.NextDouble(),
                3 => double.NaN,
                _ => last,
            };
            values[i] = last;
        }

        return values;
    }
}
