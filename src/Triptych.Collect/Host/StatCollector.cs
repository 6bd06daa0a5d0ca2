namespace Triptych.Collect.Host;

/// <summary>Boot time, context switches, interrupts, forks and processes, from <c>proc/stat</c>.</summary>
internal sealed class StatCollector : IHostCollector
{
    public string Name => "stat";

    public void Collect(HostFiles files, HostWriter writer)
    {
        var rest = files.Read("proc/stat");
        while (HostFiles.TryReadLine(ref rest, out var line))
        {
            var word = HostFiles.ReadWord(ref line);
            var family = word switch
            {
                _ when word.SequenceEqual("btime"u8) => writer.Gauge("node_boot_time_seconds", "Node boot time, in unixtime."),
                _ when word.SequenceEqual("ctxt"u8) => writer.Counter("node_context_switches_total", "Total number of context switches."),
                _ when word.SequenceEqual("intr"u8) => writer.Counter("node_intr_total", "Total number of interrupts serviced."),
                _ when word.SequenceEqual("processes"u8) => writer.Counter("node_forks_total", "Total number of forks."),
                _ when word.SequenceEqual("procs_running"u8) => writer.Gauge("node_procs_running", "Number of processes in runnable state."),
                _ when word.SequenceEqual("procs_blocked"u8) => writer.Gauge("node_procs_blocked", "Number of processes blocked waiting for I/O to complete."),
                _ => null,
            };
            family?.Sample(HostFiles.ReadNumber(ref line));
        }
    }
}
