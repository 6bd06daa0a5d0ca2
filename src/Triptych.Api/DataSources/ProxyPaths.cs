namespace Triptych.Api.DataSources;

/// <summary>
/// Which paths of a data source may be asked for: those that read, and no other. A <c>*</c> stands for one part between slashes; POST is for the
/// questions that clients send as forms because they are long.
/// </summary>
internal static class ProxyPaths
{
    private const int MaxLength = 4096;

    private static readonly string[] Prometheus =
    [
        "POST api/v1/query", "POST api/v1/query_range", "POST api/v1/query_exemplars", "POST api/v1/series", "POST api/v1/labels",
        "GET api/v1/label/*/values", "GET api/v1/metadata", "GET api/v1/rules", "GET api/v1/alerts", "GET api/v1/targets",
        "POST api/v1/format_query", "POST api/v1/parse_query", "GET api/v1/status/buildinfo", "GET api/v1/status/tsdb",
    ];

    private static readonly string[] Loki =
    [
        "POST loki/api/v1/query", "POST loki/api/v1/query_range", "POST loki/api/v1/series", "POST loki/api/v1/labels", "POST loki/api/v1/label",
        "GET loki/api/v1/label/*/values", "POST loki/api/v1/index/stats", "POST loki/api/v1/index/volume", "POST loki/api/v1/index/volume_range",
        "GET loki/api/v1/patterns", "POST loki/api/v1/detected_labels", "POST loki/api/v1/detected_fields", "GET loki/api/v1/detected_field/*/values",
        "GET loki/api/v1/format_query", "GET loki/api/v1/status/buildinfo",
    ];

    private static readonly string[] Tempo =
    [
        "GET api/echo", "GET api/search", "GET api/search/tags", "GET api/search/tag/*/values", "GET api/v2/search/tags",
        "GET api/v2/search/tag/*/values", "GET api/traces/*", "GET api/v2/traces/*", "GET api/metrics/query", "GET api/metrics/query_range",
        "GET api/status/buildinfo",
    ];

    /// <summary>Why a request may not pass; null where it may.</summary>
    /// <param name="kind">What the data source speaks.</param>
    /// <param name="method">GET or POST; GET goes wherever POST does.</param>
    /// <param name="path">As the client wrote it, percent signs and all, without a slash before and without the query.</param>
    public static string? FindProblem(DataSourceKind kind, string method, string path)
    {
        if (path.Length > MaxLength) return $"the path is longer than {MaxLength} characters";
        var parts = path.Split('/');
        if (Array.Exists(parts, LeadsElsewhere)) return "the path has a part that leads elsewhere";
        var known = kind switch
        {
            DataSourceKind.Prometheus => Prometheus,
            DataSourceKind.Loki => Loki,
            DataSourceKind.Tempo => Tempo,
            _ => [],
        };
        return Array.Exists(known, one => Matches(one, method, parts)) ? null : $"{method} {path} is not a question that may be put to a data source";
    }

    private static bool Matches(string known, string method, string[] parts)
    {
        var space = known.IndexOf(' ', StringComparison.Ordinal);
        if (method != "GET" && method != known[..space]) return false;
        var wanted = known[(space + 1)..].Split('/');
        if (wanted.Length != parts.Length) return false;
        for (var i = 0; i < parts.Length; i++)
        {
            if (wanted[i] == "*" ? parts[i].Length == 0 : wanted[i] != parts[i]) return false;
        }

        return true;
    }

    // Names may hold escaped slashes, once or twice escaped; what they hold must not be a step up for the server that unescapes them.
    private static bool LeadsElsewhere(string part)
    {
        var text = part;
        for (var i = 0; i < 3; i++)
        {
            if (text.Any(static c => c is '\\' or '?' or '#' || char.IsControl(c)) && i == 0) return true;
            if (text.Split('/', '\\').Any(static one => one is "." or "..")) return true;
            text = Uri.UnescapeDataString(text);
        }

        return false;
    }
}
