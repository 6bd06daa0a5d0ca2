namespace Triptych.Ingest.PrometheusTsdb;

/// <summary>
/// Finds processes that have files open, as far as this user may see them (Linux). Debian's Prometheus takes no lock on its data directory by default,
/// but a running one always has a segment of its write-ahead log open.
/// </summary>
internal static class OpenFiles
{
    /// <summary>The number of another process that has something in a directory open; null where none is found.</summary>
    public static int? FindProcess(string directory)
    {
        if (!Directory.Exists("/proc/self/fd") || !Directory.Exists(directory)) return null;
        var inside = Path.GetFullPath(new DirectoryInfo(directory).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? directory).TrimEnd('/') + "/";
        foreach (var process in Directory.EnumerateDirectories("/proc"))
        {
            var number = TsdbNames.NumberOf(Path.GetFileName(process));
            if (number > 0 && number != Environment.ProcessId && HasOpen(process, inside)) return number;
        }

        return null;
    }

    private static bool HasOpen(string process, string inside)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(process + "/fd")
                .Any(f => new FileInfo(f).LinkTarget?.StartsWith(inside, StringComparison.Ordinal) == true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended meanwhile, or is another user's.
            return false;
        }
    }
}
