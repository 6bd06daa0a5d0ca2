namespace Triptych.Collect.Host;

/// <summary>Traffic of network devices, from <c>proc/net/dev</c>.</summary>
internal sealed class NetworkCollector : IHostCollector
{
    private static readonly string[] Columns =
    [
        "receive_bytes", "receive_packets", "receive_errs", "receive_drop", "receive_fifo", "receive_frame", "receive_compressed", "receive_multicast",
        "transmit_bytes", "transmit_packets", "transmit_errs", "transmit_drop", "transmit_fifo", "transmit_colls", "transmit_carrier", "transmit_compressed",
    ];

    public string Name => "netdev";

    public void Collect(HostFiles files, HostWriter writer)
    {
        var devices = new List<(string Name, double[] Values)>();
        var rest = files.Read("proc/net/dev");
        while (HostFiles.TryReadLine(ref rest, out var line))
        {
            // A large first number stands directly behind the colon.
            var colon = line.LastIndexOf((byte)':');
            if (colon < 0) continue;
            var device = HostFiles.ToText(line[..colon].Trim(" "u8));
            line = line[(colon + 1)..];
            var values = new double[Columns.Length];
            for (var i = 0; i < values.Length; i++) values[i] = HostFiles.ReadNumber(ref line);
            devices.Add((device, values));
        }

        for (var i = 0; i < Columns.Length; i++)
        {
            writer.Counter($"node_network_{Columns[i]}_total", $"Network device statistic {Columns[i]}.");
            foreach (var (device, values) in devices) writer.Sample(values[i], ("device", device));
        }
    }
}
