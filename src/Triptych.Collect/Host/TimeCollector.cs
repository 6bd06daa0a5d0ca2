namespace Triptych.Collect.Host;

/// <summary>The system's time.</summary>
internal sealed class TimeCollector(TimeProvider time) : IHostCollector
{
    public string Name => "time";

    public void Collect(HostFiles files, HostWriter writer) =>
        writer.Gauge("node_time_seconds", "System time in seconds since epoch (1970).").Sample(time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0);
}
