namespace Triptych.Collect.Host;

/// <summary>How long tasks waited for CPU, memory and I/O, from <c>proc/pressure</c> (in microseconds). Kernels may be built without it.</summary>
internal sealed class PressureCollector : IHostCollector
{
    public string Name => "pressure";

    public void Collect(HostFiles files, HostWriter writer)
    {
        writer.Counter("node_pressure_cpu_waiting_seconds_total", "Total time in seconds that processes have waited for CPU time")
            .Sample(Read(files, "cpu", "some"u8));
        writer.Counter("node_pressure_io_waiting_seconds_total", "Total time in seconds that processes have waited due to IO congestion")
            .Sample(Read(files, "io", "some"u8));
        writer.Counter("node_pressure_io_stalled_seconds_total", "Total time in seconds no process could make progress due to IO congestion")
            .Sample(Read(files, "io", "full"u8));
        writer.Counter("node_pressure_memory_waiting_seconds_total", "Total time in seconds that processes have waited for memory")
            .Sample(Read(files, "memory", "some"u8));
        writer.Counter("node_pressure_memory_stalled_seconds_total", "Total time in seconds no process could make progress due to memory congestion")
            .Sample(Read(files, "memory", "full"u8));
    }

    private static double Read(HostFiles files, string resource, ReadOnlySpan<byte> kind)
    {
        var rest = files.Read($"proc/pressure/{resource}");
        while (HostFiles.TryReadLine(ref rest, out var line))
        {
            if (!line.StartsWith(kind)) continue;
            var at = line.LastIndexOf("total="u8);
            if (at >= 0) return HostFiles.ToNumber(line[(at + 6)..]) / 1e6;
        }

        throw new InvalidDataException($"proc/pressure/{resource} has no line of the kind {HostFiles.ToText(kind)}");
    }
}
