using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Triptych.Collect.Scrape;

namespace Triptych.Server.Configuration;

/// <summary>What is wrong with <c>scrape_configs</c>.</summary>
internal static class ScrapeCheck
{
    private const int LongestShown = 100;

    /// <summary>Every problem, with the path of the option that it is about.</summary>
    public static IEnumerable<(string Path, string Message)> Find(ServerConfig config)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < config.ScrapeConfigs.Count; i++)
        {
            var path = $"scrape_configs[{i}]";
            var job = config.ScrapeConfigs[i];
            if (job.JobName.Length == 0) yield return ($"{path}.job_name", $"{path} has no job_name");
            else if (!names.Add(job.JobName)) yield return ($"{path}.job_name", $"job_name \"{job.JobName}\" is there twice");
            foreach (var (key, message) in CheckJob(job, config.Global).Concat(CheckTargets(job)))
            {
                yield return ($"{path}.{key}", $"scrape job \"{job.JobName}\": {message}");
            }
        }
    }

    private static IEnumerable<(string Key, string Message)> CheckJob(ScrapeJobOptions job, ScrapeGlobalOptions global)
    {
        if (job.Scheme is not ("http" or "https")) yield return ("scheme", $"scheme \"{job.Scheme}\" is neither http nor https");
        var interval = job.ScrapeInterval ?? global.ScrapeInterval;
        if (job.ScrapeInterval <= TimeSpan.Zero) yield return ("scrape_interval", "scrape_interval has to be more than 0");
        if (job.ScrapeTimeout <= TimeSpan.Zero) yield return ("scrape_timeout", "scrape_timeout has to be more than 0");
        if (job.ScrapeTimeout > interval) yield return ("scrape_timeout", "scrape_timeout is longer than scrape_interval");
        if (job is { BasicAuth: not null, Authorization: not null }) yield return ("authorization", "basic_auth and authorization exclude each other");
    }

    private static IEnumerable<(string Key, string Message)> CheckTargets(ScrapeJobOptions job)
    {
        for (var i = 0; i < job.StaticConfigs.Count; i++)
        {
            var targets = job.StaticConfigs[i].Targets;
            for (var j = 0; j < targets.Count; j++)
            {
                if (ProblemOf(targets[j]) is { } problem) yield return ($"static_configs[{i}].targets[{j}]", problem);
            }
        }
    }

    private static string? ProblemOf(string target)
    {
        if (target.Length == 0) return "a target is empty";
        if (IsAddress(target)) return null;

        // What holds an @ holds a user and perhaps a password, and a query may hold a token: neither is repeated.
        if (target.Contains('@', StringComparison.Ordinal)) return "a target is host:port; a user and a password go into basic_auth";
        if (target.Contains('?', StringComparison.Ordinal)) return "a target is host:port; the path goes into metrics_path, its parameters into params";
        var shown = target.Length > LongestShown || target.Any(char.IsControl) ? "a target" : $"the target \"{target}\"";
        var hint = target.Contains('/', StringComparison.Ordinal) ? "; the scheme goes into scheme, the path into metrics_path" : "";
        return $"{shown} is not host:port{hint}";
    }

    // The port may be left out, as in a Prometheus file: then it is the scheme's own.
    private static bool IsAddress(string target)
    {
        var end = target[0] == '[' ? target.IndexOf(']', StringComparison.Ordinal) + 1 : target.IndexOf(':', StringComparison.Ordinal);
        if (end < 0) end = target.Length;
        var (host, rest) = (target[..end], target[end..]);
        return IsHost(host) && (rest.Length == 0 || (rest[0] == ':' && IsPort(rest[1..]))) && Uri.TryCreate($"http://{target}/", UriKind.Absolute, out _);
    }

    private static bool IsHost(string host) => host.StartsWith('[')
        ? host.EndsWith(']') && IPAddress.TryParse(host.AsSpan(1, host.Length - 2), out var address) && address.AddressFamily == AddressFamily.InterNetworkV6
        : Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4;

    private static bool IsPort(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65535;
}
