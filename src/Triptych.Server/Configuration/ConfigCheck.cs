using System.Net;
using System.Text;
using Triptych.Ingest.LokiPush;
using Triptych.Metrics;

namespace Triptych.Server.Configuration;

/// <summary>What is wrong with a configuration whose values are each of their type: bounds, and options that do not go together.</summary>
internal static class ConfigCheck
{
    /// <summary>Every problem, with the path of the option that it is about.</summary>
    public static IEnumerable<(string Path, string Message)> Find(ServerConfig config) =>
    [
        .. CheckListen(config), .. CheckAuth(config.Auth), .. CheckBounds(config), .. StorageCheck.Find(config.Storage),
        .. config.Storage.TraceSampling.FindProblems(),
        .. MetastoreCheck.Find(config.Storage.Metastore), .. ObjectStoreCheck.Find(config.Storage.ObjectStore),
        .. ObjectStoreCheck.Find(config.Backup), .. ScrapeCheck.Find(config),
        .. CheckTail(config), .. config.Metrics.FindProblems(), .. config.Logs.FindProblems(), .. config.MetricsGenerator.FindProblems(),
        .. config.Links.FindProblems(), .. config.DataSources.FindProblems(),
    ];

    private static IEnumerable<(string Path, string Message)> CheckListen(ServerConfig config)
    {
        var ports = ConfigNames.OptionsOf(typeof(ListenConfig)).Where(p => p.PropertyType == typeof(int))
            .Select(p => (Key: "listen." + ConfigNames.ToSnakeCase(p.Name), Port: (int)p.GetValue(config.Listen)!)).ToList();
        foreach (var (key, port) in ports)
        {
            if (port is < 0 or > 65535) yield return (key, $"{key} is {port}: a port is 1 to 65535, or 0 for none");
        }

        foreach (var group in ports.Where(p => p.Port > 0).GroupBy(p => p.Port).Where(g => g.Count() > 1))
        {
            yield return (group.Last().Key, $"port {group.Key} is set twice: {string.Join(" and ", group.Select(p => p.Key))}");
        }

        if (ports.All(p => p.Port == 0)) yield return ("listen", "every port under \"listen\" is 0: nothing to serve");
        if (!IPAddress.IsLoopback(config.Listen.Address) && config.Auth.Mode == AuthMode.Auto && !HasCredentials(config.Auth))
        {
            yield return (
                "listen.address",
                $"listen.address {config.Listen.Address} can be reached from other hosts: set auth.token (or token_file), auth.username and password, or auth.mode: none");
        }
    }

    private static IEnumerable<(string Path, string Message)> CheckAuth(AuthConfig auth)
    {
        if (auth.Mode == AuthMode.Required && !HasCredentials(auth))
        {
            yield return ("auth.mode", "auth.mode is required, and neither auth.token, auth.token_file nor auth.username with a password is set");
        }

        // A variable that was meant to hold a secret and is empty would let everyone in who shows nothing.
        if (auth.Token is not null && auth.Token.Trim().Length == 0) yield return ("auth.token", "auth.token is empty");
        if (auth.Username?.Length == 0) yield return ("auth.username", "auth.username is empty");
        if (auth.Password?.Length == 0) yield return ("auth.password", "auth.password is empty");
        if (auth.Username?.Contains(':', StringComparison.Ordinal) == true)
        {
            yield return ("auth.username", "auth.username holds a colon, which basic authentication cannot carry");
        }
        var hasPassword = auth.Password is not null || auth.PasswordFile is not null;
        if (auth.Username is not null && !hasPassword) yield return ("auth.username", "auth.username is set without auth.password or auth.password_file");
        if (auth.Username is null && hasPassword) yield return ("auth.password", "auth.password or auth.password_file is set without auth.username");
    }

