namespace Triptych.Collect.Host;

/// <summary>Memory, from <c>proc/meminfo</c>: each line is a gauge, in bytes where the file has kB.</summary>
internal sealed class MemoryCollector : IHostCollector
{
    public string Name => "meminfo";

    public void Collect(HostFiles files, HostWriter writer)
    {
        var rest = files.Read("proc/meminfo");
        while (HostFiles.TryReadLine(ref rest, out var line))
        {
            var field = HostFiles.ToText(HostFiles.ReadWord(ref line).TrimEnd(":"u8));
            if (field.Length == 0) continue;
            var value = HostFiles.ReadNumber(ref line);
            var isKilobytes = HostFiles.ReadWord(ref line).SequenceEqual("kB"u8);
            var name = "node_memory_" + field.Replace('(', '_').Replace(")", "", StringComparison.Ordinal) + (isKilobytes ? "_bytes" : "");
            writer.Gauge(name, $"Memory information field {field}.").Sample(isKilobytes ? value * 1024 : value);
        }
    }
}
