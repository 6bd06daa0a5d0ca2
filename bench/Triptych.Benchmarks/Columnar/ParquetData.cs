using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Writing;

namespace Triptych.Benchmarks.Columnar;

/// <summary>A column of data such as the blocks hold, its bytes without any format, and how it is written.</summary>
internal sealed class ParquetData
{
    private const int Rows = 1 << 20;
    private const int GroupRows = 64 * 1024;

    public required string Name { get; init; }

    public required ParquetField Field { get; init; }

    public required ColumnOptions Options { get; init; }

    /// <summary>What DuckDB is asked: something that has to decode all values.</summary>
    public required string Query { get; init; }

    public long[] Numbers { get; private init; } = [];

    public byte[] Text { get; private init; } = [];

    public int[] Ends { get; private init; } = [];

    public bool IsText => Ends.Length > 0;

    /// <summary>The values alone: 8 bytes a number; the text without lengths.</summary>
    public ReadOnlySpan<byte> Bytes => IsText ? Text : MemoryMarshal.AsBytes<long>(Numbers);

    public static IEnumerable<ParquetData> All()
    {
        var random = new Random(1);
        var pool = Enumerable.Range(0, 1000).Select(_ => random.NextInt64()).ToArray();
        yield return OfNumbers("integers, dictionary of 1,000", ColumnEncoding.Dictionary, _ => pool[random.Next(pool.Length)]);
        yield return OfNumbers("sorted times, delta", ColumnEncoding.Delta, i => 1_700_000_000_000_000_000 + (i * 1_000_000L) + random.Next(900_000));
        yield return OfNumbers("durations, delta", ColumnEncoding.Delta, _ => random.Next(1 << random.Next(10, 24)));
        yield return OfNumbers("regular times, delta", ColumnEncoding.Delta, i => 1_700_000_000_000 + (i * 15_000L));
        var services = Enumerable.Range(0, 40).Select(i => "service-" + new string((char)('a' + (i % 26)), 1 + (i % 9)) + i).ToArray();
        yield return OfText("names, dictionary of 40", ColumnEncoding.Dictionary, _ => services[random.Next(services.Length)]);
        yield return OfText("log lines, plain", ColumnEncoding.Plain, i => Line(random, i));
        yield return OfText("log lines, delta lengths", ColumnEncoding.DeltaLength, i => Line(random, i));
        yield return OfText("log lines, delta prefixes", ColumnEncoding.DeltaPrefix, i => Line(random, i));
        yield return OfText("ids of 32 digits, plain", ColumnEncoding.Plain, _ => Id(random));
        yield return OfText("ids of 32 digits, delta lengths", ColumnEncoding.DeltaLength, _ => Id(random));
    }

    /// <summary>Writes the column as the blocks do: row groups of 64 k rows.</summary>
    public void Write(IParquetSink sink)
    {
        using var writer = new ParquetWriter(sink, new ParquetSchema(Field), new ParquetWriterOptions().WithColumn(Field.Name, Options));
        var count = IsText ? Ends.Length : Numbers.Length;
        var ends = new int[GroupRows];
        for (var from = 0; from < count; from += GroupRows)
        {
            var rows = Math.Min(GroupRows, count - from);
            using var group = writer.BeginRowGroup();
            if (IsText)
            {
                var start = from == 0 ? 0 : Ends[from - 1];
                for (var i = 0; i < rows; i++)
                    ends[i] = Ends[from + i] - start;
                group.Column(0).WriteBytes(ends.AsSpan(0, rows), Text.AsSpan(start, ends[rows - 1]));
            }
            else
            {
                group.Column(0).WriteInt64(Numbers.AsSpan(from, rows));
            }

            group.End();
        }

        writer.Finish();
    }

    private static ParquetData OfNumbers(string name, ColumnEncoding encoding, Func<int, long> value) => new()
    {
        Name = name,
        Field = ParquetField.Int64("v"),
        Options = new ColumnOptions { Encoding = encoding },
        Query = "SELECT sum(v) FROM read_parquet($file)",
        Numbers = [.. Enumerable.Range(0, Rows).Select(value)],
    };

    private static ParquetData OfText(string name, ColumnEncoding encoding, Func<int, string> value)
    {
        var text = new MemoryStream();
        var ends = new int[Rows];
        for (var i = 0; i < Rows; i++)
        {
            text.Write(Encoding.UTF8.GetBytes(value(i)));
            ends[i] = (int)text.Length;
        }

        return new ParquetData
        {
            Name = name,
            Field = ParquetField.String("v"),
            Options = new ColumnOptions { Encoding = encoding, Statistics = encoding == ColumnEncoding.Dictionary },
            Query = "SELECT sum(strlen(v)) FROM read_parquet($file)",
            Text = text.ToArray(),
            Ends = ends,
        };
    }

    private static string Id(Random random) => Convert.ToHexStringLower(BitConverter.GetBytes(random.NextInt64())) + "00112233aabbccdd";

    private static string Line(Random random, int i) => string.Create(
        CultureInfo.InvariantCulture,
        $"level={(i % 9 == 0 ? "warn" : "info")} ts=2026-11-21T14:{i / 60 % 60:00}:{i % 60:00}Z msg=\"request done\" path=/api/v1/items/{random.Next(50_000)} status={(random.Next(20) == 0 ? 500 : 200)} duration={random.Next(1, 3000)}ms user={random.Next(4000):x}");
}
