using Triptych.Ingest.Labels;
using Triptych.Model.Labels;

namespace Triptych.Collect.Tail;

/// <summary>One entry of the configuration: which files, with which labels.</summary>
internal sealed class TailGroup
{
    private readonly TailOptions _options;
    private readonly string _hostName;
    private readonly List<GlobPattern> _paths;
    private readonly List<GlobPattern> _excluded;
    private readonly GlobPattern? _pm2;

    public TailGroup(TailOptions options, string hostName)
    {
        _options = options;
        _hostName = hostName;
        _paths = options.Paths.ConvertAll(p => new GlobPattern(p));
        _excluded = options.Exclude.ConvertAll(p => new GlobPattern(p));
        if (options.Pm2 is { } folder) _pm2 = new GlobPattern(Path.Combine(folder, "*.log"));
    }

    /// <summary>Whether files that are there at the start are read whole.</summary>
    public bool FromBeginning => _options.FromBeginning;

    /// <summary>The files that are there now.</summary>
    public IEnumerable<string> Find(Action<string, string> onError)
    {
        var found = _paths.SelectMany(p => p.Expand(onError));
        if (_pm2 is not null) found = found.Concat(_pm2.Expand(onError).Where(p => Pm2Names.AppOf(Path.GetFileName(p)) is not null));
        return found.Where(p => !_excluded.Exists(e => e.IsMatch(p)));
    }

    /// <summary>Whether a path is one of these files.</summary>
    public bool Covers(string path) =>
        (_paths.Exists(p => p.IsMatch(path)) || IsPm2(path)) && !_excluded.Exists(e => e.IsMatch(path));

    /// <summary>The canonical labels of a file's stream.</summary>
    public byte[] LabelsOf(string path)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["host"] = _hostName, ["filename"] = path };
        if (IsPm2(path)) labels["app"] = Pm2Names.AppOf(Path.GetFileName(path))!;
        foreach (var (name, value) in _options.Labels) labels[name] = value;
        labels["service_name"] = ServiceNames.Find(labels);
        return LabelSet.Encode(labels);
    }

    private bool IsPm2(string path) => _pm2?.IsMatch(path) == true && Pm2Names.AppOf(Path.GetFileName(path)) is not null;
}