    private static IEnumerable<(string Path, string Message)> CheckBounds(ServerConfig config)
    {
        var (ingest, storage, query) = (config.Ingest, config.Storage, config.Query);
        if (config.DataDir.Length == 0) yield return ("data_dir", "data_dir is empty");
        (string Path, ByteSize Size)[] sizes =
        [
            ("ingest.max_bytes_in_flight", ingest.MaxBytesInFlight), ("ingest.max_body_size", ingest.MaxBodySize),
            ("ingest.max_compressed_size", ingest.MaxCompressedSize),
            ("storage.flush_size", storage.FlushSize), ("storage.max_head_memory", storage.MaxHeadMemory), ("query.max_memory", query.MaxMemory),
        ];
        foreach (var (path, size) in sizes)
        {
            if (size.Bytes <= 0) yield return (path, $"{path} has to be more than 0");
        }

        if (query.MaxTotalMemory.Bytes != 0 && query.MaxTotalMemory.Bytes < query.MaxMemory.Bytes)
        {
            yield return ("query.max_total_memory", "query.max_total_memory is less than query.max_memory, which one query may take");
        }

        if (ingest.MaxActiveSeries is < 0 or > MetricStoreOptions.MostActiveSeries)
        {
            yield return ("ingest.max_active_series", $"ingest.max_active_series has to be between 0 and {MetricStoreOptions.MostActiveSeries}");
        }

        if (ingest.MaxBodySize.Bytes > int.MaxValue) yield return ("ingest.max_body_size", "ingest.max_body_size has to be less than 2GiB");
        if (ingest.MaxBodySize.Bytes > ingest.MaxBytesInFlight.Bytes / 2)
        {
            yield return ("ingest.max_body_size", "ingest.max_body_size is more than half of ingest.max_bytes_in_flight, within which a body is decompressed and decoded");
        }

        (string Path, TimeSpan Time)[] times =
        [
            ("ingest.max_age", ingest.MaxAge), ("storage.metrics_flush_age", storage.MetricsFlushAge), ("storage.logs_flush_age", storage.LogsFlushAge),
            ("storage.traces_flush_age", storage.TracesFlushAge), ("query.timeout", query.Timeout), ("global.scrape_interval", config.Global.ScrapeInterval),
            ("global.scrape_timeout", config.Global.ScrapeTimeout), ("host.interval", config.Host.Interval),
        ];
        foreach (var (path, time) in times)
        {
            if (time <= TimeSpan.Zero) yield return (path, $"{path} has to be more than 0");
        }

        if (query.ReplayWait < TimeSpan.Zero) yield return ("query.replay_wait", "query.replay_wait has to be at least 0");
        var tail = query.LogTail;
        if (tail.MaxConcurrent < 1) yield return ("query.log_tail.max_concurrent", "query.log_tail.max_concurrent has to be at least 1");
        if (tail.MaxDuration <= TimeSpan.Zero) yield return ("query.log_tail.max_duration", "query.log_tail.max_duration has to be more than 0");
        if (tail.MaxQueue.Bytes is < LogTailConfig.SmallestQueueBytes or > LogTailConfig.LargestQueueBytes)
            yield return ("query.log_tail.max_queue", "query.log_tail.max_queue has to be at least 64KiB and at most 1GiB");
        if (query.MaxConcurrent < 1) yield return ("query.max_concurrent", "query.max_concurrent has to be at least 1");
        if (query.MaxSamples < 1) yield return ("query.max_samples", "query.max_samples has to be at least 1");
    }

    private static IEnumerable<(string Path, string Message)> CheckTail(ServerConfig config)
    {
        for (var i = 0; i < config.Tail.Count; i++)
        {
            if (config.Tail[i].Paths.Count == 0 && config.Tail[i].Pm2 is null) yield return ($"tail[{i}]", $"tail[{i}] has neither paths nor pm2");

            // The names that a pushed stream may have: no other could be asked for.
            foreach (var name in config.Tail[i].Labels.Keys.Where(n => !LokiPushDecoder.IsLabelName(Encoding.UTF8.GetBytes(n))))
            {
                var shown = name.Any(char.IsControl) ? "a name" : $"\"{name}\"";
                yield return (
                    $"tail[{i}].labels.{name}",
                    $"{shown} in tail[{i}].labels is no label name: letters, digits, _ and :, not beginning with a digit");
            }
        }
    }

    private static bool HasCredentials(AuthConfig auth) => auth.Token is not null || auth.TokenFile is not null || auth.Username is not null;
}
