namespace Triptych.Collect.Host;

/// <summary>
/// Counters of the network protocols, from <c>proc/net/netstat</c> and <c>proc/net/snmp</c>, where a line of names is followed by one of
/// values; those that node exporter takes by default.
/// </summary>
internal sealed class NetStatCollector : IHostCollector
{
    private static readonly HashSet<string> Wanted = new(StringComparer.Ordinal)
    {
        "Tcp_ActiveOpens", "Tcp_PassiveOpens", "Tcp_CurrEstab", "Tcp_InErrs", "Tcp_InSegs", "Tcp_OutSegs", "Tcp_OutRsts", "Tcp_RetransSegs", "Tcp_MaxConn",
        "TcpExt_ListenDrops", "TcpExt_ListenOverflows", "TcpExt_SyncookiesFailed", "TcpExt_SyncookiesRecv", "TcpExt_SyncookiesSent",
        "TcpExt_TCPOFOQueue", "TcpExt_TCPRcvQDrop",
        "TcpExt_TCPSynRetrans", "TcpExt_TCPTimeouts",
        "Udp_InDatagrams", "Udp_OutDatagrams", "Udp_InErrors", "Udp_NoPorts", "Udp_RcvbufErrors", "Udp_SndbufErrors", "UdpLite_InErrors",
        "Icmp_InMsgs", "Icmp_OutMsgs", "Icmp_InErrors", "IpExt_InOctets", "IpExt_OutOctets", "Ip_Forwarding",
    };

    public string Name => "netstat";

    public void Collect(HostFiles files, HostWriter writer)
    {
        Collect(files.Read("proc/net/netstat"), writer);
        Collect(files.Read("proc/net/snmp"), writer);
    }

    private static void Collect(ReadOnlySpan<byte> rest, HostWriter writer)
    {
        while (HostFiles.TryReadLine(ref rest, out var names) && HostFiles.TryReadLine(ref rest, out var values))
        {
            var protocol = HostFiles.ToText(HostFiles.ReadWord(ref names).TrimEnd(":"u8));
            HostFiles.ReadWord(ref values);
            while (HostFiles.ReadWord(ref names) is { IsEmpty: false } name)
            {
                var field = $"{protocol}_{HostFiles.ToText(name)}";
                var value = HostFiles.ReadNumber(ref values);
                if (Wanted.Contains(field)) writer.Counter($"node_netstat_{field}", $"Statistic {field.Replace("_", "", StringComparison.Ordinal)}.").Sample(value);
            }
        }
    }
}
