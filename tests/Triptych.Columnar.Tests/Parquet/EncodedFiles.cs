using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Writing;

namespace Triptych.Columnar.Tests.Parquet;

/// <summary>What the columns that need not have values have.</summary>
public enum Filling
{
    /// <summary>Few values again and again, some missing.</summary>
    Full,

    /// <summary>No value in the first pages, then as many values as rows.</summary>
    Late,

    /// <summary>No value at all: nulls, empty and missing lists.</summary>
    None,
}

/// <summary>Small files that together have every type, encoding, codec, page version and nesting: seeds for fuzzing and for other readers.</summary>
internal static class EncodedFiles
{
    public static readonly (ParquetType Type, ColumnEncoding Encoding)[] Encodings =
    [
        (ParquetType.Boolean, ColumnEncoding.Plain), (ParquetType.Boolean, ColumnEncoding.Dictionary),
        (ParquetType.Int32, ColumnEncoding.Plain), (ParquetType.Int32, ColumnEncoding.Dictionary), (ParquetType.Int32, ColumnEncoding.Delta),
        (ParquetType.Int32, ColumnEncoding.ByteStreamSplit),
        (ParquetType.Int64, ColumnEncoding.Plain), (ParquetType.Int64, ColumnEncoding.Dictionary), (ParquetType.Int64, ColumnEncoding.Delta),
        (ParquetType.Int64, ColumnEncoding.ByteStreamSplit),
        (ParquetType.Float, ColumnEncoding.Plain), (ParquetType.Float, ColumnEncoding.Dictionary), (ParquetType.Float, ColumnEncoding.ByteStreamSplit),
        (ParquetType.Double, ColumnEncoding.Plain), (ParquetType.Double, ColumnEncoding.Dictionary), (ParquetType.Double, ColumnEncoding.ByteStreamSplit),
        (ParquetType.ByteArray, ColumnEncoding.Plain), (ParquetType.ByteArray, ColumnEncoding.Dictionary), (ParquetType.ByteArray, ColumnEncoding.DeltaLength),
        (ParquetType.ByteArray, ColumnEncoding.DeltaPrefix),
        (ParquetType.FixedLenByteArray, ColumnEncoding.Plain), (ParquetType.FixedLenByteArray, ColumnEncoding.Dictionary),
        (ParquetType.FixedLenByteArray, ColumnEncoding.DeltaPrefix), (ParquetType.FixedLenByteArray, ColumnEncoding.ByteStreamSplit),
    ];

    /// <summary>That of a column by its number.</summary>
    public static (ParquetType Type, ColumnEncoding Encoding) EncodingOf(int column) => Encodings[column / Shapes];

    /// <summary>One file for each codec and page version.</summary>
    public static IEnumerable<byte[]> All()
    {
        foreach (var version in new[] { DataPageVersion.V1, DataPageVersion.V2 })
        {
            foreach (var codec in new[] { ParquetCodec.Uncompressed, ParquetCodec.Snappy, ParquetCodec.Zstd })
                yield return Write(codec, version, rows: 40, pageRows: 16, out _);
        }

        yield return Write(ParquetCodec.Zstd, DataPageVersion.V1, rows: 40, pageRows: 16, out _, Filling.Late);
        yield return Write(ParquetCodec.Zstd, DataPageVersion.V2, rows: 40, pageRows: 16, out _, Filling.None);
    }

    /// <summary>A column for each encoding and shape: <c>c{encoding}_{shape}</c>, as <see cref="ColumnsOf"/> has them.</summary>
    public static byte[] Write(
        ParquetCodec codec, DataPageVersion version, int rows, int pageRows, out List<(string Name, ColumnCase Case)> columns, Filling filling = Filling.Full)
    {
        columns = ColumnsOf(rows, filling);
        var options = new ParquetWriterOptions { Codec = codec, PageVersion = version, PageRows = pageRows };
        var schema = new ParquetSchema([.. columns.Select(column => column.Case.Field)]);
        for (var i = 0; i < columns.Count; i++)
        {
            options = options.WithColumn(
                schema.Columns[i].Name,
                new ColumnOptions { Encoding = Encodings[i / Shapes].Encoding, BloomFilter = i % 5 == 0 && Encodings[i / Shapes].Type != ParquetType.Boolean });
        }

        var stream = new MemoryStream();
        using var writer = new ParquetWriter(stream, schema, options);
        var group = writer.BeginRowGroup();
        for (var i = 0; i < columns.Count; i++)
            columns[i].Case.Write(group.Column(i), 0, rows);
        group.End();
        writer.Finish();
        return stream.ToArray();
    }

    // Required, nullable, list of nullable, nullable list.
    private const int Shapes = 4;

    private static List<(string Name, ColumnCase Case)> ColumnsOf(int rows, Filling filling)
    {
        var columns = new List<(string, ColumnCase)>();
        for (var i = 0; i < Encodings.Length * Shapes; i++)
        {
            var shape = i % Shapes;
            var made = ColumnCase.Create(
                Encodings[i / Shapes].Type, nullable: shape is 1 or 2, list: shape >= 2, nullableList: shape == 3, rows,
                distinct: filling == Filling.Full ? 7 : rows, seed: i);
            var firstFull = filling switch { Filling.Full => 0, Filling.Late => rows * 2 / 3, _ => rows };
            for (var row = 0; row < firstFull && shape > 0; row++)
                made.Rows[row] = shape == 1 ? [null] : shape == 2 || row % 2 == 0 ? [] : null;
            var leaf = made.Field;
            while (leaf.Type is null)
                leaf = leaf.Children[0];
            var name = $"c{i / Shapes}_{shape}";
            var nullable = leaf.Repetition == ParquetRepetition.Optional;
            var meaning = leaf.Type == ParquetType.ByteArray ? ParquetLogicalType.String : ParquetLogicalType.None;
            var named = ParquetField.Leaf(name, leaf.Type.Value, nullable, meaning, leaf.TypeLength);
            columns.Add((name, new ColumnCase { Rows = made.Rows, Field = shape < 2 ? named : ParquetField.ListOf(name, nullable: shape == 3, named) }));
        }

        return columns;
    }
}
