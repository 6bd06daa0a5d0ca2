using System.Collections.Immutable;
using Triptych.Columnar.Parquet.Thrift;

namespace Triptych.Columnar.Parquet.Metadata;

/// <summary>The schema as the footer has it: all nodes in one list, parents in front of their children.</summary>
internal static class SchemaCodec
{
    private const int MaxNodes = 100_000;

    public static void Write(ThriftWriter writer, short id, ParquetSchema schema)
    {
        writer.List(id, ThriftType.Struct, 1 + schema.Fields.Sum(Count));
        writer.BeginStruct();
        writer.String(4, schema.RootName);
        writer.Int32(5, schema.Fields.Length);
        writer.EndStruct();
        foreach (var field in schema.Fields)
            Write(writer, field);
    }

    public static ParquetSchema Read(ref ThriftReader reader, in ThriftField field)
    {
        var count = reader.ReadList(field, ThriftType.Struct);
        if (count is < 2 or > MaxNodes)
            reader.Fail($"a schema of {count} elements");
        var elements = new SchemaElement[count];
        for (var i = 0; i < count; i++)
            elements[i] = ReadElement(ref reader);
        if (elements[0].Type is not null)
            reader.Fail("the root of the schema is no group");
        var next = 1;
        var fields = Children(elements, ref next, elements[0].ChildCount, 1);
        if (next != count)
            reader.Fail("schema elements belong to no group");
        try
        {
            return new ParquetSchema(fields, elements[0].Name);
        }
        catch (ArgumentException e)
        {
            throw new MalformedDataException(e.Message, reader.Position);
        }
    }

    private static int Count(ParquetField field) => 1 + field.Children.Sum(Count);

    private static void Write(ThriftWriter writer, ParquetField field)
    {
        writer.BeginStruct();
        if (field.Type is { } type)
            writer.Int32(1, (int)type);
        if (field.TypeLength > 0)
            writer.Int32(2, field.TypeLength);
        writer.Int32(3, (int)field.Repetition);
        writer.String(4, field.Name);
        if (field.Type is null)
            writer.Int32(5, field.Children.Length);
        LogicalTypeCodec.Write(writer, field.LogicalType);
        writer.EndStruct();
        foreach (var child in field.Children)
            Write(writer, child);
    }

    private static SchemaElement ReadElement(ref ThriftReader reader)
    {
        var element = new SchemaElement { Name = "" };
        var field = reader.BeginStruct();
        while (reader.Next(ref field))
        {
            switch (field.Id)
            {
                case 1:
                    element.Type = (ParquetType)reader.ReadInt32(field);
                    break;
                case 2:
                    element.TypeLength = reader.ReadInt32(field);
                    break;
                case 3:
                    element.Repetition = (ParquetRepetition)reader.ReadInt32(field);
                    break;
                case 4:
                    element.Name = reader.ReadString(field);
                    break;
                case 5:
                    element.ChildCount = reader.ReadSize32(field);
                    break;
                case 6:
                    element.Converted = reader.ReadInt32(field);
                    break;
                case 10:
                    element.LogicalType = LogicalTypeCodec.Read(ref reader, field);
                    break;
                default:
                    reader.Skip(field);
                    break;
            }
        }

        if (element.LogicalType is null && element.Converted is { } converted)
            element.LogicalType = LogicalTypeCodec.FromConverted(converted);
        Check(ref reader, element);
        return element;
    }

    private static void Check(ref ThriftReader reader, in SchemaElement element)
    {
        if (element.Repetition is < ParquetRepetition.Required or > ParquetRepetition.Repeated)
            reader.Fail($"schema element {element.Name} has no known repetition");
        if (element.Type is < ParquetType.Boolean or > ParquetType.FixedLenByteArray)
            reader.Fail($"schema element {element.Name} has the unknown type {(int)element.Type}");
        if (element.Type is not null && element.ChildCount > 0)
            reader.Fail($"schema element {element.Name} has both a type and children");
        if (element.Type == ParquetType.FixedLenByteArray && element.TypeLength is < 1 or > ParquetField.MaxTypeLength)
            reader.Fail($"schema element {element.Name} has values of {element.TypeLength} bytes");
    }

    private static ImmutableArray<ParquetField> Children(SchemaElement[] elements, ref int next, int count, int depth)
    {
        if (count > elements.Length - next || depth > ParquetSchema.MaxDepth)
            throw new MalformedDataException("a schema group has more children than there are elements, or nests too deep");
        var children = ImmutableArray.CreateBuilder<ParquetField>(count);
        for (var i = 0; i < count; i++)
        {
            if (next >= elements.Length)
                throw new MalformedDataException("a schema group has more children than there are elements");
            var element = elements[next++];
            ImmutableArray<ParquetField> below = element.Type is null ? Children(elements, ref next, element.ChildCount, depth + 1) : [];
            var length = element.Type == ParquetType.FixedLenByteArray ? element.TypeLength : 0;
            children.Add(new ParquetField(
                element.Name, element.Repetition, element.Type, length, element.LogicalType ?? ParquetLogicalType.None, below));
        }

        return children.MoveToImmutable();
    }

    private struct SchemaElement
    {
        public ParquetType? Type;
        public int TypeLength;
        public ParquetRepetition Repetition;
        public string Name;
        public int ChildCount;
        public int? Converted;
        public ParquetLogicalType? LogicalType;
    }
}
