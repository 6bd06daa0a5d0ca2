using System.Globalization;
using BenchmarkDotNet.Running;
using Triptych.Benchmarks.Columnar;
using Triptych.Benchmarks.Compaction;
using Triptych.Benchmarks.Scan;
using Triptych.Benchmarks.Storage;

// dotnet run -c Release --project bench/Triptych.Benchmarks -- parquet [ROUNDS [COLUMN]]     Parquet beside zstd and DuckDB
// dotnet run -c Release --project bench/Triptych.Benchmarks -- encodings FILE [COLUMN]       encodings for the texts of a file
// dotnet run -c Release --project bench/Triptych.Benchmarks -- wal [SECONDS]                 group commit beside the disk's own rate
// dotnet run -c Release --project bench/Triptych.Benchmarks -- merge [ROUNDS]                merges
// dotnet run -c Release --project bench/Triptych.Benchmarks -- scan [ROUNDS]                 narrow questions beside reading a whole block
// dotnet run -c Release --project bench/Triptych.Benchmarks -- pin                           what it costs to pin the catalog
// dotnet run -c Release --project bench/Triptych.Benchmarks -- --filter '*Decoder*'          benchmarks of BenchmarkDotNet
switch (args)
{
    case ["parquet", .. var rest]:
        await ParquetReport.RunAsync(
            rest is [var rounds, ..] ? int.Parse(rounds, CultureInfo.InvariantCulture) : 15,
            rest is [_, var column] ? column : "");
        break;
    case ["encodings", var file, .. var rest]:
        await EncodingReport.RunAsync(file, rest is [var wanted] ? wanted : "");
        break;
    case ["wal", .. var rest]:
        await WalReport.RunAsync(rest is [var seconds] ? int.Parse(seconds, CultureInfo.InvariantCulture) : 50);
        break;
    case ["merge", .. var rest]:
        await MergeReport.RunAsync(rest is [var repeats] ? int.Parse(repeats, CultureInfo.InvariantCulture) : 5);
        break;
    case ["scan", .. var rest]:
        await ScanReport.RunAsync(rest is [var times] ? int.Parse(times, CultureInfo.InvariantCulture) : 20);
        break;
    case ["pin"]:
        await PinReport.RunAsync();
        break;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        break;
}
