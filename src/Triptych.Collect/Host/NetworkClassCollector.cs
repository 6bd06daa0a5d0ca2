using System.Globalization;

namespace Triptych.Collect.Host;

/// <summary>State of network devices, from <c>sys/class/net</c>. A device that is down has no carrier and no speed to read.</summary>
internal sealed class NetworkClassCollector : IHostCollector
{
    public string Name => "netclass";

    public void Collect(HostFiles files, HostWriter writer)
    {
        var devices = files.List("sys/class/net").Where(d => files.Exists($"sys/class/net/{d}/operstate")).ToList();
        writer.Gauge("node_network_up", "Value is 1 if operstate is 'up', 0 otherwise.");
        foreach (var device in devices) writer.Sample(files.ReadText($"sys/class/net/{device}/operstate") == "up" ? 1 : 0, ("device", device));
        Write("node_network_carrier", "Network device property: carrier", "carrier", 1);
        Write("node_network_mtu_bytes", "Network device property: mtu_bytes", "mtu", 1);

        // The file has Mbit/s, and -1 where the driver does not know.
        Write("node_network_speed_bytes", "Network device property: speed_bytes", "speed", 1_000_000 / 8.0);

        void Write(string name, string help, string file, double scale)
        {
            writer.Gauge(name, help);
            foreach (var device in devices)
            {
                if (TryRead(files, $"sys/class/net/{device}/{file}", out var value) && value >= 0) writer.Sample(value * scale, ("device", device));
            }
        }
    }

    private static bool TryRead(HostFiles files, string path, out double value)
    {
        value = 0;
        try
        {
            return double.TryParse(files.ReadText(path), NumberStyles.Float, CultureInfo.InvariantCulture, out value);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
