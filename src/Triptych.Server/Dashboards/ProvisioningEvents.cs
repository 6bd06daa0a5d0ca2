using Microsoft.Extensions.Logging;

namespace Triptych.Server.Dashboards;

/// <summary>What there is to tell about dashboards that come from files.</summary>
internal sealed partial class ProvisioningEvents(ILogger<ProvisioningEvents> logger)
{
    /// <summary>The files were read anew.</summary>
    public void Read(int dashboards, string directory) => FilesRead(dashboards, directory);

    /// <summary>A file is left out.</summary>
    public void Skipped(string file, string reason) => FileSkipped(file, reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Dashboards} dashboards from {Directory}")]
    private partial void FilesRead(int dashboards, string directory);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Dashboards of {File} are left out: {Reason}")]
    private partial void FileSkipped(string file, string reason);
}
