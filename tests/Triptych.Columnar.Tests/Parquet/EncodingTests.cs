using System.Text;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Blooms;
using Triptych.Columnar.Parquet.Encodings;
using Triptych.Columnar.Parquet.Pages;
using Triptych.Columnar.Parquet.Thrift;
using Triptych.Primitives.Binary;

namespace Triptych.Columnar.Tests.Parquet;

/// <summary>Facts of the format specifications, byte by byte, and round trips of what has no foreign writer.</summary>
public sealed class EncodingTests
{
    [Fact]
    public void Packed_values_lie_least_significant_bit_first()
    {
        // Encodings.md: 0 to 7 in 3 bits.
        byte[] packed = [0b10001000, 0b11000110, 0b11111010];
        var values = new int[8];
        BitPacking.Unpack<int>(packed, 3, values);
        values.ShouldBe([0, 1, 2, 3, 4, 5, 6, 7]);
        var output = new byte[16];
        BitPacking.Pack<int>(values, 3, output);
        output[..3].ShouldBe(packed);
    }

    [Fact]
    public void Packing_of_any_width_and_count_comes_back()
    {
        var random = new Random(1);
        for (var width = 0; width <= 64; width++)
        {
            foreach (var count in new[] { 0, 1, 7, 8, 31, 32, 100 })
            {
                var values = Enumerable.Range(0, count).Select(_ => width == 0 ? 0 : random.NextInt64() * 3 & (long)(ulong.MaxValue >> (64 - width))).ToArray();
                var packed = new byte[BitPacking.SizeOf(count, width) + 8];
                BitPacking.Pack<long>(values, width, packed);
                var unpacked = new long[count];
                BitPacking.Unpack<long>(packed.AsSpan(0, (int)BitPacking.SizeOf(count, width)), width, unpacked);
                unpacked.ShouldBe(values, $"{count} of {width} bits");
            }
        }
    }

    [Fact]
    public void Packed_values_of_any_width_come_out_the_same_whatever_lies_behind_them()
    {
        var random = new Random(3);
        for (var width = 1; width <= 64; width++)
        {
            foreach (var count in new[] { 1, 8, 9, 16, 31, 64, 200, 1000 })
            {
                var bytes = new byte[BitPacking.SizeOf(count, width) + random.Next(40)];
                random.NextBytes(bytes);
                var bits = new System.Collections.BitArray(bytes);
                var expected = Enumerable.Range(0, count)
                    .Select(i => Enumerable.Range(0, width).Aggregate(0UL, (value, b) => value | (bits[(i * width) + b] ? 1UL << b : 0))).ToArray();
                var longs = new long[count];
                BitPacking.Unpack<long>(bytes, width, longs);
                longs.Select(value => (ulong)value).ShouldBe(expected, $"{count} of {width} bits");
                if (width <= 32)
                {
                    var ints = new int[count];
                    BitPacking.Unpack<int>(bytes, width, ints);
                    ints.Select(value => (ulong)(uint)value).ShouldBe(expected, $"{count} of {width} bits as int");
                }

                if (width <= 8)
                {
                    var small = new byte[count];
                    BitPacking.Unpack<byte>(bytes, width, small);
                    small.Select(value => (ulong)value).ShouldBe(expected, $"{count} of {width} bits as byte");
                }
            }
        }
    }

    [Fact]
    public void A_checksum_is_the_same_by_vectors_and_by_tables_and_that_of_gzip()
    {
        Crc32.Compute("123456789"u8).ShouldBe(0xCBF43926u);
        var random = new Random(4);
        var bytes = new byte[700];
        random.NextBytes(bytes);
        for (var length = 0; length < bytes.Length; length++)
        {
            var data = bytes.AsSpan(length % 7, length - (length % 7));
            var expected = ~Crc32.AppendByTables(uint.MaxValue, data);
            Crc32.Compute(data).ShouldBe(expected, $"{data.Length} bytes");
            Crc32.Append(Crc32.Compute(data[..(data.Length / 3)]), data[(data.Length / 3)..]).ShouldBe(expected);
        }
    }

    [Fact]
    public void Runs_are_written_as_the_specification_has_them()
    {
        using var output = new PooledBufferWriter();
        RleHybridEncoder.Encode<int>(Enumerable.Repeat(4, 100).ToArray(), 3, output);
        output.WrittenSpan.ToArray().ShouldBe([0xC8, 0x01, 0x04]);
        output.Reset();
        RleHybridEncoder.Encode<byte>([0, 1, 2, 3, 4, 5, 6, 7, 1], 3, output);
        output.WrittenSpan.ToArray().ShouldBe([0x05, 0x88, 0xC6, 0xFA, 0x01, 0, 0]);
    }

