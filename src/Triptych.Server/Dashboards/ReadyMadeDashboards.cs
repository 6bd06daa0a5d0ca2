using System.Text.Json;
using Triptych.Api.Dashboards;

namespace Triptych.Server.Dashboards;

/// <summary>
/// The dashboards that the program brings, in a folder of their own, beside those of files; a file's takes the place of one with the same uid. They are
/// part of the program: read once, at the start.
/// </summary>
internal sealed class ReadyMadeDashboards : IProvisionedDashboards
{
    /// <summary>The folder's uid.</summary>
    public const string FolderUid = "triptych";

    private const string FolderTitle = "Triptych";
    private const string Prefix = "Triptych.Server.Dashboards.Ready.";

    private readonly IProvisionedDashboards _files;
    private readonly IReadOnlyDictionary<string, ProvisionedDashboard> _own;
    private readonly Lock _gate = new();
    private IReadOnlyDictionary<string, ProvisionedDashboard>? _seen;
    private IReadOnlyDictionary<string, ProvisionedDashboard> _all;

    /// <summary>Puts them beside those of files.</summary>
    public ReadyMadeDashboards(IProvisionedDashboards files, TimeProvider time)
    {
        _files = files;
        _own = ReadOwn(time.GetUtcNow().ToUnixTimeMilliseconds());
        _all = _own;
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, ProvisionedDashboard> Current()
    {
        var files = _files.Current();
        lock (_gate)
        {
            if (ReferenceEquals(files, _seen)) return _all;
            var all = new Dictionary<string, ProvisionedDashboard>(_own, StringComparer.Ordinal);
            foreach (var (uid, dashboard) in files) all[uid] = dashboard;
            _seen = files;
            return _all = all;
        }
    }

    private static Dictionary<string, ProvisionedDashboard> ReadOwn(long nowUnixMs)
    {
        var assembly = typeof(ReadyMadeDashboards).Assembly;
        var made = new Dictionary<string, ProvisionedDashboard>(StringComparer.Ordinal);
        foreach (var name in assembly.GetManifestResourceNames().Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            using var parsed = JsonDocument.Parse(stream);
            var (document, problem) = DashboardDocument.Read(parsed.RootElement);
            if (document is null) throw new InvalidDataException($"{name}: {problem}");
            var version = new DashboardVersion(1, nowUnixMs, "");
            var head = new DashboardHead(document.Uid, document.Title, document.Tags, FolderUid, nowUnixMs, [version]);
            made.Add(document.Uid, new ProvisionedDashboard(head, FolderTitle, document.Write(document.Uid, version.Number), name[Prefix.Length..]));
        }

        return made;
    }
}
