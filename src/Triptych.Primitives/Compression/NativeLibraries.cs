using System.Runtime.InteropServices;

namespace Triptych.Primitives.Compression;

/// <summary>A shared library of the system that this program needs and that cannot be loaded.</summary>
/// <param name="FileName">As the loader looks for it.</param>
/// <param name="DebianPackage">The package that brings it.</param>
/// <param name="Required">False when a slower managed form stands in.</param>
public readonly record struct MissingLibrary(string FileName, string DebianPackage, bool Required);

/// <summary>The shared libraries that come from the system rather than from packages.</summary>
public static class NativeLibraries
{
    internal const string Zstd = "libzstd.so.1";
    internal const string Snappy = "libsnappy.so.1";
    internal const string Sqlite = "libsqlite3.so.0";

    private static readonly MissingLibrary[] All =
    [
        new(Zstd, "libzstd1", Required: true),
        new(Snappy, "libsnappy1v5", Required: false),
        new(Sqlite, "libsqlite3-0", Required: true),
    ];

    /// <summary>The libraries that cannot be loaded, for the program to name before it starts. Empty when all is well.</summary>
    public static IReadOnlyList<MissingLibrary> Verify() => [.. All.Where(library => !CanLoad(library.FileName))];

    internal static bool CanLoad(string fileName)
    {
        // Not freed again: the libraries stay in use for the life of the process.
        return NativeLibrary.TryLoad(fileName, typeof(NativeLibraries).Assembly, searchPath: null, out _);
    }
}
