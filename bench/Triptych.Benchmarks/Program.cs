using System.Globalization;
using BenchmarkDotNet.Running;
using Triptych.Benchmarks.Columnar;

// dotnet run -c Release --project bench/Triptych.Benchmarks -- --filter '*Wal*'
// dotnet run -c Release --project bench/Triptych.Benchmarks -- parquet [ROUNDS]
if (args is ["parquet", ..])
    await ParquetReport.RunAsync(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 40);
else
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
