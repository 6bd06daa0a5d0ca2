namespace Triptych.PromQL.Tests.Conformance;

/// <summary>Finds the peers' test scripts, which lie beside the repository and are never part of it.</summary>
internal static class ConformanceFiles
{
    public const string Missing = "conformance data is absent: expected ../shared/conformance/promql beside the repository";

    /// <summary>Null if the folder is not there.</summary>
    public static string? Folder { get; } = Find();

    /// <summary>The repository's root: the nearest folder upwards that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    public static IEnumerable<string> All() =>
        Folder is null ? [] : Directory.EnumerateFiles(Folder, "*.test").Order(StringComparer.Ordinal);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Triptych.slnx")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("the tests do not run inside the repository");
    }

    // A worktree may lie a level deeper than a plain checkout.
    private static string? Find()
    {
        for (var folder = new DirectoryInfo(FindRoot()).Parent; folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", "conformance", "promql");
            if (Directory.Exists(candidate))
                return candidate;
        }
        return null;
    }
}
