using System.Diagnostics;
using Triptych.Server.Configuration;
using Triptych.Server.Hosting;

namespace Triptych.Server.Tests.Storage;

/// <summary>
/// The whole program within the test, over what another one left behind: <see cref="Then"/> ago a sample, a line and a span in blocks, others
/// of <see cref="Now"/> in write-ahead logs, one of <see cref="Late"/> with them. It listens, and its replay is held at a gate.
/// </summary>
internal sealed class ReplayingServer : IAsyncDisposable
{
    public const string Service = "replayed";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private readonly CancellationTokenSource _stop = new();
    private readonly GatedDisk _disk = new();
    private readonly ServerProcess _ports;
    private Task<int> _run = Task.FromResult(0);

    private ReplayingServer(ServerProcess ports, DateTimeOffset now)
    {
        _ports = ports;
        Now = now;
    }

    public DateTimeOffset Now { get; }

    public DateTimeOffset Late => Now - TimeSpan.FromHours(3);

    /// <summary>When the late sample's exemplar was.</summary>
    public DateTimeOffset ExemplarAt => Now - TimeSpan.FromHours(5);

    public DateTimeOffset Then => Now - TimeSpan.FromHours(8);

    public Uri Prometheus(string path) => _ports.Url(_ports.PrometheusPort, path);

    public Uri Loki(string path) => _ports.Url(_ports.LokiPort, path);

    public Uri Tempo(string path) => _ports.Url(_ports.TempoPort, path);

    public Uri Ui(string path) => _ports.Url(_ports.UiPort, path);

    public static byte[] TraceOf(byte number) => [.. Enumerable.Repeat(number, 16)];

    public static async Task<ReplayingServer> StartAsync(string replayWait)
    {
        var process = new ServerProcess();
        var server = new ReplayingServer(process, TimeProvider.System.GetUtcNow());
        await server.FillAsync();
        process.Set("TRIPTYCH_QUERY_REPLAY_WAIT", replayWait);
        process.Set("TRIPTYCH_QUERY_TIMEOUT", "1h");
        var (config, problems) = ConfigLoader.LoadForServer(null, process.Variables.ToDictionary());
        problems.ShouldBeEmpty();
        server._run = Task.Run(() => new ServerApp(config, server._disk, TimeProvider.System).RunAsync(server._stop.Token));
        await server.WhenAsync("/-/healthy");
        return server;
    }

    /// <summary>Lets replay go on.</summary>
    public void OpenGate() => _disk.Open();

    public Task WhenReadyAsync() => WhenAsync("/-/ready");

    public async ValueTask DisposeAsync()
    {
        _disk.Open();
        await _stop.CancelAsync();
        await _run;
        _stop.Dispose();
        _disk.Dispose();
        await _ports.DisposeAsync();
    }

    private async Task FillAsync()
    {
        await _ports.StartAsync();
        await SendAsync(Then, 1, exemplarAt: null);
        (await _ports.StopAsync()).ShouldBe(0, _ports.Error);
        await _ports.StartAsync();
        await SendAsync(Late, 2, ExemplarAt);
        await SendAsync(Now, 3, exemplarAt: null);
        await _ports.KillAsync();
    }

    private async Task SendAsync(DateTimeOffset at, byte number, DateTimeOffset? exemplarAt)
    {
        var samples = Wire.SnappyBlock(Bodies.RemoteWriteAt("replayed_gauge", at, number, exemplarAt));
        await PostAsync(_ports.PrometheusPort, "/api/v1/write", samples, "snappy");
        await PostAsync(_ports.OtlpHttpPort, "/v1/logs", Bodies.LogAt(Service, at, $"line {number}"), null);
        await PostAsync(_ports.OtlpHttpPort, "/v1/traces", Bodies.TraceAt(Service, at, TraceOf(number)), null);
    }

    private async Task PostAsync(int port, string path, byte[] body, string? encoding)
    {
        var answer = await Wire.PostAsync(_ports.Url(port, path), body, Wire.Protobuf, encoding);
        answer.Status.ShouldBeOneOf([200, 204], answer.Text);
    }

    private async Task WhenAsync(string path)
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < Patience; await Task.Delay(20))
        {
            if (_run.IsCompleted) await _run;
            try
            {
                if ((await Wire.GetAsync(Ui(path))).Status == 200) return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
        }

        throw new TimeoutException($"{path} does not answer 200");
    }
}
