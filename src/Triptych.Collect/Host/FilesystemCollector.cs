using System.Text.RegularExpressions;

namespace Triptych.Collect.Host;

/// <summary>
/// Filesystems, from <c>proc/1/mounts</c> (<c>proc/mounts</c> where that may not be read) and statvfs. Pseudo filesystems are left out as
/// node exporter does; network filesystems too, for one whose server is gone would hold up all metrics of the host.
/// </summary>
internal sealed class FilesystemCollector(Func<string, FilesystemUsage?> usageOf) : IHostCollector
{
    private static readonly Regex IgnoredMounts = new(
        "^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    private static readonly HashSet<string> IgnoredTypes = new(StringComparer.Ordinal)
    {
        "autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs", "fusectl", "hugetlbfs", "iso9660",
        "mqueue", "nsfs", "overlay", "proc", "procfs",
        "pstore", "rpc_pipefs", "securityfs", "selinuxfs", "squashfs", "erofs", "sysfs", "tracefs",
        "9p", "afs", "ceph", "cifs", "fuse.glusterfs", "fuse.sshfs", "nfs", "nfs4", "smb3", "smbfs",
    };

    public string Name => "filesystem";

    public void Collect(HostFiles files, HostWriter writer)
    {
        var mounts = ReadMounts(files);
        var usages = mounts.ConvertAll(m => usageOf(files.Below(m.Point)));
        Write(u => u.SizeBytes, "node_filesystem_size_bytes", "Filesystem size in bytes.");
        Write(u => u.FreeBytes, "node_filesystem_free_bytes", "Filesystem free space in bytes.");
        Write(u => u.AvailableBytes, "node_filesystem_avail_bytes", "Filesystem space available to non-root users in bytes.");
        Write(u => u.Files, "node_filesystem_files", "Filesystem total file nodes.");
        Write(u => u.FreeFiles, "node_filesystem_files_free", "Filesystem total free file nodes.");
        writer.Gauge("node_filesystem_readonly", "Filesystem read-only status.");
        for (var i = 0; i < mounts.Count; i++) Sample(mounts[i], mounts[i].IsReadOnly ? 1 : 0, usages[i] is null);
        writer.Gauge("node_filesystem_device_error", "Whether an error occurred while getting statistics for the given device.");
        for (var i = 0; i < mounts.Count; i++) Sample(mounts[i], usages[i] is null ? 1 : 0, usages[i] is null);

        void Write(Func<FilesystemUsage, double> field, string name, string help)
        {
            writer.Gauge(name, help);
            for (var i = 0; i < mounts.Count; i++)
            {
                if (usages[i] is { } usage) Sample(mounts[i], field(usage), isError: false);
            }
        }

        void Sample(Mount mount, double value, bool isError) => writer.Sample(
            value, ("device", mount.Device), ("mountpoint", mount.Point), ("fstype", mount.Type), ("device_error", isError ? "statvfs failed" : ""));
    }

    private static List<Mount> ReadMounts(HostFiles files)
    {
        var mounts = new List<Mount>();
        var seen = new HashSet<(string, string)>();
        ReadOnlySpan<byte> rest;
        try
        {
            rest = files.Read("proc/1/mounts");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            rest = files.Read("proc/mounts");
        }

        while (HostFiles.TryReadLine(ref rest, out var line))
        {
            var device = HostFiles.ToText(HostFiles.ReadWord(ref line));
            var point = Unescape(HostFiles.ToText(HostFiles.ReadWord(ref line)));
            var type = HostFiles.ToText(HostFiles.ReadWord(ref line));
            var options = HostFiles.ToText(HostFiles.ReadWord(ref line)).Split(',');
            var isRootOverlay = type == "overlay" && point == "/";
            if (point.Length == 0 || IgnoredMounts.IsMatch(point) || (IgnoredTypes.Contains(type) && !isRootOverlay) || !seen.Add((device, point))) continue;
            mounts.Add(new Mount(Unescape(device), point, type, options.Contains("ro")));
        }

        return mounts;
    }

    // The kernel writes space, tab, newline and backslash as three octal digits.
    private static string Unescape(string text) => !text.Contains('\\', StringComparison.Ordinal)
        ? text
        : text.Replace("\\040", " ", StringComparison.Ordinal).Replace("\\011", "\t", StringComparison.Ordinal).Replace("\\012", "\n", StringComparison.Ordinal)
            .Replace("\\134", "\\", StringComparison.Ordinal);

    private sealed record Mount(string Device, string Point, string Type, bool IsReadOnly);
}
