namespace Triptych.Collect.Host;

/// <summary>Open files of the whole system, from <c>proc/sys/fs/file-nr</c>.</summary>
internal sealed class FileDescriptorCollector : IHostCollector
{
    public string Name => "filefd";

    public void Collect(HostFiles files, HostWriter writer)
    {
        var line = files.Read("proc/sys/fs/file-nr").TrimEnd("\n"u8);
        writer.Gauge("node_filefd_allocated", "File descriptor statistics: allocated.").Sample(HostFiles.ReadNumber(ref line));
        HostFiles.ReadWord(ref line);
        writer.Gauge("node_filefd_maximum", "File descriptor statistics: maximum.").Sample(HostFiles.ReadNumber(ref line));
    }
}
