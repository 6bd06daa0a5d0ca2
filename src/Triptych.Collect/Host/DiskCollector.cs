using System.Text.RegularExpressions;

namespace Triptych.Collect.Host;

/// <summary>Block devices, from <c>proc/diskstats</c>. Partitions, loop and RAM devices are left out, as node exporter does.</summary>
internal sealed class DiskCollector : IHostCollector
{
    private const double SectorBytes = 512;
    private static readonly Regex Ignored = new(
        @"^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    // In the order of the file's columns, from the fourth.
    private static readonly (string Name, bool IsCounter, double Scale, string Help)[] Columns =
    [
        ("node_disk_reads_completed_total", true, 1, "The total number of reads completed successfully."),
        ("node_disk_reads_merged_total", true, 1, "The total number of reads merged."),
        ("node_disk_read_bytes_total", true, SectorBytes, "The total number of bytes read successfully."),
        ("node_disk_read_time_seconds_total", true, 0.001, "The total number of seconds spent by all reads."),
        ("node_disk_writes_completed_total", true, 1, "The total number of writes completed successfully."),
        ("node_disk_writes_merged_total", true, 1, "The number of writes merged."),
        ("node_disk_written_bytes_total", true, SectorBytes, "The total number of bytes written successfully."),
        ("node_disk_write_time_seconds_total", true, 0.001, "This is the total number of seconds spent by all writes."),
        ("node_disk_io_now", false, 1, "The number of I/Os currently in progress."),
        ("node_disk_io_time_seconds_total", true, 0.001, "Total seconds spent doing I/Os."),
        ("node_disk_io_time_weighted_seconds_total", true, 0.001, "The weighted # of seconds spent doing I/Os."),
        ("node_disk_discards_completed_total", true, 1, "The total number of discards completed successfully."),
        ("node_disk_discards_merged_total", true, 1, "The total number of discards merged."),
        ("node_disk_discarded_sectors_total", true, 1, "The total number of sectors discarded successfully."),
        ("node_disk_discard_time_seconds_total", true, 0.001, "This is the total number of seconds spent by all discards."),
        ("node_disk_flush_requests_total", true, 1, "The total number of flush requests completed successfully"),
        ("node_disk_flush_requests_time_seconds_total", true, 0.001, "This is the total number of seconds spent by all flush requests."),
    ];

    public string Name => "diskstats";

    public void Collect(HostFiles files, HostWriter writer)
    {
        var devices = new List<(string Name, List<double> Values)>();
        var rest = files.Read("proc/diskstats");
        while (HostFiles.TryReadLine(ref rest, out var line))
        {
            HostFiles.ReadWord(ref line);
            HostFiles.ReadWord(ref line);
            var device = HostFiles.ToText(HostFiles.ReadWord(ref line));
            if (device.Length == 0 || Ignored.IsMatch(device)) continue;
            var values = new List<double>(Columns.Length);
            while (HostFiles.ReadWord(ref line) is { IsEmpty: false } word && values.Count < Columns.Length) values.Add(HostFiles.ToNumber(word));
            devices.Add((device, values));
        }

        for (var i = 0; i < Columns.Length; i++)
        {
            var column = Columns[i];
            if (!devices.Exists(d => d.Values.Count > i)) break;
            if (column.IsCounter) writer.Counter(column.Name, column.Help);
            else writer.Gauge(column.Name, column.Help);
            foreach (var (device, values) in devices)
            {
                if (values.Count > i) writer.Sample(values[i] * column.Scale, ("device", device));
            }
        }
    }
}
