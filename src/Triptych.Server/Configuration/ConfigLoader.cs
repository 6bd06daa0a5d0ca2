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
    public static (ServerConfig Config, IReadOnlyList<ConfigProblem> Problems) Load(string? file, IDictionary environment)
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
        return (config, [.. binder.Problems, .. ConfigCheck.Find(config).Select(p => binder.ProblemAt(p.Path, p.Message))]);
    }
}
