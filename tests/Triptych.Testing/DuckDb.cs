using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Triptych.Testing;

/// <summary>
/// Asks DuckDB, and the other reader that is not ours, about a Parquet file, through tests/interop/parquet. Needs node and npm, which ./test promises:
/// without them the test fails.
/// The reader is installed on first use, in the version of the lock file.
/// </summary>
public static class DuckDb
{
    /// <summary>The rows of a query as JSON, one a line; <c>$file</c> in the query stands for the file.</summary>
    /// <exception cref="InvalidOperationException">There is no node or npm, or the script failed.</exception>
    public static async Task<string[]> QueryAsync(string file, string sql, CancellationToken cancellationToken)
    {
        var folder = ScriptFolder();
        await InstallAsync(folder, cancellationToken);
        return await RunAsync("node", folder, ["duckdb.mjs", "query", file, sql], cancellationToken);
    }

    /// <summary>The rows of a file as hyparquet, a reader that shares nothing with DuckDB, has them: JSON, one a line.</summary>
    /// <exception cref="InvalidOperationException">There is no node or npm, or the script failed.</exception>
    public static async Task<string[]> ReadByHyparquetAsync(string file, CancellationToken cancellationToken)
    {
        var folder = ScriptFolder();
        await InstallAsync(folder, cancellationToken);
        return await RunAsync("node", folder, ["hyparquet.mjs", file], cancellationToken);
    }

    /// <summary>Installs the readers in a folder with a lock file unless they are there. Any process may call at any time.</summary>
    /// <exception cref="InvalidOperationException">There is no npm, or it failed.</exception>
    public static async Task InstallAsync(string folder, CancellationToken cancellationToken)
    {
        // npm writes this file last, so that what another process is still installing does not count as there.
        var complete = Path.Combine(folder, "node_modules", ".package-lock.json");
        if (File.Exists(complete)) return;

        // Test projects run beside each other, and one npm at a time may write the folder.
        var gate = Path.Combine(Path.GetTempPath(), "triptych-interop-install");
        while (true)
        {
            try
            {
                await using var held = new FileStream(gate, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                if (!File.Exists(complete))
                {
                    // Not "npm ci": it demands that the lock names the native parts for all platforms, some of which a registry may lack.
                    // This installs what the lock has, checks it against its digests, and leaves the lock alone.
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
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InvalidOperationException(
                $"\"{program}\" cannot be started ({e.Message}): the tests need Node.js 20 with npm, see https://nodejs.org", e);
        }

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
