using Microsoft.Extensions.Logging;
using Triptych.Api.DataSources;
using Triptych.Server.Configuration;

namespace Triptych.Server.DataSources;

/// <summary>Gathers the data sources of the configuration and of provisioned files, once, when the server starts.</summary>
internal sealed partial class DataSourceLoading(ILogger<DataSourceLoading> logger)
{
    private const int MaxSources = 500;

    /// <summary>All of them; those of the configuration come first, and of two with one uid the first stays.</summary>
    /// <exception cref="InvalidDataException">A file of a secret that the configuration names cannot be read.</exception>
    public DataSourceSet Load(DataSourcesConfig config, TimeProvider time)
    {
        var all = new Dictionary<string, DataSource>(StringComparer.Ordinal);
        foreach (var one in DataSourceMaking.FromConfig(config)) all[one.Uid] = one;
        if (config.ProvisioningDir.Length > 0)
        {
            foreach (var (file, one) in ReadFiles(config.ProvisioningDir))
            {
                if (all.Count >= MaxSources) Skipped(file, $"there are more than {MaxSources} data sources");
                else if (!all.TryAdd(one.Uid, one)) Skipped(file, $"another data source has the uid {one.Uid}");
            }
        }

        if (all.Count > 0) Loaded(all.Count, string.Join(", ", all.Values.Select(static one => one.Name)));
        var limits = new DataSourceLimits(config.Timeout, config.MaxAnswerSize.Bytes, config.MaxRows);
        return new DataSourceSet(all.Values, limits, time);
    }

    private List<(string File, DataSource Source)> ReadFiles(string directory)
    {
        var found = new List<(string File, DataSource Source)>();
        try
        {
            var files = Directory.EnumerateFiles(directory).Where(static path => Path.GetExtension(path) is ".yaml" or ".yml").Order(StringComparer.Ordinal);
            foreach (var file in files.ToList())
            {
                try
                {
                    var sources = ProvisionedDataSources.Read(File.ReadAllText(file), Environment.GetEnvironmentVariable, reason => Skipped(file, reason));
                    found.AddRange(sources.Select(one => (file, one)));
                }
                catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
                {
                    Skipped(file, e.Message.ReplaceLineEndings(" "));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Skipped(directory, e.Message.ReplaceLineEndings(" "));
        }

        return found;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} data sources: {Names}")]
    private partial void Loaded(int count, string names);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Data sources of {File} are left out: {Reason}")]
    private partial void Skipped(string file, string reason);
}
