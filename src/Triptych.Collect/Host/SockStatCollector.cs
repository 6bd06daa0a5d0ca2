namespace Triptych.Collect.Host;

/// <summary>Sockets in use, from <c>proc/net/sockstat</c>. <c>mem</c> counts pages.</summary>
internal sealed class SockStatCollector : IHostCollector
{
    public string Name => "sockstat";

    public void Collect(HostFiles files, HostWriter writer)
    {
        var rest = files.Read("proc/net/sockstat");
        while (HostFiles.TryReadLine(ref rest, out var line))
        {
            var protocol = HostFiles.ToText(HostFiles.ReadWord(ref line).TrimEnd(":"u8));
            while (HostFiles.ReadWord(ref line) is { IsEmpty: false } word)
            {
                var field = HostFiles.ToText(word);
                var value = HostFiles.ReadNumber(ref line);
                writer.Gauge($"node_sockstat_{protocol}_{field}", $"Number of {protocol} sockets in state {field}.").Sample(value);
                if (field == "mem")
                    writer.Gauge($"node_sockstat_{protocol}_mem_bytes", $"Number of {protocol} sockets in state mem_bytes.")
                        .Sample(value * Environment.SystemPageSize);
            }
        }
    }
}
