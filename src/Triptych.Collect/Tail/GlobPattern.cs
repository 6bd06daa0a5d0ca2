namespace Triptych.Collect.Tail;

/// <summary>
/// A path with wildcards: <c>*</c> and <c>?</c> within a name, <c>**</c> for any number of folders. Looks only into folders that the
/// pattern can lead to, at most <see cref="MaxDepth"/> deep, and follows no links to folders below <c>**</c>.
/// </summary>
internal sealed class GlobPattern
{
    /// <summary>How deep <c>**</c> goes.</summary>
    public const int MaxDepth = 16;

    private readonly string[] _parts;

    public GlobPattern(string pattern)
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (pattern == "~" || pattern.StartsWith("~/", StringComparison.Ordinal)) pattern = home + pattern[1..];
        _parts = Path.GetFullPath(pattern).Split('/', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Whether a full path matches.</summary>
    public bool IsMatch(string path) => IsMatch(_parts, path.Split('/', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>The files that match now, in order of their paths; folders that cannot be read are told to <paramref name="onError"/>.</summary>
    public IEnumerable<string> Expand(Action<string, string> onError)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        Walk("/", 0, 0, found, onError);
        return found;
    }

    /// <summary>Whether one name matches one part of a pattern.</summary>
    internal static bool IsNameMatch(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        int p = 0, n = 0, star = -1, restart = 0;
        while (n < name.Length)
        {
            if (p < pattern.Length && (pattern[p] == '?' || (pattern[p] == name[n] && pattern[p] != '*')))
            {
                p++;
                n++;
            }
            else if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                restart = n;
            }
            else if (star >= 0)
            {
                p = star + 1;
                n = ++restart;
            }
            else
            {
                return false;
            }
        }

        return pattern[p..].IndexOfAnyExcept('*') < 0;
    }

    private static bool IsMatch(ReadOnlySpan<string> pattern, ReadOnlySpan<string> names)
    {
        if (pattern.IsEmpty) return names.IsEmpty;
        if (pattern[0] != "**") return !names.IsEmpty && IsNameMatch(pattern[0], names[0]) && IsMatch(pattern[1..], names[1..]);
        for (var skipped = 0; skipped <= names.Length; skipped++)
        {
            if (IsMatch(pattern[1..], names[skipped..])) return true;
        }

        return false;
    }

    private void Walk(string folder, int part, int depth, SortedSet<string> found, Action<string, string> onError)
    {
        if (part == _parts.Length || depth > MaxDepth + _parts.Length) return;
        var isLast = part == _parts.Length - 1;
        var pattern = _parts[part];
        if (pattern.AsSpan().IndexOfAny('*', '?') < 0)
        {
            var path = Path.Combine(folder, pattern);
            if (!isLast) Walk(path, part + 1, depth + 1, found, onError);
            else if (File.Exists(path)) found.Add(path);
            return;
        }

        var isDeep = pattern == "**";
        if (isDeep && !isLast) Walk(folder, part + 1, depth, found, onError);
        foreach (var entry in List(folder, onError))
        {
            var isFolder = entry is DirectoryInfo;
            if (isDeep)
            {
                if (isFolder && entry.LinkTarget is null) Walk(entry.FullName, part, depth + 1, found, onError);
                else if (!isFolder && isLast) found.Add(entry.FullName);
            }
            else if (IsNameMatch(pattern, entry.Name))
            {
                if (!isLast && isFolder) Walk(entry.FullName, part + 1, depth + 1, found, onError);
                else if (isLast && !isFolder) found.Add(entry.FullName);
            }
        }
    }

    private static List<FileSystemInfo> List(string folder, Action<string, string> onError)
    {
        try
        {
            var directory = new DirectoryInfo(folder);
            return directory.Exists ? [.. directory.EnumerateFileSystemInfos()] : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            onError(folder, e.Message);
            return [];
        }
    }
}
