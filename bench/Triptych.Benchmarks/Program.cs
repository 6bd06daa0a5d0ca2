using System.Globalization;
using BenchmarkDotNet.Running;
using Triptych.Benchmarks.Columnar;
using Triptych.Benchmarks.Compaction;
using Triptych.Benchmarks.Scan;

// dotnet run -c Release --project bench/Triptych.Benchmarks -- --filter '*Wal*'
// dotnet run -c Release --project bench/Triptych.Benchmarks -- parquet [ROUNDS]
// dotnet run -c Release --project bench/Triptych.Benchmarks -- merge [ROUNDS]
// dotnet run -c Release --project bench/Triptych.Benchmarks -- scan [ROUNDS]
if (args is ["parquet", ..])
    await ParquetReport.RunAsync(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 40);
else if (args is ["merge", ..])
    await MergeReport.RunAsync(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5);
else if (args is ["scan", ..])
    await ScanReport.RunAsync(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 20);
else
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
