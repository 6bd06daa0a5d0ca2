namespace Triptych.Collect.Host;

/// <summary>Time of each processor by what it did, from <c>proc/stat</c> (in hundredths of a second).</summary>
internal sealed class CpuCollector : IHostCollector
{
    private const double TicksPerSecond = 100;
    private static readonly string[] Modes = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"];

    public string Name => "cpu";

    public void Collect(HostFiles files, HostWriter writer)
    {
        var stat = files.Read("proc/stat");
        writer.Counter("node_cpu_seconds_total", "Seconds the CPUs spent in each mode.");
        foreach (var isGuest in (ReadOnlySpan<bool>)[false, true])
        {
            if (isGuest) writer.Counter("node_cpu_guest_seconds_total", "Seconds the CPUs spent in guests (VMs) for each mode.");
            var rest = stat;
            while (HostFiles.TryReadLine(ref rest, out var line))
            {
                var word = HostFiles.ReadWord(ref line);
                if (!word.StartsWith("cpu"u8) || word.Length == 3) continue;
                var cpu = HostFiles.ToText(word[3..]);
                foreach (var mode in Modes)
                {
                    var seconds = HostFiles.ReadNumber(ref line) / TicksPerSecond;
                    if (!isGuest) writer.Sample(seconds, ("cpu", cpu), ("mode", mode));
                }

                if (!isGuest) continue;
                writer.Sample(HostFiles.ReadNumber(ref line) / TicksPerSecond, ("cpu", cpu), ("mode", "user"));
                writer.Sample(HostFiles.ReadNumber(ref line) / TicksPerSecond, ("cpu", cpu), ("mode", "nice"));
            }
        }
    }
}
