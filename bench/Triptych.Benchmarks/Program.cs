using BenchmarkDotNet.Running;

// dotnet run -c Release --project bench/Triptych.Benchmarks -- --filter '*Wal*'
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
