using System.CommandLine;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Model;
using Triptych.Server.Configuration;
using Triptych.Server.Hosting;
using Triptych.Storage.Blocks;
using Triptych.Storage.Catalog;
using Triptych.Storage.Metastore;

namespace Triptych.Server.Commands;

/// <summary>
/// <c>triptych block ls|inspect|verify</c>: looks at stored blocks, for reading only, whether a server runs or not. Exit codes: 0 all right,
/// 1 something is wrong or cannot be read, 2 a wrong command line.
/// </summary>
internal static class BlockCommands
{
    private const int WrongUse = 2;

    private static readonly Option<string?> ConfigFile = new("--config") { Description = "The configuration file: where the blocks and their catalog are.", HelpName = "FILE" };
    private static readonly Option<string?> Directory = new("--data-dir") { Description = "The data directory, over the file's data_dir; without --config its own catalog and files.", HelpName = "DIR" };
    private static readonly Option<OutputForm> Output = new("--output", "-o") { Description = "table or json.", HelpName = "FORM" };
    private static readonly Option<Signal?> OnlySignal = new("--signal") { Description = "Only blocks of this signal: metrics, logs or traces.", HelpName = "SIGNAL" };
    private static readonly Option<string?> OnlyTenant = new("--tenant") { Description = "Only blocks of this tenant.", HelpName = "NAME" };

    /// <summary>The command with what is below it.</summary>
    public static Command Create()
    {
        var block = new Command("block", "Looks into stored blocks, for reading only; also while a server runs.");
        block.Subcommands.Add(List());
        block.Subcommands.Add(Inspect());
        block.Subcommands.Add(Verify());
        return block;
    }

    private static Command List()
    {
        var list = new Command("ls", "Lists the live blocks of a data directory.") { ConfigFile, Directory, Output, OnlySignal, OnlyTenant };
        list.SetAction((result, token) => GuardAsync(async () =>
        {
            await using var place = await BlockPlace.OpenAsync(result.GetValue(ConfigFile), result.GetValue(Directory), token);
            var blocks = Chosen(result, await place.Files.ListAsync(token));
            await Console.Out.WriteAsync(result.GetValue(Output) == OutputForm.Json ? BlockJson.List(blocks) : BlockTable.List(blocks));
            return 0;
        }));
        return list;
    }

    private static Command Inspect()
    {
        var name = new Argument<string>("BLOCK") { Description = "A file, or a block's id or the beginning of it." };
        var inspect = new Command("inspect", "Shows what a block consists of: columns, encodings, sizes, row groups, sections.")
        {
            name, ConfigFile, Directory, Output,
        };
        inspect.SetAction((result, token) => GuardAsync(async () =>
        {
            var path = result.GetRequiredValue(name);
            ParquetFooter footer;
            if (File.Exists(path))
            {
                using var input = new FileInput(path);
                footer = (await ParquetFile.OpenAsync(input, cancellationToken: token)).Footer;
            }
            else
            {
                await using var place = await BlockPlace.OpenAsync(result.GetValue(ConfigFile), result.GetValue(Directory), token);
                var block = Find(await place.Files.ListAsync(token), path);
                (path, footer) = (place.Files.PathOf(block), await place.Files.InspectAsync(block, token));
            }

            await Console.Out.WriteAsync(result.GetValue(Output) == OutputForm.Json ? BlockJson.Inspect(path, footer) : BlockTable.Inspect(path, footer));
            return 0;
        }));
        return inspect;
    }

    private static Command Verify()
    {
        var names = new Argument<string[]>("BLOCKS")
        {
            Description = "Files, or ids or their beginnings. Without any: all blocks of the data directory.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var verify = new Command("verify", "Reads blocks whole and checks every checksum, order, statistics, index and filter, and counts against the catalog.")
        {
            names, ConfigFile, Directory, Output, OnlySignal, OnlyTenant,
        };
        verify.SetAction((result, token) => GuardAsync(() => VerifyAsync(result, result.GetValue(names) ?? [], token)));
        return verify;
    }

    private static async Task<int> VerifyAsync(ParseResult result, string[] names, CancellationToken cancellationToken)
    {
        var reports = new List<BlockReport>();
        var paths = names.Where(File.Exists).ToArray();
        foreach (var path in paths) await AddAsync(await BlockReport.VerifyAsync(path, meta: null, cancellationToken));
        var ids = names.Except(paths).ToArray();
        if (names.Length == 0 || ids.Length > 0)
        {
            await using var place = await BlockPlace.OpenAsync(result.GetValue(ConfigFile), result.GetValue(Directory), cancellationToken);
            var files = place.Files;
            var live = await files.ListAsync(cancellationToken);
            foreach (var block in ids.Length == 0 ? Chosen(result, live) : [.. ids.Select(id => Find(live, id)).Distinct()])
            {
                if (await files.VerifyAsync(block, cancellationToken) is { } report) await AddAsync(report);
            }
        }

        await Console.Out.WriteAsync(result.GetValue(Output) == OutputForm.Json ? BlockJson.Verify(reports) : BlockTable.Summary(reports));
        return reports.Any(report => report.Problems.Count > 0) ? 1 : 0;

        async Task AddAsync(BlockReport report)
        {
            reports.Add(report);
            if (result.GetValue(Output) == OutputForm.Table) await Console.Out.WriteAsync(BlockTable.Verified(report));
        }
    }

    /// <summary>What can be expected to go wrong is one line, not a stack trace.</summary>
    private static async Task<int> GuardAsync(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartProblem(e.Message);
        }
    }

    private static IReadOnlyList<BlockMeta> Chosen(ParseResult result, IReadOnlyList<BlockMeta> blocks)
    {
        var (signal, tenant) = (result.GetValue(OnlySignal), result.GetValue(OnlyTenant));
        return [.. blocks.Where(block => (signal is null || block.Signal == signal) && (tenant is null || block.Tenant.Name == tenant))];
    }

    private static BlockMeta Find(IReadOnlyList<BlockMeta> blocks, string id)
    {
        var found = blocks.Where(block => block.Id.ToString("D").StartsWith(id, StringComparison.OrdinalIgnoreCase)).ToArray();
        return found.Length switch
        {
            1 => found[0],
            0 => throw new StartProblem($"\"{id}\" is neither a file nor a live block of the data directory", WrongUse),
            _ => throw new StartProblem($"\"{id}\" begins the ids of {found.Length} blocks: give more of it", WrongUse),
        };
    }
}

/// <summary>How results are printed.</summary>
internal enum OutputForm
{
    /// <summary>For people.</summary>
    Table,

    /// <summary>For programs.</summary>
    Json,
}
