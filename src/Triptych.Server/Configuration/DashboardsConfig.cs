using System.ComponentModel;

namespace Triptych.Server.Configuration;

/// <summary>Dashboards that come from files.</summary>
public sealed class DashboardsConfig
{
    /// <summary>Whether those that the program brings are there.</summary>
    [Description("Whether the dashboards that the program brings are there, in the folder Triptych.")]
    public bool ReadyMade { get; set; } = true;

    /// <summary>Where the files are named.</summary>
    [Description("A directory as Grafana's provisioning/dashboards: its *.yaml files name folders of dashboard files. Without such a file, every *.json below it is a dashboard, and directories are folders. They are shown beside the others and changed in the files alone, which are looked at again while the server runs.")]
    public string ProvisioningDir { get; set; } = "";
}
