namespace Triptych.Collect.Host;

/// <summary>Load averages, from <c>proc/loadavg</c>.</summary>
internal sealed class LoadCollector : IHostCollector
{
    public string Name => "loadavg";

    public void Collect(HostFiles files, HostWriter writer)
    {
        var line = files.Read("proc/loadavg");
        writer.Gauge("node_load1", "1m load average.").Sample(HostFiles.ReadNumber(ref line));
        writer.Gauge("node_load5", "5m load average.").Sample(HostFiles.ReadNumber(ref line));
        writer.Gauge("node_load15", "15m load average.").Sample(HostFiles.ReadNumber(ref line));
    }
}
