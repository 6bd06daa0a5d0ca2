using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using Amazon.S3;
using Triptych.Storage.ObjectStore.S3;

[assembly: AssemblyFixture(typeof(Triptych.S3.Tests.SmallCeph))]

namespace Triptych.S3.Tests;

/// <summary>Daemons of a cluster.</summary>
/// <param name="Monitors">Keep the map.</param>
/// <param name="Disks">Keep objects; each has all of them.</param>
/// <param name="Gateways">Speak S3, on ports next to one another.</param>
public sealed record CephSize(int Monitors, int Disks, int Gateways);

/// <summary>
/// A real Ceph cluster with S3 gateways on loopback, started by tests/ceph/start.sh and gone with its files when it is disposed, or when
/// this process ends in any other way.
/// </summary>
public class Ceph(CephSize size) : IAsyncLifetime
{
    private const string AdminKey = "testaccess";
    private const string AdminSecret = "test-secret-123";
    private static readonly string Scripts = Path.Combine(AppContext.BaseDirectory, "ceph");

    // Short: sockets below it have paths of at most 107 characters.
    private readonly string _root = $"/tmp/tc-{Guid.NewGuid().ToString("N")[..8]}";
    private int _names;

    /// <summary>Port of the first gateway.</summary>
    public int Port { get; private set; }

    public async ValueTask InitializeAsync()
    {
        foreach (var program in new[] { "ceph", "ceph-mon", "ceph-osd", "radosgw", "radosgw-admin" })
        {
            if (!Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, program))))
            {
                throw new InvalidOperationException(
                    $"'{program}' was not found: install Ceph with apt-get install -y --no-install-recommends ceph-mon ceph-osd radosgw ceph-common, as ./test does");
            }
        }

        // A gateway's port, the monitors' 100 above, the disks' 200 to 299 above: below the range from which the kernel takes others.
        for (var attempt = 1; ; attempt++)
        {
            Port = Random.Shared.Next(20_000, 32_000);
            if (!AreFree(Port, Port + 1, Port + 100, Port + 101, Port + 102, Port + 200, Port + 201)) continue;
            var (code, output) = await RunScriptAsync("start.sh");
            if (code == 0) break;
            await RunScriptAsync("stop.sh");
            if (attempt == 3) throw new InvalidOperationException($"the Ceph cluster did not start: {output}");
        }

        // Stops the cluster should this process be killed.
        using var watch = Start("setsid", ["bash", "-c", "while kill -0 $0 2>/dev/null; do sleep 1; done; exec \"$1\"", Text(Environment.ProcessId), Path.Combine(Scripts, "stop.sh")]);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await RunScriptAsync("stop.sh");
    }

    /// <summary>A user of its own, for what is done to users.</summary>
    public async Task<S3User> NewUserAsync()
    {
        var user = NewName("user");
        await AdminAsync("user", "create", $"--uid={user}", $"--display-name={user}", $"--access-key={user}-key", $"--secret-key={user}-secret");
        return new S3User(user, $"{user}-key", $"{user}-secret");
    }

    /// <summary>Options for a new bucket of the user that always is, or of another one.</summary>
    public async Task<S3Options> NewBucketAsync(S3User? owner = null)
    {
        var options = Options(NewName("bucket"), owner);
        using var client = new AmazonS3Client(
            new BasicAWSCredentials(options.AccessKey, options.SecretKey),
            new AmazonS3Config { ServiceURL = options.Endpoint.OriginalString, AuthenticationRegion = options.Region, ForcePathStyle = true });
        await client.PutBucketAsync(options.Bucket);
        return options;
    }

    /// <summary>Options for a bucket that need not be there.</summary>
    public S3Options Options(string bucket, S3User? owner = null) => new()
    {
        Endpoint = new Uri($"http://127.0.0.1:{Port}"),
        Bucket = bucket,
        AccessKey = owner?.AccessKey ?? AdminKey,
        SecretKey = owner?.SecretKey ?? AdminSecret,
        PartSizeBytes = 5 << 20,
        RetryDelay = TimeSpan.FromMilliseconds(20),
    };

    /// <summary>radosgw-admin with these arguments.</summary>
    public async Task AdminAsync(params string[] arguments)
    {
        var (code, output) = await RunAsync("radosgw-admin", ["-c", Path.Combine(_root, "ceph.conf"), .. arguments]);
        if (code != 0) throw new InvalidOperationException($"radosgw-admin {string.Join(' ', arguments)}: {output}");
    }

    /// <summary>kill -9 of a daemon, such as rgw.0 or osd.0.</summary>
    public async Task KillAsync(string daemon)
    {
        var id = File.ReadLines(Path.Combine(_root, "pids")).Last(l => l.EndsWith(" " + daemon, StringComparison.Ordinal)).Split(' ')[0];
        using var process = Process.GetProcessById(int.Parse(id, CultureInfo.InvariantCulture));
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>Starts a killed daemon again; it needs a moment until it answers.</summary>
    public async Task RestartAsync(string daemon)
    {
        var (code, output) = await RunScriptAsync("restart.sh", daemon);
        if (code != 0) throw new InvalidOperationException($"{daemon} did not start again: {output}");
    }

    private static bool AreFree(params int[] ports)
    {
        try
        {
            foreach (var port in ports)
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private string NewName(string kind) => $"{kind}{Text(Interlocked.Increment(ref _names))}";

    private Task<(int Code, string Output)> RunScriptAsync(string script, params string[] arguments) => RunAsync(Path.Combine(Scripts, script), arguments);

    private async Task<(int Code, string Output)> RunAsync(string program, IEnumerable<string> arguments)
    {
        // Daemons inherit what a script writes to, so its end is not the end of the pipe: into a file instead.
        var log = $"{_root}.{Guid.NewGuid():N}.out";
        using var process = Start("bash", ["-c", "out=$0; exec \"$@\" >\"$out\" 2>&1", log, program, .. arguments]);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await process.WaitForExitAsync(limit.Token);
        var output = await File.ReadAllTextAsync(log, limit.Token);
        File.Delete(log);
        return (process.ExitCode, output);
    }

    private Process Start(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        (string Name, string Value)[] environment =
        [
            ("ROOT", _root), ("PORT", Text(Port)), ("ACCESS_KEY", AdminKey), ("SECRET_KEY", AdminSecret), ("MONS", Text(size.Monitors)),
            ("OSDS", Text(size.Disks)), ("SIZE", Text(size.Disks)), ("RGWS", Text(size.Gateways)), ("OSD_GB", "5"),
        ];
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }
}

/// <summary>One of each daemon, for all tests; they run one after another, because some kill daemons.</summary>
public sealed class SmallCeph() : Ceph(new CephSize(1, 1, 1));

/// <summary>Who calls a gateway.</summary>
public sealed record S3User(string Name, string AccessKey, string SecretKey);

/// <summary>Keeps the tests of this assembly apart: they share one cluster.</summary>
[CollectionDefinition(Name)]
public sealed class OneAtATime
{
    public const string Name = "Ceph, one at a time";
}
