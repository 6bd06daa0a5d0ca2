using System.Text;
using Triptych.Collect.Host;
using Triptych.Ingest.Exposition;
using Triptych.Primitives.Binary;
using Triptych.Testing;

namespace Triptych.Collect.Tests.Host;

public sealed class HostSourceTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("host").FullName;
    private readonly SilentEvents _events = new();

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task Files_of_proc_become_node_exporters_series()
    {
        Write("proc/stat", "cpu  300 0 100 1000 0 0 0 0 0 0\ncpu0 150 2 50 500 1 0 3 0 7 0\nintr 99 1 2\nctxt 1234\nbtime 1700000000\nprocesses 55\nprocs_running 2\nprocs_blocked 0\n");
        Write("proc/loadavg", "0.50 1.25 2.00 1/234 5678\n");
        Write("proc/meminfo", "MemTotal:       1000 kB\nActive(anon):   2 kB\nHugePages_Total:       3\n");
        Write("proc/diskstats", "   8       0 sda 10 1 200 3000 20 2 400 5000 1 6000 7000\n   8       1 sda1 1 1 1 1 1 1 1 1 1 1 1\n");
        Write("proc/mounts", "/dev/sda1 / ext4 rw,relatime 0 0\nproc /proc proc rw 0 0\n/dev/sdb /mnt/my\\040disk xfs ro 0 0\n");
        Write("proc/net/dev", "Inter-|   Receive  |  Transmit\n face |bytes packets\n  eth0:1000 10 1 2 3 4 5 6 2000 20 7 8 9 10 11 12\n");
        Write("proc/sys/fs/file-nr", "992\t0\t1000000\n");
        Write("proc/vmstat", "nr_free_pages 5\npgfault 77\n");
        Write("proc/net/snmp", "Tcp: ActiveOpens MaxConn\nTcp: 5 -1\n");
        Write("proc/net/netstat", "TcpExt: SyncookiesSent ListenDrops\nTcpExt: 0 4\n");
        Write("proc/net/sockstat", "sockets: used 290\nTCP: inuse 4 mem 2\n");
        var text = await CollectAsync();
        var lines = text.Split('\n').ToHashSet();
        string[] expected =
        [
            "node_cpu_seconds_total{cpu=\"0\",mode=\"user\"} 1.5", "node_cpu_seconds_total{cpu=\"0\",mode=\"softirq\"} 0.03",
            "node_cpu_guest_seconds_total{cpu=\"0\",mode=\"user\"} 0.07",
            "node_boot_time_seconds 1700000000", "node_context_switches_total 1234", "node_intr_total 99", "node_load5 1.25",
            "node_memory_MemTotal_bytes 1024000", "node_memory_Active_anon_bytes 2048", "node_memory_HugePages_Total 3",
            "node_disk_read_bytes_total{device=\"sda\"} 102400", "node_disk_io_time_seconds_total{device=\"sda\"} 6",
            "node_network_receive_bytes_total{device=\"eth0\"} 1000", "node_network_transmit_carrier_total{device=\"eth0\"} 11",
            "node_filefd_allocated 992", "node_filefd_maximum 1000000", "node_vmstat_pgfault 77", "node_netstat_Tcp_MaxConn -1",
            "node_netstat_TcpExt_ListenDrops 4",
            "node_sockstat_sockets_used 290", "node_sockstat_TCP_inuse 4",
            "node_filesystem_size_bytes{device=\"/dev/sda1\",mountpoint=\"/\",fstype=\"ext4\",device_error=\"\"} 100",
            "node_filesystem_readonly{device=\"/dev/sdb\",mountpoint=\"/mnt/my disk\",fstype=\"xfs\",device_error=\"statvfs failed\"} 1",
            "node_scrape_collector_success{collector=\"cpu\"} 1", "node_scrape_collector_success{collector=\"pressure\"} 0",
        ];
        expected.Where(e => !lines.Contains(e)).ShouldBeEmpty();
        text.ShouldNotContain("sda1\"} 1");
        text.ShouldNotContain("mountpoint=\"/proc\"");
    }

    [Fact]
    public async Task A_collector_that_fails_half_way_writes_nothing_and_is_told_once()
    {
        Write("proc/loadavg", "0.5 x 2\n");
        using var source = Source();
        for (var i = 0; i < 2; i++)
        {
            using var body = new PooledBufferWriter();
            await source.FetchAsync(body, TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
            Encoding.UTF8.GetString(body.WrittenSpan).ShouldNotContain("node_load1");
        }

        _events.Told.Count(t => t == "collector loadavg").ShouldBe(1);
    }

    [Fact]
    public async Task This_host_gives_an_exposition_that_our_parser_reads()
    {
        using var source = new HostSource("/", TimeProvider.System, _events);
        using var body = new PooledBufferWriter();
        await source.FetchAsync(body, TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        var (samples, error) = Count(body.WrittenSpan);
        error.ShouldBeNull();
        samples.ShouldBeGreaterThan(50);
        var text = Encoding.UTF8.GetString(body.WrittenSpan);
        text.ShouldContain("node_uname_info{sysname=\"Linux\"");
        text.ShouldContain("node_filesystem_size_bytes{");
    }

    private static (int Samples, string? Error) Count(ReadOnlySpan<byte> body)
    {
        var parser = new ExpositionParser(body, ExpositionFormat.Prometheus);
        var samples = 0;
        while (parser.TryRead(out var item)) samples += item == ExpositionItem.Sample ? 1 : 0;
        return (samples, parser.Error);
    }

    private HostSource Source() =>
        new(_root, new ManualClock(), _events, path => path.EndsWith("disk", StringComparison.Ordinal) ? null : new FilesystemUsage(100, 50, 40, 10, 5));

    private async Task<string> CollectAsync()
    {
        using var source = Source();
        using var body = new PooledBufferWriter();
        await source.FetchAsync(body, TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(body.WrittenSpan);
    }

    private void Write(string path, string text)
    {
        var full = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
