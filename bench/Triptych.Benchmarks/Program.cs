using System.Globalization;
using BenchmarkDotNet.Running;
using Triptych.Benchmarks.Columnar;
using Triptych.Benchmarks.Compaction;

// dotnet run -c Release --project bench/Triptych.Benchmarks -- --filter '*Wal*'
// dotnet run -c Release --project bench/Triptych.Benchmarks -- parquet [ROUNDS]
// dotnet run -c Release --project bench/Triptych.Benchmarks -- merge [ROUNDS]
if (args is ["parquet", ..])
    await ParquetReport.RunAsync(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 40);
else if (args is ["merge", ..])
    await MergeReport.RunAsync(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5);
else
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
