using System.ComponentModel;

namespace Triptych.Collect.Host;

/// <summary>This host's own metrics.</summary>
public sealed class HostOptions
{
    /// <summary>Whether they are collected.</summary>
    [Description("Whether this host's CPU, memory, disk, filesystem, network and load are collected, under node exporter's names.")]
    public bool Enabled { get; set; } = true;

    /// <summary>How often.</summary>
    [Description("How often.")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The label job.</summary>
    [Description("The label job of the host's metrics.")]
    public string JobName { get; set; } = "node";
}
