namespace Triptych.Architecture.Tests;

/// <summary>The files of this checkout, found from where the tests run.</summary>
internal static class Checkout
{
    /// <summary>The folder with <c>Triptych.slnx</c>.</summary>
    public static readonly string Root = FindRoot();

    /// <summary>C# files below a folder, without what builds leave.</summary>
    public static IEnumerable<string> CSharpFiles(string folder) => Files(folder, "*.cs");

    /// <summary>Files below a folder, without what builds and package managers leave.</summary>
    public static IEnumerable<string> Files(string folder, string pattern) => Directory.Exists(Path.Combine(Root, folder))
        ? Directory.EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories)
            .Where(f => !f.Split(Path.DirectorySeparatorChar).Any(p => p is "bin" or "obj" or "node_modules" or "dist"))
        : [];

    /// <summary>A file's path from the root.</summary>
    public static string Relative(string file) => Path.GetRelativePath(Root, file).Replace('\\', '/');

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Triptych.slnx"))) return folder.FullName;
        }

        throw new InvalidOperationException("Triptych.slnx is in no folder above the tests");
    }
}
