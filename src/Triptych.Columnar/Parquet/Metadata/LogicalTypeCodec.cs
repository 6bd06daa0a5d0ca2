using Triptych.Columnar.Parquet.Thrift;

namespace Triptych.Columnar.Parquet.Metadata;

/// <summary>
/// The LogicalType union (field 10 of a schema element) and the older ConvertedType (field 6), which is written beside it where it
/// exists, for readers that know only that one.
/// </summary>
internal static class LogicalTypeCodec
{
    private const short StringId = 1;
    private const short MapId = 2;
    private const short ListId = 3;
    private const short EnumId = 4;
    private const short TimestampId = 8;
    private const short IntegerId = 10;
    private const short JsonId = 12;
    private const short UuidId = 14;

    /// <summary>ConvertedType numbers; timestamps in nanoseconds and UUIDs have none.</summary>
    private static readonly (ParquetLogicalType LogicalType, int Converted)[] ConvertedTypes =
    [
        (ParquetLogicalType.String, 0), (ParquetLogicalType.Map, 1), (ParquetLogicalType.List, 3), (ParquetLogicalType.Enum, 4),
        (ParquetLogicalType.TimestampMillis, 9), (ParquetLogicalType.TimestampMicros, 10),
        (ParquetLogicalType.UInt8, 11), (ParquetLogicalType.UInt16, 12), (ParquetLogicalType.UInt32, 13), (ParquetLogicalType.UInt64, 14),
        (ParquetLogicalType.Int8, 15), (ParquetLogicalType.Int16, 16), (ParquetLogicalType.Int32, 17), (ParquetLogicalType.Int64, 18),
        (ParquetLogicalType.Json, 19),
    ];

    public static ParquetLogicalType FromConverted(int converted)
    {
        foreach (var (logicalType, number) in ConvertedTypes)
        {
            if (number == converted)
                return logicalType;
        }

        return ParquetLogicalType.Other;
    }

    public static void Write(ThriftWriter writer, ParquetLogicalType logicalType)
    {
        if (logicalType is ParquetLogicalType.None or ParquetLogicalType.Other)
            return;
        foreach (var (candidate, converted) in ConvertedTypes)
        {
            if (candidate == logicalType)
                writer.Int32(6, converted);
        }

        writer.BeginStruct(10);
        switch (logicalType)
        {
            case ParquetLogicalType.String:
                writer.EmptyStruct(StringId);
                break;
            case ParquetLogicalType.Map:
                writer.EmptyStruct(MapId);
                break;
            case ParquetLogicalType.List:
                writer.EmptyStruct(ListId);
                break;
            case ParquetLogicalType.Enum:
                writer.EmptyStruct(EnumId);
                break;
            case ParquetLogicalType.Json:
                writer.EmptyStruct(JsonId);
                break;
            case ParquetLogicalType.Uuid:
                writer.EmptyStruct(UuidId);
                break;
            case ParquetLogicalType.TimestampMillis or ParquetLogicalType.TimestampMicros or ParquetLogicalType.TimestampNanos:
                WriteTimestamp(writer, logicalType);
                break;
            default:
                WriteInteger(writer, logicalType);
                break;
        }

        writer.EndStruct();
    }

    public static ParquetLogicalType Read(ref ThriftReader reader, in ThriftField parent)
    {
        var result = ParquetLogicalType.Other;
        var field = reader.BeginStruct(parent);
        while (reader.Next(ref field))
        {
            switch (field.Id)
            {
                case TimestampId:
                    result = ReadTimestamp(ref reader, field);
                    break;
                case IntegerId:
                    result = ReadInteger(ref reader, field);
                    break;
                default:
                    result = field.Id switch
                    {
                        StringId => ParquetLogicalType.String,
                        MapId => ParquetLogicalType.Map,
                        ListId => ParquetLogicalType.List,
                        EnumId => ParquetLogicalType.Enum,
                        JsonId => ParquetLogicalType.Json,
                        UuidId => ParquetLogicalType.Uuid,
                        _ => ParquetLogicalType.Other,
                    };
                    reader.Skip(field);
                    break;
            }
        }

        return result;
    }

    private static void WriteTimestamp(ThriftWriter writer, ParquetLogicalType logicalType)
    {
        writer.BeginStruct(TimestampId);
        writer.Bool(1, true);
        writer.BeginStruct(2);
        writer.EmptyStruct((short)(1 + logicalType - ParquetLogicalType.TimestampMillis));
        writer.EndStruct();
        writer.EndStruct();
    }

    private static void WriteInteger(ThriftWriter writer, ParquetLogicalType logicalType)
    {
        var isSigned = logicalType < ParquetLogicalType.UInt8;
        var power = logicalType - (isSigned ? ParquetLogicalType.Int8 : ParquetLogicalType.UInt8);
        writer.BeginStruct(IntegerId);
        writer.Int8(1, (sbyte)(8 << power));
        writer.Bool(2, isSigned);
        writer.EndStruct();
    }

    private static ParquetLogicalType ReadTimestamp(ref ThriftReader reader, in ThriftField parent)
    {
        var result = ParquetLogicalType.Other;
        var isUtc = false;
        var field = reader.BeginStruct(parent);
        while (reader.Next(ref field))
        {
            switch (field.Id)
            {
                case 1:
                    isUtc = reader.ReadBool(field);
                    break;
                case 2:
                    var unit = reader.BeginStruct(field);
                    while (reader.Next(ref unit))
                    {
                        if (unit.Id is >= 1 and <= 3)
                            result = ParquetLogicalType.TimestampMillis + (unit.Id - 1);
                        reader.Skip(unit);
                    }

                    break;
                default:
                    reader.Skip(field);
                    break;
            }
        }

        return isUtc ? result : ParquetLogicalType.Other;
    }

    private static ParquetLogicalType ReadInteger(ref ThriftReader reader, in ThriftField parent)
    {
        var bits = 0;
        var isSigned = false;
        var field = reader.BeginStruct(parent);
        while (reader.Next(ref field))
        {
            switch (field.Id)
            {
                case 1:
                    bits = reader.ReadInt32(field);
                    break;
                case 2:
                    isSigned = reader.ReadBool(field);
                    break;
                default:
                    reader.Skip(field);
                    break;
            }
        }

        var first = isSigned ? ParquetLogicalType.Int8 : ParquetLogicalType.UInt8;
        return bits is 8 or 16 or 32 or 64 ? first + System.Numerics.BitOperations.Log2((uint)bits / 8) : ParquetLogicalType.Other;
    }
}
