namespace Triptych.Collect.Host;

/// <summary>Paging, from <c>proc/vmstat</c>: the fields that node exporter takes by default.</summary>
internal sealed class VmStatCollector : IHostCollector
{
    public string Name => "vmstat";

    public void Collect(HostFiles files, HostWriter writer)
    {
        var rest = files.Read("proc/vmstat");
        while (HostFiles.TryReadLine(ref rest, out var line))
        {
            var field = HostFiles.ReadWord(ref line);
            if (!field.StartsWith("oom_kill"u8) && !field.StartsWith("pgpg"u8) && !field.StartsWith("pswp"u8)
                && !(field.StartsWith("pg"u8) && field.EndsWith("fault"u8)))
            {
                continue;
            }
            var name = HostFiles.ToText(field);
            writer.Counter($"node_vmstat_{name}", $"/proc/vmstat information field {name}.").Sample(HostFiles.ReadNumber(ref line));
        }
    }
}
