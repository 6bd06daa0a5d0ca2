using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Parquet.Writing;

namespace Triptych.Benchmarks.Columnar;

/// <summary>
/// What the encodings make of the texts of an existing file, such as a block: by column and encoding the bytes a slot, and the processor time
/// of reading and writing, the least of a few rounds. Encodings of our blocks are chosen by it.
/// <code>dotnet run -c Release --project bench/Triptych.Benchmarks -- encodings FILE [COLUMN]</code>
/// </summary>
internal static class EncodingReport
{
    private const int Rounds = 5;

    private static readonly ColumnEncoding[] Encodings =
        [ColumnEncoding.Dictionary, ColumnEncoding.Plain, ColumnEncoding.DeltaLength, ColumnEncoding.DeltaPrefix];

    public static async Task RunAsync(string path, string column)
    {
        using var input = new SameThreadInput(path);
        var file = await ParquetFile.OpenAsync(input);
        Console.WriteLine($"{"column",-28} {"encoding",-12} {"slots",10} {"bytes a slot",13} {"read",12} {"write",12}");
        foreach (var source in file.Schema.Columns.Where(source => source.Type == ParquetType.ByteArray))
        {
            if (!source.Name.Contains(column, StringComparison.Ordinal))
                continue;
            foreach (var encoding in Encodings)
                await ReportAsync(file, source, encoding);
        }
    }

    private static async Task ReportAsync(ParquetFile file, ParquetColumn source, ColumnEncoding encoding)
    {
        var stored = file.RowGroups[0].Info.Columns[source.Index];
        var leaf = ParquetField.String("v", nullable: source.IsNullable);
        var schema = new ParquetSchema(source.IsRepeated ? ParquetField.ListOf("v", source.IsListNullable, leaf) : leaf);
        var options = new ParquetWriterOptions().WithColumn(schema.Columns[0].Name, new ColumnOptions
        {
            Encoding = encoding,
            Codec = stored.Codec,
            Statistics = stored.Statistics.Min is not null,
            PageSizeBytes = source.Name == "line" ? 256 * 1024 : null,
        });
        var path = Path.GetTempFileName();
        var (read, write) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        long slots = 0;
        long chunkBytes = 0;
        try
        {
            for (var round = 0; round < Rounds; round++)
            {
                using (var stream = File.Create(path))
                    write = Less(write, await WriteAsync(file, source, new ParquetWriter(stream, schema, options)));
                using var again = new SameThreadInput(path);
                var written = await ParquetFile.OpenAsync(again);
                chunkBytes = written.RowGroups.Sum(group => group.Info.Columns[0].CompressedBytes);
                slots = 0;
                var start = ThreadClock.Now;
                foreach (var group in written.RowGroups)
                {
                    using var values = await group.ReadColumnAsync(written.Schema.Columns[0]);
                    slots += values.SlotCount;
                }

                read = ThreadClock.Least(read, start);
            }
        }
        finally
        {
            File.Delete(path);
        }

        if (slots > 0)
        {
            Console.WriteLine(
                $"{source.Name,-28} {encoding,-12} {slots,10} {(double)chunkBytes / slots,13:0.00}"
                + $" {read.TotalNanoseconds / slots,9:0.0} ns {write.TotalNanoseconds / slots,9:0.0} ns");
        }
    }

    private static async Task<TimeSpan> WriteAsync(ParquetFile file, ParquetColumn source, ParquetWriter writer)
    {
        var spent = TimeSpan.Zero;
        using (writer)
        {
            foreach (var group in file.RowGroups)
            {
                using var values = await group.ReadColumnAsync(source);
                var start = ThreadClock.Now;
                using (var rows = writer.BeginRowGroup())
                {
                    rows.Column(0).Append(values, 0, values.RowCount);
                    rows.End();
                }

                spent += ThreadClock.Now - start;
            }

            writer.Finish();
        }

        return spent;
    }

    private static TimeSpan Less(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
