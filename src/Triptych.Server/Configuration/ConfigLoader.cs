using System.Collections;

namespace Triptych.Server.Configuration;

/// <summary>
/// Makes the configuration: defaults, over them the file, over it the environment, over it the command line; then checks what no single value shows.
/// </summary>
public static class ConfigLoader
{
    /// <summary>Loads and checks. A configuration with problems is returned too, but must not be used.</summary>
    /// <param name="file">The file, or null for none.</param>
    /// <param name="environment">The environment's variables.</param>
    public static (ServerConfig Config, IReadOnlyList<ConfigProblem> Problems) Load(string? file, IDictionary environment) =>
        Load(file, environment, _ => []);

    /// <summary>As <see cref="Load(string?, IDictionary)"/>; checks too whether this host has the files that the server's start reads.</summary>
    /// <param name="file">The file, or null for none.</param>
    /// <param name="environment">The environment's variables.</param>
    public static (ServerConfig Config, IReadOnlyList<ConfigProblem> Problems) LoadForServer(string? file, IDictionary environment) =>
        Load(file, environment, SecretFileCheck.Find);

    private static (ServerConfig Config, IReadOnlyList<ConfigProblem> Problems) Load(
        string? file, IDictionary environment, Func<ServerConfig, IEnumerable<(string Path, string Message)>> checkHost)
    {
        var config = new ServerConfig();
        var binder = new ConfigBinder(file ?? "configuration");
        if (file is not null)
        {
            try
            {
                binder.Bind(File.ReadAllText(file), config);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                return (config, [new ConfigProblem(file, 0, 0, $"cannot be read: {e.Message}")]);
            }
        }

        binder.BindEnvironment(environment, config);
        var wrong = ConfigCheck.Find(config).Select(p => binder.ProblemAt(p.Path, p.Message));
        var missing = checkHost(config).Select(p => binder.ProblemAt(p.Path, p.Message) with { IsOfHost = true });
        return (config, [.. binder.Problems, .. UnknownVariables.Find(environment, binder.Variables), .. wrong, .. missing]);
    }
}
