using System.CommandLine;
using System.Runtime.InteropServices;
using Triptych.Primitives.Compression;
using Triptych.Primitives.Memory;
using Triptych.Server.Backup;
using Triptych.Server.Commands;
using Triptych.Server.Configuration;
using Triptych.Server.Hosting;
using Triptych.Server.Import;
using Triptych.Server.Query;
using Triptych.Storage.Disk;

namespace Triptych.Server;

/// <summary>The command line. Exit codes: 0 done, 1 the host lacks something or a command failed, 2 a wrong command line or configuration.</summary>
public static class Program
{
    private const int HostLacks = 1;
    private const int WrongUse = 2;

    /// <summary>Runs a command.</summary>
    public static async Task<int> Main(string[] args)
    {
        NativeAllocator.Economise();
        var parsed = Root().Parse(BeginsWithCommand(args) ? args : ["serve", .. args]);
        if (parsed.Errors.Count > 0)
        {
            // That a command is missing follows from a word that is none; the word is what to tell.
            var unknown = parsed.UnmatchedTokens.Count > 0 ? parsed.UnmatchedTokens[0] : null;
            var message = unknown is null ? parsed.Errors[0].Message : $"Unrecognized command or argument '{unknown}'.";
            await Console.Error.WriteLineAsync($"triptych: {message} (see triptych --help)");
            return WrongUse;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (OperationCanceledException)
        {
            // Asked to stop before it had begun.
            return 0;
        }
        catch (StartProblem problem)
        {
            await Console.Error.WriteLineAsync($"triptych: {problem.Message}");
            return problem.ExitCode;
        }
    }

    // Without a command it serves, so that an option at the very front is one of serve's; but for the two of the program as a whole.
    private static bool BeginsWithCommand(string[] args) =>
        args.Length > 0 && (!args[0].StartsWith('-') || args[0] is "--help" or "-h" or "-?" or "--version");

    private static RootCommand Root()
    {
        var root = new RootCommand("Triptych: metrics, logs and traces in one program.");
        root.Subcommands.Add(Serve());
        root.Subcommands.Add(QueryCommands.Create());
        root.Subcommands.Add(BackupCommands.Backup());
        root.Subcommands.Add(BackupCommands.Restore());
        root.Subcommands.Add(ImportCommands.Create());
        root.Subcommands.Add(Check());
        root.Subcommands.Add(Schema());
        root.Subcommands.Add(BlockCommands.Create());
        return root;
    }

    private static Command Serve()
    {
        var file = new Option<string?>("--config") { Description = "The configuration file (YAML). Without one, the defaults hold.", HelpName = "FILE" };
        var directory =
            new Option<string?>("--data-dir") { Description = "The directory in which everything is kept; over the file's data_dir.", HelpName = "DIR" };
        const string Description = "Receives, keeps, answers and shows; what happens without a command, with the same options.";
        var serve = new Command("serve", Description) { file, directory };
        serve.SetAction((result, _) => ServeAsync(result.GetValue(file), result.GetValue(directory)));
        return serve;
    }

    private static Command Check()
    {
        var files = new Argument<string[]>("FILES") { Description = "Configuration files.", Arity = ArgumentArity.OneOrMore };
        var config = new Command("config", "Checks configuration files; every problem with its line.") { files };
        config.SetAction(result => CheckConfig(result.GetRequiredValue(files)));
        return new Command("check", "Checks files.") { config };
    }

    private static Command Schema()
    {
        var markdown = new Option<bool>("--markdown") { Description = "Prints the reference for people instead." };
        var schema = new Command("schema", "Prints the JSON schema of the configuration file, for editors.") { markdown };
        schema.SetAction(result =>
        {
            Console.Out.Write(result.GetValue(markdown) ? ConfigReference.Write() : ConfigSchema.Write());
            return 0;
        });
        return schema;
    }

    private static async Task<int> ServeAsync(string? file, string? directory)
    {
        var (config, problems) = ConfigLoader.LoadForServer(file, Environment.GetEnvironmentVariables());
        if (problems.Count > 0) throw new StartProblem(string.Join("\ntriptych: ", problems), problems.All(p => p.IsOfHost) ? HostLacks : WrongUse);
        if (directory is not null) config.DataDir = directory;
        var missing = NativeLibraries.Verify().Where(l => l.Required).ToList();
        if (missing.Count > 0)
        {
            throw new StartProblem(
                $"missing native libraries: {string.Join(", ", missing.Select(l => l.FileName))}; "
                + $"install them with: apt-get install -y {string.Join(' ', missing.Select(l => l.DebianPackage))}");
        }

        using var stop = new CancellationTokenSource();
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        return await new ServerApp(config, PhysicalDisk.Instance, TimeProvider.System).RunAsync(stop.Token);

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
    }

    private static int CheckConfig(string[] files)
    {
        var failed = 0;
        foreach (var file in files)
        {
            var (_, problems) = ConfigLoader.LoadForServer(file, new Dictionary<string, string>());
            foreach (var problem in problems) Console.Error.WriteLine(problem);
            if (problems.Count == 0) Console.Out.WriteLine($"{file}: ok");
            failed += problems.Count == 0 ? 0 : 1;
        }

        return failed == 0 ? 0 : 1;
    }
}
