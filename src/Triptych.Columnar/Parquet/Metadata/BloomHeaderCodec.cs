using Triptych.Columnar.Parquet.Thrift;
using Triptych.Primitives.Binary;

namespace Triptych.Columnar.Parquet.Metadata;

/// <summary>BloomFilterHeader of parquet.thrift: split blocks, XXH64, not compressed.</summary>
internal static class BloomHeaderCodec
{
    public static void Write(PooledBufferWriter output, int filterBytes)
    {
        var writer = new ThriftWriter(output);
        writer.BeginStruct();
        writer.Int32(1, filterBytes);
        for (short id = 2; id <= 4; id++)
        {
            writer.BeginStruct(id);
            writer.EmptyStruct(1);
            writer.EndStruct();
        }

        writer.EndStruct();
    }

    /// <summary>Returns the bytes of the filter, which begins behind <paramref name="headerLength"/>.</summary>
    public static int Read(ReadOnlySpan<byte> source, out int headerLength)
    {
        var reader = new ThriftReader(source);
        var filterBytes = 0;
        var known = 0;
        var field = reader.BeginStruct();
        while (reader.Next(ref field))
        {
            switch (field.Id)
            {
                case 1:
                    filterBytes = reader.ReadSize32(field);
                    break;
                case 2 or 3 or 4:
                    var member = reader.BeginStruct(field);
                    while (reader.Next(ref member))
                    {
                        known += member.Id == 1 ? 1 : 0;
                        reader.Skip(member);
                    }

                    break;
                default:
                    reader.Skip(field);
                    break;
            }
        }

        headerLength = reader.Position;
        if (known != 3)
            throw new MalformedDataException("a bloom filter of a kind that is not known", headerLength, unsupported: true);
        if (filterBytes < 32 || filterBytes % 32 != 0)
            reader.Fail($"a bloom filter of {filterBytes} bytes");
        return filterBytes;
    }
}
