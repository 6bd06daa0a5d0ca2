using System.Collections;
using System.Net;

namespace Triptych.Server.Configuration;

/// <summary>
/// Makes the configuration: defaults, over them the file, over it the environment, over it the command line; then checks what no single value shows.
/// </summary>
public static class ConfigLoader
{
    /// <summary>Loads and checks. A configuration with problems is returned too, but must not be used.</summary>
    /// <param name="file">The file, or null for none.</param>
    /// <param name="environment">The environment's variables.</param>
    public static (ServerConfig Config, IReadOnlyList<ConfigProblem> Problems) Load(string? file, IDictionary environment)
    {
        var config = new ServerConfig();
        if (file is null) return Finish(config, new ConfigBinder("configuration"), environment);
        string text;
        try
        {
            text = File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (config, [new ConfigProblem(file, 0, 0, $"cannot be read: {e.Message}")]);
        }

        var binder = new ConfigBinder(file);
        binder.Bind(text, config);
        return Finish(config, binder, environment);
    }

    private static (ServerConfig Config, IReadOnlyList<ConfigProblem> Problems) Finish(ServerConfig config, ConfigBinder binder, IDictionary environment)
    {
        binder.BindEnvironment(environment, config);
        return (config, [.. binder.Problems, .. Check(config)]);
    }

    private static IEnumerable<ConfigProblem> Check(ServerConfig config)
    {
        ConfigProblem Problem(string message) => new("configuration", 0, 0, message);

        var ports = ConfigNames.OptionsOf(typeof(ListenConfig)).Where(p => p.PropertyType == typeof(int))
            .Select(p => (Key: "listen." + ConfigNames.ToSnakeCase(p.Name), Port: (int)p.GetValue(config.Listen)!)).ToList();
        foreach (var (key, port) in ports)
        {
            if (port is < 0 or > 65535) yield return Problem($"{key} is {port}: a port is 1 to 65535, or 0 for none");
        }

        foreach (var group in ports.Where(p => p.Port > 0).GroupBy(p => p.Port).Where(g => g.Count() > 1))
        {
            yield return Problem($"port {group.Key} is set twice: {string.Join(" and ", group.Select(p => p.Key))}");
        }

        if (ports.All(p => p.Port == 0)) yield return Problem("every port under \"listen\" is 0: nothing to serve");
        if (!IPAddress.IsLoopback(config.Listen.Address) && config.Auth.Mode == AuthMode.Auto && !HasCredentials(config.Auth))
        {
            yield return Problem(
                $"listen.address {config.Listen.Address} can be reached from other hosts: set auth.token (or token_file), auth.username and password, or auth.mode: none");
        }

        if (config.Auth.Mode == AuthMode.Required && !HasCredentials(config.Auth))
        {
            yield return Problem("auth.mode is required, and neither auth.token, auth.token_file nor auth.username with a password is set");
        }

        if (config.Auth.Username is not null && config.Auth.Password is null && config.Auth.PasswordFile is null)
        {
            yield return Problem("auth.username is set without auth.password or auth.password_file");
        }

        foreach (var problem in CheckScrapeJobs(config)) yield return Problem(problem);
        for (var i = 0; i < config.Tail.Count; i++)
        {
            if (config.Tail[i].Paths.Count == 0 && config.Tail[i].Pm2 is null) yield return Problem($"tail[{i}] has neither paths nor pm2");
        }
    }

    private static IEnumerable<string> CheckScrapeJobs(ServerConfig config)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var job in config.ScrapeConfigs)
        {
            if (job.JobName.Length == 0) yield return "a scrape job has no job_name";
            else if (!names.Add(job.JobName)) yield return $"scrape job \"{job.JobName}\" is there twice";
            if (job.Scheme is not ("http" or "https")) yield return $"scrape job \"{job.JobName}\": scheme \"{job.Scheme}\" is neither http nor https";
            var interval = job.ScrapeInterval ?? config.Global.ScrapeInterval;
            if (interval <= TimeSpan.Zero) yield return $"scrape job \"{job.JobName}\": scrape_interval has to be positive";
            if (job.ScrapeTimeout > interval) yield return $"scrape job \"{job.JobName}\": scrape_timeout is longer than scrape_interval";
            if (job is { BasicAuth: not null, Authorization: not null }) yield return $"scrape job \"{job.JobName}\": basic_auth and authorization exclude each other";
        }
    }

    private static bool HasCredentials(AuthConfig auth) => auth.Token is not null || auth.TokenFile is not null || auth.Username is not null;
}