    [Fact]
    public void Runs_of_any_mixture_come_back()
    {
        var random = new Random(2);
        for (var round = 0; round < 500; round++)
        {
            var width = random.Next(0, 32);
            var values = new List<int>();
            while (values.Count < 300 && random.Next(20) > 0)
                values.AddRange(Enumerable.Repeat(width == 0 ? 0 : random.Next() & ((1 << width) - 1), random.Next(1, 3) * random.Next(1, 12)));
            using var output = new PooledBufferWriter();
            RleHybridEncoder.Encode<int>(values.ToArray(), width, output);
            var decoded = new int[values.Count];
            RleHybridDecoder.Decode<int>(output.WrittenSpan, width, decoded).ShouldBe(output.Length);
            decoded.ShouldBe(values);
        }
    }

    [Fact]
    public void Deltas_are_written_as_the_specification_has_them()
    {
        // Encodings.md, example 1: 1 to 5.
        using var output = new PooledBufferWriter();
        DeltaBinaryPacked.Encode<long>([1, 2, 3, 4, 5], output);
        output.WrittenSpan.ToArray().ShouldBe([0x80, 0x01, 0x04, 0x05, 0x02, 0x02, 0, 0, 0, 0]);
    }

    [Fact]
    public void Deltas_wrap_in_their_type()
    {
        using var output = new PooledBufferWriter();
        long[] longs = [long.MinValue, long.MaxValue, 0, -1, long.MinValue, .. Enumerable.Range(0, 300).Select(i => (long)i * i)];
        DeltaBinaryPacked.Encode<long>(longs, output);
        var decoded = new long[longs.Length];
        DeltaBinaryPacked.Decode<long>(output.WrittenSpan, decoded).ShouldBe(output.Length);
        decoded.ShouldBe(longs);
        output.Reset();
        int[] ints = [int.MinValue, int.MaxValue, 0, -1, int.MinValue, .. Enumerable.Range(0, 129)];
        DeltaBinaryPacked.Encode<int>(ints, output);
        var decodedInts = new int[ints.Length];
        DeltaBinaryPacked.Decode<int>(output.WrittenSpan, decodedInts).ShouldBe(output.Length);
        decodedInts.ShouldBe(ints);
    }

    [Fact]
    public void Shared_prefixes_are_joined()
    {
        // Encodings.md: axis, axle, babble, babyhood.
        using var source = new PooledBufferWriter();
        DeltaBinaryPacked.Encode<int>([0, 2, 0, 3], source);
        DeltaBinaryPacked.Encode<int>([4, 2, 6, 5], source);
        source.Write("axislebabbleyhood"u8);
        var prefixes = new int[4];
        var ends = new int[4];
        var at = ByteArrayDecoders.DecodePrefixes(source.WrittenSpan, prefixes, ends, out var length);
        var data = new byte[length];
        ByteArrayDecoders.JoinPrefixes(source.WrittenSpan[at..], prefixes, ends, data, 0);
        Encoding.ASCII.GetString(data).ShouldBe("axisaxlebabblebabyhood");
        ends.ShouldBe([4, 8, 14, 22]);
    }

    [Fact]
    public void Split_streams_are_joined()
    {
        // Encodings.md: three values of four bytes.
        var joined = new byte[12];
        ByteStreamSplit.Decode([0xAA, 0x00, 0xA3, 0xBB, 0x11, 0xB4, 0xCC, 0x22, 0xC5, 0xDD, 0x33, 0xD6], 4, joined);
        joined.ShouldBe([0xAA, 0xBB, 0xCC, 0xDD, 0x00, 0x11, 0x22, 0x33, 0xA3, 0xB4, 0xC5, 0xD6]);
    }

    [Fact]
    public void The_page_checksum_is_that_of_gzip()
    {
        Crc32.Compute("123456789"u8).ShouldBe(0xCBF43926u);
        Crc32.Append(Crc32.Compute("1234567890ab"u8), "cdef"u8).ShouldBe(Crc32.Compute("1234567890abcdef"u8));
    }

    [Fact]
    public void Bloom_filters_grow_by_powers_of_two_up_to_their_bound()
    {
        SplitBlockBloomFilter.SizeFor(0, 10, 1 << 20).ShouldBe(32);
        SplitBlockBloomFilter.SizeFor(1000, 10, 1 << 20).ShouldBe(2048);
        SplitBlockBloomFilter.SizeFor(int.MaxValue, 10, 5000).ShouldBe(4096);
    }

    [Fact]
    public void Thrift_that_nests_too_deep_or_claims_too_much_is_refused()
    {
        // Field 1, a struct, again and again.
        var deep = Enumerable.Repeat((byte)0x1C, 200).ToArray();
        Should.Throw<MalformedDataException>(() => SkipAll(deep)).Message.ShouldContain("deep");

        // Field 1, a list of structs, 2^32 of them.
        Should.Throw<MalformedDataException>(() => SkipAll([0x19, 0xFC, 0x80, 0x80, 0x80, 0x80, 0x10, 0x00])).Message.ShouldContain("longer");
    }

    private static void SkipAll(byte[] bytes)
    {
        var reader = new ThriftReader(bytes);
        var field = reader.BeginStruct();
        while (reader.Next(ref field))
            reader.Skip(field);
    }
}
