using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Triptych.Api.Dashboards;

namespace Triptych.Server.Dashboards;

/// <summary>
/// Dashboards of files: the folders that the <c>*.yaml</c> files of a directory name, or, where it has none, the JSON files below it. They are read
/// anew when a file has changed, looked for at most every ten seconds and only when somebody asks. A file that cannot be read is left out and told of
/// once. Any thread may call.
/// </summary>
internal sealed class ProvisionedFiles(string directory, ProvisioningEvents events, TimeProvider time) : IProvisionedDashboards
{
    private const int MaxFiles = 2_000;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly IReadOnlyDictionary<string, ProvisionedDashboard> None = new Dictionary<string, ProvisionedDashboard>(StringComparer.Ordinal);

    private readonly Lock _gate = new();
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private IReadOnlyDictionary<string, ProvisionedDashboard> _current = None;
    private string _state = "";
    private DateTimeOffset _nextLook = DateTimeOffset.MinValue;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, ProvisionedDashboard> Current()
    {
        if (directory.Length == 0) return None;
        lock (_gate)
        {
            if (time.GetUtcNow() < _nextLook) return _current;
            _nextLook = time.GetUtcNow() + Interval;
            try
            {
                var files = FindFiles();
                var state = StateOf(files.Select(static file => file.Path).Concat(YamlFiles()));
                if (state == _state) return _current;
                _current = ReadAll(files);
                _state = state;
                events.Read(_current.Count, directory);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                TellOnce(directory, e.Message.ReplaceLineEndings(" "));
            }

            return _current;
        }
    }

    private sealed record FoundFile(string Path, string Root, ProvisioningProvider Provider);

    private IEnumerable<string> YamlFiles() => !Directory.Exists(directory)
        ? []
        : Directory.EnumerateFiles(directory).Where(static path => Path.GetExtension(path) is ".yaml" or ".yml").Order(StringComparer.Ordinal);

    private List<FoundFile> FindFiles()
    {
        var providers = new List<ProvisioningProvider>();
        var yamls = YamlFiles().ToList();
        foreach (var yaml in yamls)
        {
            try
            {
                providers.AddRange(ProvisioningProvider.Read(File.ReadAllText(yaml), directory));
            }
            catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
            {
                TellOnce(yaml, e.Message);
            }
        }

        if (yamls.Count == 0) providers.Add(new ProvisioningProvider("", "", "", directory, FoldersFromFiles: true));
        var found = new List<FoundFile>();
        foreach (var provider in providers)
        {
            var root = Path.GetFullPath(provider.Path);
            if (File.Exists(root))
            {
                found.Add(new FoundFile(root, Path.GetDirectoryName(root)!, provider));
                continue;
            }

            if (!Directory.Exists(root))
            {
                TellOnce(root, "there is no such directory");
                continue;
            }

            var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 8, IgnoreInaccessible = true };
            var paths = Directory.EnumerateFiles(root, "*.json", options).Order(StringComparer.Ordinal).Take(MaxFiles - found.Count + 1);
            found.AddRange(paths.Select(path => new FoundFile(path, root, provider)));
            if (found.Count > MaxFiles)
            {
                TellOnce(root, $"there are more than {MaxFiles} files");
                return found[..MaxFiles];
            }
        }

        return found;
    }

    private void TellOnce(string file, string reason)
    {
        if (_told.Count < MaxFiles && _told.Add(file + "\0" + reason)) events.Skipped(file, reason);
    }

    // Of the file itself where links lead to it: mounted configuration changes behind links that stay.
    private static FileInfo InfoOf(string path)
    {
        var file = new FileInfo(path);
        return file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
    }

    private static string StateOf(IEnumerable<string> paths)
    {
        var state = new StringBuilder();
        foreach (var path in paths)
        {
            var file = InfoOf(path);
            var (length, changed) = file.Exists ? (file.Length, file.LastWriteTimeUtc.Ticks) : (-1, 0);
            state.Append(path).Append('|').Append(length).Append('|').Append(changed).Append('\n');
        }

        return state.ToString();
    }

    private Dictionary<string, ProvisionedDashboard> ReadAll(List<FoundFile> files)
    {
        var made = new Dictionary<string, ProvisionedDashboard>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            try
            {
                if (ReadOne(file) is not { } dashboard) continue;
                if (!made.TryAdd(dashboard.Head.Uid, dashboard)) TellOnce(file.Path, $"another file has a dashboard of the uid {dashboard.Head.Uid}");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
            {
                TellOnce(file.Path, e.Message.ReplaceLineEndings(" "));
            }
        }

        return made;
    }

    private ProvisionedDashboard? ReadOne(FoundFile file)
    {
        var info = InfoOf(file.Path);
        if (info.Length > DashboardDocument.MaxBytes)
        {
            TellOnce(file.Path, $"it is larger than {DashboardDocument.MaxBytes} bytes");
            return null;
        }

        using var parsed = DashboardDocument.Parse(File.ReadAllBytes(file.Path));
        var root = parsed.RootElement;
        // What Grafana's API gives out has the dashboard inside.
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("dashboard", out var inner) && inner.ValueKind == JsonValueKind.Object) root = inner;
        var (document, problem) = DashboardDocument.Read(root);
        if (document is null)
        {
            TellOnce(file.Path, problem!);
            return null;
        }

        var relative = Path.GetRelativePath(file.Root, file.Path).Replace('\\', '/');
        var uid = document.Uid.Length > 0 ? document.Uid : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(relative)))[..14];
        var within = Path.GetDirectoryName(relative)?.Replace('\\', '/') ?? "";
        var folder = file.Provider.FoldersFromFiles ? within : file.Provider.Folder;
        var isNamed = file.Provider is { FoldersFromFiles: false, FolderUid.Length: > 0 };
        var folderUid = folder.Length == 0 ? "" : isNamed ? file.Provider.FolderUid : FolderUidOf(folder);
        var changedMs = new DateTimeOffset(info.LastWriteTimeUtc, TimeSpan.Zero).ToUnixTimeMilliseconds();
        var version = new DashboardVersion(Math.Max(1, document.Version), changedMs, "");
        var head = new DashboardHead(uid, document.Title, document.Tags, folderUid, changedMs, [version]);
        return new ProvisionedDashboard(head, folder, document.Write(uid, version.Number), relative);
    }

    private static string FolderUidOf(string title) => "f" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(title)))[..13];
}
