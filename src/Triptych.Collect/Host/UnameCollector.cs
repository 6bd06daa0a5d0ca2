using System.Runtime.InteropServices;

namespace Triptych.Collect.Host;

/// <summary>The system's name and version, from <c>proc/sys/kernel</c>.</summary>
internal sealed class UnameCollector : IHostCollector
{
    public string Name => "uname";

    public void Collect(HostFiles files, HostWriter writer) =>
        writer.Gauge("node_uname_info", "Labeled system information as provided by the uname system call.").Sample(
            1,
            ("sysname", files.ReadText("proc/sys/kernel/ostype")),
            ("release", files.ReadText("proc/sys/kernel/osrelease")),
            ("version", files.ReadText("proc/sys/kernel/version")),
            ("machine", Machine()),
            ("nodename", files.ReadText("proc/sys/kernel/hostname")),
            ("domainname", files.ReadText("proc/sys/kernel/domainname")));

    private static string Machine() => RuntimeInformation.OSArchitecture switch
    {
        Architecture.X64 => "x86_64",
        Architecture.Arm64 => "aarch64",
        var other => other.ToString().ToLowerInvariant(),
    };
}
