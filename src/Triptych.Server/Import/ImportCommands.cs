using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Triptych.Api.Admin;
using Triptych.Ingest.PrometheusTsdb;
using Triptych.Metrics.Import;
using Triptych.Model;
using Triptych.Model.Labels;
using Triptych.Server.Backup;
using Triptych.Server.Commands;
using Triptych.Server.Configuration;
using Triptych.Server.Hosting;

namespace Triptych.Server.Import;

/// <summary>
/// <c>triptych import prometheus</c>; docs/import.md. Exit codes: 0 all is imported, 1 something could not be read or written, 2 a wrong command line.
/// </summary>
internal static class ImportCommands
{
    private const int WrongUse = 2;
    private const long LeastMemory = 16L << 20;
    private const long MostMemory = 1L << 30;

    /// <summary>The command with what is below it.</summary>
    public static Command Create()
    {
        var import = new Command("import", "Takes over what another system has stored; the server must not be running.");
        import.Subcommands.Add(Prometheus());
        return import;
    }

    private static Command Prometheus()
    {
        var from = new Option<string>("--from") { Description = "Prometheus' data directory, or a snapshot of it. Prometheus must not be running on it; nothing in it is written.", HelpName = "DIR", Required = true };
        var tenant = new Option<string>("--tenant") { Description = "Whose data it becomes.", HelpName = "NAME", DefaultValueFactory = static _ => TenantId.Default.Name };
        var file = new Option<string?>("--config") { Description = "The configuration that the server runs with.", HelpName = "FILE" };
        var directory = new Option<string?>("--data-dir") { Description = "The data directory to import to; over the file's data_dir.", HelpName = "DIR" };
        var fromTime = new Option<string?>("--from-time") { Description = "Leaves out samples before it: 2026-01-31T00:00:00Z, or Unix seconds.", HelpName = "TIME" };
        var toTime = new Option<string?>("--to-time") { Description = "Leaves out samples after it.", HelpName = "TIME" };
        var match = new Option<string[]>("--match") { Description = "Only series that this PromQL selector selects; of several, those that any selects.", HelpName = "SELECTOR" };
        var again = new Option<bool>("--again") { Description = "Imports also what was imported before." };
        var import = new Command("prometheus", "Imports blocks and the write-ahead log of a Prometheus; run again, it goes on where it stopped.") { from, tenant, file, directory, fromTime, toTime, match, again };
        import.SetAction(result => CommandGuard.RunAsync(async token =>
        {
            var (config, problems) = ConfigLoader.Load(result.GetValue(file), Environment.GetEnvironmentVariables());
            if (problems.Count > 0) throw new StartProblem(string.Join("\ntriptych: ", problems), WrongUse);
            if (result.GetValue(directory) is { } dataDirectory) config.DataDir = dataDirectory;
            if (!TenantId.TryParse(result.GetValue(tenant), out var owner)) throw new StartProblem($"--tenant {result.GetValue(tenant)} is no name of a tenant", WrongUse);
            var scope = ScopeOf(result.GetValue(match) ?? [], result.GetValue(fromTime), result.GetValue(toTime));
            return await RunAsync(result.GetRequiredValue(from), config, owner, scope, result.GetValue(again), token);
        }));
        return import;
    }

    private static async Task<int> RunAsync(
        string from, ServerConfig config, TenantId tenant, ImportScope scope, bool again, CancellationToken cancellationToken)
    {
        if (Path.GetFullPath(from) == Path.GetFullPath(config.DataDir)) throw new StartProblem("--from is the data directory of Triptych itself", WrongUse);
        var (opened, problem) = TsdbDirectory.Open(from);
        using var source = opened ?? throw new StartProblem(problem!);
        foreach (var warning in RetentionWarning.Of(source.Blocks, config.Storage.Retention.Metrics, scope, TimeProvider.System.GetUtcNow()))
            await Console.Error.WriteLineAsync($"warning: {warning}");
        await using var target = await ImportTarget.OpenAsync(config, TimeProvider.System, cancellationToken);
        var retention = config.Storage.Retention.Metrics;
        var longest = retention.Time <= TimeSpan.Zero || retention.Rules.Exists(static r => r.Time <= TimeSpan.Zero) ? TimeSpan.Zero : retention.Time;
        var options = new ImportOptions(
            new ImportWindows(longest), config.Storage.Compaction.TargetBlockSize.Bytes,
            Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8, LeastMemory, MostMemory), again);
        var run = new PrometheusImport(source, target, scope, tenant, options);
        var watch = Stopwatch.StartNew();
        await ProgressBar.ShowAsync(
            "importing",
            async progress =>
            {
                await run.RunAsync(new ImportProgress(progress, run.PartBytes), cancellationToken);
                return 0;
            },
            "parts");
        return run.Report.Tell(watch.Elapsed, Console.Out, Console.Error);
    }

    private static ImportScope ScopeOf(string[] selectors, string? fromTime, string? toTime)
    {
        var matchers = new List<IReadOnlyList<LabelMatcher>>();
        foreach (var selector in selectors)
            matchers.Add(DeletionSelectors.ReadRule(Signal.Metrics, selector, out var error) ?? throw new StartProblem($"--match {selector}: {error}", WrongUse));
        var scope = new ImportScope(matchers, selectors, TimeOf("--from-time", fromTime) ?? long.MinValue, TimeOf("--to-time", toTime) ?? long.MaxValue);
        return scope.MinTimeMs <= scope.MaxTimeMs ? scope : throw new StartProblem("--from-time lies behind --to-time", WrongUse);
    }

    private static long? TimeOf(string option, string? text)
    {
        if (text is null) return null;
        const NumberStyles Seconds = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign;
        if (decimal.TryParse(text, Seconds, CultureInfo.InvariantCulture, out var seconds) && Math.Abs(seconds) < 1e12m)
            return (long)(seconds * 1000);
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)) return time.ToUnixTimeMilliseconds();
        throw new StartProblem($"{option} {text} is no time, such as 2026-01-31T00:00:00Z or Unix seconds", WrongUse);
    }
}
