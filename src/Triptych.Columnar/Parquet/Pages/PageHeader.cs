using Triptych.Columnar.Parquet.Thrift;

namespace Triptych.Columnar.Parquet.Pages;

internal enum PageType
{
    Data = 0,
    Index = 1,
    Dictionary = 2,
    DataV2 = 3,
}

/// <summary>The struct in front of each page. Counts and sizes are not negative once read; the caller checks them against its limits.</summary>
internal readonly record struct PageHeader
{
    public required PageType Type { get; init; }

    public required int UncompressedSize { get; init; }

    /// <summary>Bytes of the page behind the header.</summary>
    public required int CompressedSize { get; init; }

    /// <summary>Of those bytes; null when the writer gave none.</summary>
    public uint? Crc { get; init; }

    /// <summary>Levels of a data page, entries of a dictionary page.</summary>
    public int ValueCount { get; init; }

    public ParquetEncoding Encoding { get; init; }

    /// <summary>V1 only.</summary>
    public ParquetEncoding DefinitionEncoding { get; init; }

    /// <summary>V1 only.</summary>
    public ParquetEncoding RepetitionEncoding { get; init; }

    /// <summary>V2 only, as the next four.</summary>
    public int NullCount { get; init; }

    public int RowCount { get; init; }

    public int DefinitionBytes { get; init; }

    public int RepetitionBytes { get; init; }

    public bool IsCompressed { get; init; }

    public void Write(ThriftWriter writer)
    {
        writer.BeginStruct();
        writer.Int32(1, (int)Type);
        writer.Int32(2, UncompressedSize);
        writer.Int32(3, CompressedSize);
        if (Crc is { } crc)
            writer.Int32(4, (int)crc);
        if (Type == PageType.Dictionary)
        {
            writer.BeginStruct(7);
            writer.Int32(1, ValueCount);
            writer.Int32(2, (int)Encoding);
            writer.EndStruct();
        }
        else if (Type == PageType.Data)
        {
            writer.BeginStruct(5);
            writer.Int32(1, ValueCount);
            writer.Int32(2, (int)Encoding);
            writer.Int32(3, (int)DefinitionEncoding);
            writer.Int32(4, (int)RepetitionEncoding);
            writer.EndStruct();
        }
        else
        {
            writer.BeginStruct(8);
            writer.Int32(1, ValueCount);
            writer.Int32(2, NullCount);
            writer.Int32(3, RowCount);
            writer.Int32(4, (int)Encoding);
            writer.Int32(5, DefinitionBytes);
            writer.Int32(6, RepetitionBytes);
            writer.Bool(7, IsCompressed);
            writer.EndStruct();
        }

        writer.EndStruct();
    }

    /// <summary>Reads a header; <paramref name="length"/> is its bytes.</summary>
    public static PageHeader Read(ReadOnlySpan<byte> source, out int length)
    {
        var reader = new ThriftReader(source);
        var header = new PageHeader { Type = (PageType)(-1), UncompressedSize = -1, CompressedSize = -1, ValueCount = -1, IsCompressed = true };
        var field = reader.BeginStruct();
        while (reader.Next(ref field))
        {
            switch (field.Id)
            {
                case 1:
                    header = header with { Type = (PageType)reader.ReadInt32(field) };
                    break;
                case 2:
                    header = header with { UncompressedSize = reader.ReadSize32(field) };
                    break;
                case 3:
                    header = header with { CompressedSize = reader.ReadSize32(field) };
                    break;
                case 4:
                    header = header with { Crc = (uint)reader.ReadInt32(field) };
                    break;
                case 5 when header.Type == PageType.Data:
                    header = ReadV1(ref reader, field, header);
                    break;
                case 7 when header.Type == PageType.Dictionary:
                    header = ReadDictionary(ref reader, field, header);
                    break;
                case 8 when header.Type == PageType.DataV2:
                    header = ReadV2(ref reader, field, header);
                    break;
                default:
                    reader.Skip(field);
                    break;
            }
        }

        length = reader.Position;
        if (header.UncompressedSize < 0 || header.CompressedSize < 0)
            reader.Fail("a page header lacks its sizes");
        if (header.Type is PageType.Data or PageType.Dictionary or PageType.DataV2 ? header.ValueCount < 0 : header.Type != PageType.Index)
            reader.Fail($"a page header of type {(int)header.Type} is incomplete");
        return header;
    }

    private static PageHeader ReadV1(ref ThriftReader reader, in ThriftField parent, PageHeader header)
    {
        var field = reader.BeginStruct(parent);
        while (reader.Next(ref field))
        {
            switch (field.Id)
            {
                case 1:
                    header = header with { ValueCount = reader.ReadSize32(field) };
                    break;
                case 2:
                    header = header with { Encoding = (ParquetEncoding)reader.ReadInt32(field) };
                    break;
                case 3:
                    header = header with { DefinitionEncoding = (ParquetEncoding)reader.ReadInt32(field) };
                    break;
                case 4:
                    header = header with { RepetitionEncoding = (ParquetEncoding)reader.ReadInt32(field) };
                    break;
                default:
                    reader.Skip(field);
                    break;
            }
        }

        return header;
    }

    private static PageHeader ReadV2(ref ThriftReader reader, in ThriftField parent, PageHeader header)
    {
        var field = reader.BeginStruct(parent);
        while (reader.Next(ref field))
        {
            switch (field.Id)
            {
                case 1:
                    header = header with { ValueCount = reader.ReadSize32(field) };
                    break;
                case 2:
                    header = header with { NullCount = reader.ReadSize32(field) };
                    break;
                case 3:
                    header = header with { RowCount = reader.ReadSize32(field) };
                    break;
                case 4:
                    header = header with { Encoding = (ParquetEncoding)reader.ReadInt32(field) };
                    break;
                case 5:
                    header = header with { DefinitionBytes = reader.ReadSize32(field) };
                    break;
                case 6:
                    header = header with { RepetitionBytes = reader.ReadSize32(field) };
                    break;
                case 7:
                    header = header with { IsCompressed = reader.ReadBool(field) };
                    break;
                default:
                    reader.Skip(field);
                    break;
            }
        }

        return header;
    }

    private static PageHeader ReadDictionary(ref ThriftReader reader, in ThriftField parent, PageHeader header)
    {
        var field = reader.BeginStruct(parent);
        while (reader.Next(ref field))
        {
            switch (field.Id)
            {
                case 1:
                    header = header with { ValueCount = reader.ReadSize32(field) };
                    break;
                case 2:
                    header = header with { Encoding = (ParquetEncoding)reader.ReadInt32(field) };
                    break;
                default:
                    reader.Skip(field);
                    break;
            }
        }

        return header;
    }
}
