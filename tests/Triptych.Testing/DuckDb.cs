using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Triptych.Testing;

/// <summary>
/// Asks DuckDB about a Parquet file, through tests/interop/parquet. Needs node and npm; the reader is installed on first use, in the version of the
/// lock file.
/// </summary>
public static class DuckDb
{
    /// <summary>The rows of a query as JSON, one a line; <c>$file</c> in the query stands for the file.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">There is no node or npm.</exception>
    public static async Task<string[]> QueryAsync(string file, string sql, CancellationToken cancellationToken)
    {
        var folder = ScriptFolder();
        await InstallAsync(folder, cancellationToken);
        return await RunAsync("node", folder, ["duckdb.mjs", "query", file, sql], cancellationToken);
    }

    private static async Task InstallAsync(string folder, CancellationToken cancellationToken)
    {
        if (Directory.Exists(Path.Combine(folder, "node_modules", "@duckdb"))) return;

        // Test projects run beside each other, and one npm at a time may write the folder.
        var gate = Path.Combine(Path.GetTempPath(), "triptych-interop-install");
        while (true)
        {
            try
            {
                await using var held = new FileStream(gate, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                if (!Directory.Exists(Path.Combine(folder, "node_modules", "@duckdb")))
                {
                    await RunAsync("npm", folder, ["install", "--no-save", "--no-audit", "--no-fund"], cancellationToken);
                }

                return;
            }
            catch (IOException) when (!cancellationToken.IsCancellationRequested)
            {
                await Task.Delay(200, cancellationToken);
            }
        }
    }

    private static async Task<string[]> RunAsync(string program, string folder, string[] arguments, CancellationToken cancellationToken)
    {
        using var process = new Process();
        process.StartInfo = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        process.Start();
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0
            ? output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {await errors}");
    }

    private static string ScriptFolder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "interop", "parquet"));
}
