using System.Text;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Parquet.Writing;

namespace Triptych.Columnar.Tests.Parquet;

/// <summary>One column of random values of any kind, as rows of lists of optional byte strings in PLAIN form: an oracle without columns.</summary>
internal sealed class ColumnCase
{
    public required ParquetField Field { get; init; }

    /// <summary>By row: null for a null list; one entry for each slot; a null entry for a null slot.</summary>
    public required List<List<byte[]?>?> Rows { get; init; }

    public static ColumnCase Create(ParquetType type, bool nullable, bool list, bool nullableList, int rowCount, int distinct, int seed)
    {
        var random = new Random(seed);
        var leaf = ParquetField.Leaf("v", type, nullable, typeLength: type == ParquetType.FixedLenByteArray ? 5 : 0);
        var pool = Enumerable.Range(0, distinct).Select(i => Value(type, random, i)).ToArray();
        byte[]? Slot() => nullable && random.Next(4) == 0 ? null : pool[random.Next(pool.Length)];
        var rows = new List<List<byte[]?>?>();
        for (var i = 0; i < rowCount; i++)
        {
            if (!list)
                rows.Add([Slot()]);
            else if (nullableList && random.Next(5) == 0)
                rows.Add(null);
            else
                rows.Add([.. Enumerable.Range(0, random.Next(4)).Select(_ => Slot())]);
        }

        return new ColumnCase { Field = list ? ParquetField.ListOfStruct("c", nullableList, leaf) : leaf, Rows = rows };
    }

    /// <summary>Writes some rows in one call.</summary>
    public void Write(ColumnWriter writer, int from, int count)
    {
        var rows = Rows.GetRange(from, count);
        var slots = rows.SelectMany(row => row ?? []).ToList();
        var validity = writer.Column.IsNullable ? slots.Select(slot => slot is not null).ToArray() : [];
        var listEnds = new int[writer.Column.IsRepeated ? count : 0];
        for (int i = 0, end = 0; i < listEnds.Length; i++)
            listEnds[i] = end += rows[i]?.Count ?? 0;
        var listValidity = writer.Column.IsListNullable ? rows.Select(row => row is not null).ToArray() : [];
        var shape = new ColumnShape { Validity = validity, ListEnds = listEnds, ListValidity = listValidity };
        switch (writer.Column.Type)
        {
            case ParquetType.Boolean:
                writer.WriteBool(slots.Select(slot => slot is not null && slot[0] != 0).ToArray(), shape);
                break;
            case ParquetType.Int32:
                writer.WriteInt32(slots.Select(slot => slot is null ? 77 : BitConverter.ToInt32(slot)).ToArray(), shape);
                break;
            case ParquetType.Int64:
                writer.WriteInt64(slots.Select(slot => slot is null ? 77 : BitConverter.ToInt64(slot)).ToArray(), shape);
                break;
            case ParquetType.Float:
                writer.WriteFloat(slots.Select(slot => slot is null ? 77 : BitConverter.ToSingle(slot)).ToArray(), shape);
                break;
            case ParquetType.Double:
                writer.WriteDouble(slots.Select(slot => slot is null ? 77 : BitConverter.ToDouble(slot)).ToArray(), shape);
                break;
            case ParquetType.FixedLenByteArray:
                writer.WriteFixed(slots.SelectMany(slot => slot ?? [7, 7, 7, 7, 7]).ToArray(), shape);
                break;
            default:
                var ends = new int[slots.Count];
                for (int i = 0, end = 0; i < ends.Length; i++)
                    ends[i] = end += slots[i]?.Length ?? 0;
                writer.WriteBytes(ends, slots.SelectMany(slot => slot ?? []).ToArray(), shape);
                break;
        }
    }

    /// <summary>The rows of a decoded column, in the form of <see cref="Rows"/>.</summary>
    public static List<List<byte[]?>?> RowsOf(DecodedColumn column)
    {
        var rows = new List<List<byte[]?>?>();
        for (var row = 0; row < column.RowCount; row++)
        {
            if (!column.ListValidity.IsEmpty && !column.ListValidity[row])
            {
                rows.Add(null);
                continue;
            }

            var from = !column.Column.IsRepeated ? row : row == 0 ? 0 : column.ListEnds[row - 1];
            var to = !column.Column.IsRepeated ? row + 1 : column.ListEnds[row];
            var slots = new List<byte[]?>();
            for (var slot = from; slot < to; slot++)
                slots.Add(column.IsNull(slot) ? null : column.Bytes(slot).ToArray());
            rows.Add(slots);
        }

        return rows;
    }

    /// <summary>Rows as text, which compares and shows well.</summary>
    public static string Show(IEnumerable<List<byte[]?>?> rows) => string.Join('\n', rows.Select(row =>
        row is null ? "null" : "[" + string.Join(',', row.Select(slot => slot is null ? "null" : Convert.ToHexString(slot))) + "]"));

    private static byte[] Value(ParquetType type, Random random, int i) => type switch
    {
        ParquetType.Boolean => [(byte)random.Next(2)],
        ParquetType.Int32 => BitConverter.GetBytes(i == 0 ? int.MinValue : i == 1 ? int.MaxValue : random.Next(-1000, 1000)),
        ParquetType.Int64 => BitConverter.GetBytes(i == 0 ? long.MinValue : i == 1 ? long.MaxValue : random.NextInt64(-100_000, 100_000)),
        ParquetType.Float => BitConverter.GetBytes(i == 0 ? float.NaN : random.NextSingle()),
        ParquetType.Double => BitConverter.GetBytes(i == 0 ? double.NaN : random.NextDouble()),
        ParquetType.FixedLenByteArray => [(byte)i, (byte)(i >> 8), (byte)random.Next(256), 4, 5],
        _ => Encoding.UTF8.GetBytes(i == 0 ? "" : new string((char)random.Next('a', 'z' + 1), random.Next(1, 30)) + i),
    };
}
