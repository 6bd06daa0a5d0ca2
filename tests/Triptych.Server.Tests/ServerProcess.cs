using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Triptych.Testing;

namespace Triptych.Server.Tests;

/// <summary>The real program as a child process, on free ports of loopback and with a data directory of its own that goes when it is disposed.</summary>
public class ServerProcess : IAsyncDisposable
{
    // For a machine that does much else meanwhile.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly string[] PortSettings = ["UI", "PROMETHEUS", "LOKI", "TEMPO", "OTLP_GRPC", "OTLP_HTTP"];

    private readonly StringBuilder _error = new();
    private readonly StringBuilder _output = new();
    private readonly PortLease _ports = new(PortSettings.Length);
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);
    private Process? _process;

    public ServerProcess()
    {
        Folder = Directory.CreateTempSubdirectory("triptych-server-tests-").FullName;
        for (var i = 0; i < PortSettings.Length; i++) Set($"TRIPTYCH_LISTEN_{PortSettings[i]}_PORT", Ports[i].ToString(CultureInfo.InvariantCulture));
        Set("TRIPTYCH_DATA_DIR", DataDirectory);

        // What the program collects by itself, or counts from spans every now and then, would stand between what a test sent and what it counts.
        Set("TRIPTYCH_SCRAPE_SELF", "false");
        Set("TRIPTYCH_HOST_ENABLED", "false");
        CollectEvery("24h");
    }

    public string Folder { get; }

    public string DataDirectory => Path.Combine(Folder, "data");

    public IReadOnlyList<int> Ports => _ports.Ports;

    public int UiPort => Ports[0];

    public int PrometheusPort => Ports[1];

    public int LokiPort => Ports[2];

    public int TempoPort => Ports[3];

    public int OtlpGrpcPort => Ports[4];

    public int OtlpHttpPort => Ports[5];

    /// <summary>The variables that configure it.</summary>
    public IReadOnlyDictionary<string, string> Variables => _environment;

    /// <summary>What it wrote to standard error so far.</summary>
    public string Error
    {
        get
        {
            lock (_error) return _error.ToString();
        }
    }

    /// <summary>What a command that <see cref="Begin"/> started wrote so far.</summary>
    public string Output
    {
        get
        {
            lock (_output) return _output.ToString();
        }
    }

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>The most memory that was ever resident, in bytes.</summary>
    public long PeakResidentBytes => ReadStatus("VmHWM:");

    /// <summary>How often what is counted from spans is written, as the configuration has it.</summary>
    public ServerProcess CollectEvery(string interval) =>
        Set("TRIPTYCH_METRICS_GENERATOR_REGISTRY_COLLECTION_INTERVAL", interval).Set("TRIPTYCH_METRICS_GENERATOR_REGISTRY_STALE_DURATION", "24h");

    public ServerProcess Set(string variable, string value)
    {
        _environment[variable] = value;
        return this;
    }

    public void Unset(string variable) => _environment.Remove(variable);

    public Uri Url(int port, string path = "/") => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}{path}"));

    /// <summary>Starts and waits until every answer is complete.</summary>
    public Task StartAsync(params string[] arguments) => StartAsync("/-/ready", arguments);

    /// <summary>Starts and waits until it listens; it may still be replaying.</summary>
    public Task ListenAsync() => StartAsync("/-/healthy", []);

    private async Task StartAsync(string untilPath, string[] arguments)
    {
        Launch(arguments.Length == 0 ? ["serve"] : arguments);
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        var started = Stopwatch.StartNew();
        while (started.Elapsed < Patience)
        {
            if (!IsRunning) throw new InvalidOperationException($"the server ended with {_process!.ExitCode}: {Error}");
            try
            {
                using var answer = await client.GetAsync(Url(Ports.First(p => p > 0), untilPath));
                if (answer.StatusCode == HttpStatusCode.OK) return;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                // Not listening yet.
            }

            await Task.Delay(20);
        }

        throw new TimeoutException($"the server is not ready after {Patience.TotalSeconds} s: {Error}");
    }

    /// <summary>Runs a command to its end.</summary>
    public async Task<CommandResult> RunAsync(params string[] arguments)
    {
        var output = new StringBuilder();
        Launch(arguments, output);
        using var limit = new CancellationTokenSource(Patience);
        await _process!.WaitForExitAsync(limit.Token);
        return new CommandResult(_process.ExitCode, output.ToString(), Error);
    }

    /// <summary>Starts a command and leaves it running.</summary>
    public void Begin(params string[] arguments) => Launch(arguments, _output);

    /// <summary>Waits for the end of a command that <see cref="Begin"/> started; the exit code.</summary>
    public async Task<int> WaitAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        await _process!.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, then the exit code.</summary>
    public async Task<int> StopAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", _process!.Id.ToString(CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync();
        using var limit = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_process is not null)
        {
            if (IsRunning) _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        _ports.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private void Launch(IEnumerable<string> arguments, StringBuilder? output = null)
    {
        var start =
            new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = Folder };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "triptych.dll"));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in _environment) start.Environment[name] = value;
        lock (_error) _error.Clear();
        _process?.Dispose();
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) =>
        {
            if (output is null) return;
            lock (output) output.AppendLine(line.Data);
        };
        _process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null) return;
            lock (_error) _error.AppendLine(line.Data);
        };
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private long ReadStatus(string field)
    {
        var line = File.ReadLines($"/proc/{_process!.Id}/status").Single(l => l.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}

/// <summary>How a command ended.</summary>
public sealed record CommandResult(int ExitCode, string Output, string Error)
{
    /// <summary>Fails unless there is one line that holds the texts, on standard error, and nothing that looks like a stack trace.</summary>
    public void ShouldBeOneLine(int exitCode, params string[] texts)
    {
        ExitCode.ShouldBe(exitCode, Error);
        var lines = Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(1, Error);
        lines[0].ShouldNotContain("   at ");
        foreach (var text in texts) lines[0].ShouldContain(text);
    }
}
