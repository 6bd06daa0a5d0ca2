using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Compression;

namespace Triptych.Benchmarks.Columnar;

/// <summary>
/// How fast columns are read and written, beside zstd on the same bytes and DuckDB on the same file, one thread each. What counts is
/// processor time (user and kernel), the least of many rounds; ours and the yardstick take turns, so that a busy machine slows neither alone.
/// <code>dotnet run -c Release --project bench/Triptych.Benchmarks -- parquet [ROUNDS [COLUMN]]</code>
/// DuckDB runs when node and the packages of tests/interop/parquet are there.
/// </summary>
internal static class ParquetReport
{
    private const int PieceBytes = 128 * 1024;

    /// <param name="rounds">How often each is done.</param>
    /// <param name="column">Part of the names of the columns that are wanted.</param>
    public static async Task RunAsync(int rounds, string column)
    {
        Console.WriteLine($"decoded bytes by processor time, one thread, least of {rounds} rounds; ratio: ours to the yardstick's");
        Console.WriteLine(
            $"{"column",-30} {"file",7} | {"read",10} {"zstd -d",10} {"ratio",6} {"DuckDB",10} {"ratio",6}"
            + $" | {"write",10} {"zstd -1",10} {"ratio",6}");
        foreach (var data in ParquetData.All().Where(data => data.Name.Contains(column, StringComparison.Ordinal)))
            await ReportAsync(data, rounds);
    }

    private static async Task ReportAsync(ParquetData data, int rounds)
    {
        var path = Path.GetTempFileName();
        try
        {
            using (var stream = File.Create(path))
                data.Write(new StreamSink(stream));
            var fileBytes = new FileInfo(path).Length;
            var pieces = Compress(data.Bytes);
            var room = new byte[PieceBytes];
            using var input = new SameThreadInput(path);
            var file = await ParquetFile.OpenAsync(input);
            var form = ColumnForm.Values;
            var expected = data.IsText ? data.Text.Length : data.Numbers.Aggregate(0L, (sum, value) => unchecked(sum + value));
            var read = TimeSpan.MaxValue;
            var unzip = TimeSpan.MaxValue;
            var write = TimeSpan.MaxValue;
            var zip = TimeSpan.MaxValue;
            using var compressed = new PooledBufferWriter();
            for (var i = 0; i < rounds; i++)
            {
                var start = ThreadClock.Now;
                if (await ScanAsync(file, form) != expected)
                    throw new InvalidDataException("The scan gives another sum.");
                read = ThreadClock.Least(read, start);
                start = ThreadClock.Now;
                foreach (var piece in pieces)
                    Zstd.TryDecompress(piece, room, out _);
                unzip = ThreadClock.Least(unzip, start);
                start = ThreadClock.Now;
                data.Write(NullSink.Instance);
                write = ThreadClock.Least(write, start);
                compressed.Reset();
                start = ThreadClock.Now;
                Zstd.Compress(data.Bytes, compressed, level: 1);
                zip = ThreadClock.Least(zip, start);
            }

            var duckdb = await DuckdbAsync(path, data.Query, rounds);
            Show(data, fileBytes, read, unzip, duckdb, write, zip);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Show(ParquetData data, long fileBytes, TimeSpan read, TimeSpan unzip, TimeSpan? duckdb, TimeSpan write, TimeSpan zip)
    {
        string Rate(TimeSpan? time) => time is { } known
            ? $"{data.Bytes.Length / known.TotalSeconds / 1e9:0.00} GB/s"
            : "-";
        string Ratio(TimeSpan? yardstick, TimeSpan ours) => yardstick is { } known
            ? (known / ours).ToString("0.00", CultureInfo.InvariantCulture)
            : "-";
        Console.WriteLine(
            $"{data.Name,-30} {100.0 * fileBytes / data.Bytes.Length,6:0.0}%"
            + $" | {Rate(read),10} {Rate(unzip),10} {Ratio(unzip, read),6} {Rate(duckdb),10} {Ratio(duckdb, read),6}"
            + $" | {Rate(write),10} {Rate(zip),10} {Ratio(zip, write),6}");
    }

    /// <summary>Decodes all rows into columns and looks at each value, or at each end of a text.</summary>
    private static async Task<long> ScanAsync(ParquetFile file, ColumnForm form)
    {
        var sum = 0L;
        foreach (var group in file.RowGroups)
        {
            using var column = await group.ReadColumnAsync(file.Schema.Columns[0], form: form);
            sum = unchecked(sum + (column.Column.Type == ParquetType.Int64 ? Sum(column.Int64s) : Lengths(column.Ends)));
        }

        return sum;
    }

    private static long Sum(ReadOnlySpan<long> values)
    {
        var sums = System.Numerics.Vector<long>.Zero;
        var vectors = MemoryMarshal.Cast<long, System.Numerics.Vector<long>>(values);
        foreach (var vector in vectors)
            sums += vector;
        var sum = System.Numerics.Vector.Sum(sums);
        foreach (var value in values[(vectors.Length * System.Numerics.Vector<long>.Count)..])
            sum = unchecked(sum + value);
        return sum;
    }

    private static long Lengths(ReadOnlySpan<int> ends)
    {
        var sum = 0L;
        var start = 0;
        foreach (var end in ends)
        {
            sum += end - start;
            start = end;
        }

        return sum;
    }

    private static List<byte[]> Compress(ReadOnlySpan<byte> bytes)
    {
        var pieces = new List<byte[]>();
        for (; !bytes.IsEmpty; bytes = bytes[Math.Min(PieceBytes, bytes.Length)..])
        {
            using var output = new PooledBufferWriter();
            Zstd.Compress(bytes[..Math.Min(PieceBytes, bytes.Length)], output, level: 1);
            pieces.Add(output.WrittenSpan.ToArray());
        }

        return pieces;
    }

    private static async Task<TimeSpan?> DuckdbAsync(string path, string query, int rounds)
    {
        var folder = AppContext.BaseDirectory;
        while (folder is not null && !Directory.Exists(Path.Combine(folder, "tests", "interop")))
            folder = Path.GetDirectoryName(folder);
        if (folder is null || !Directory.Exists(Path.Combine(folder, "tests", "interop", "parquet", "node_modules")))
            return null;
        var start = new ProcessStartInfo("node", ["scan.mjs", path, query, rounds.ToString(CultureInfo.InvariantCulture)])
        {
            WorkingDirectory = Path.Combine(folder, "tests", "interop", "parquet"),
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? TimeSpan.FromMilliseconds(double.Parse(output, CultureInfo.InvariantCulture)) : null;
    }

    private sealed class NullSink : IParquetSink
    {
        public static NullSink Instance { get; } = new();

        public void Write(ReadOnlySpan<byte> bytes)
        {
        }
    }
}
