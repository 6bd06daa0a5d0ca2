using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Headers;
using System.Threading.Channels;
using Triptych.Collect.Instruments;
using Triptych.Collect.Scrape;
using Triptych.Model.Append;
using Triptych.Model.Metrics;

namespace Triptych.Collect.Forward;

/// <summary>
/// Sends batches to one server by remote write v1, in their order, again and again where it is not there or says that it cannot take them
/// now. What waits is bounded; beyond that the oldest go, are counted and told of: samples are cumulative, so that later ones say what they
/// said.
/// </summary>
public sealed class RemoteWriteSender : IMetricForwarder, IAsyncDisposable
{
    private const int MaxWaiting = 64;
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_drainTime = TimeSpan.FromSeconds(2);
    private static readonly Meter s_meter = new("Triptych.Collect");
    private static readonly Counter<long> s_sent = s_meter.CreateCounter<long>(
        "triptych_remote_write_requests", "{request}", "Requests that servers took by remote write.");
    private static readonly Counter<long> s_lost = s_meter.CreateCounter<long>(
        "triptych_remote_write_lost_requests", "{request}", "Requests that servers refused, or that waited too long for one, by reason.");

    private readonly RemoteWriteOptions _options;
    private readonly string _name;
    private readonly RequestCredentials _credentials;
    private readonly ICollectEvents _events;
    private readonly TimeProvider _time;
    private readonly HttpClient _client;
    private readonly RemoteWriteEncoder _encoder;
    private readonly Channel<byte[]> _waiting;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    /// <summary>Begins to wait for batches.</summary>
    public RemoteWriteSender(RemoteWriteOptions options, ICollectEvents events, TimeProvider time)
    {
        _options = options;
        _name = options.Name.Length > 0 ? options.Name : new Uri(options.Url).Host;
        _credentials = new RequestCredentials(options.BasicAuth, options.Authorization);
        _events = events;
        _time = time;
        _client = HttpSource.CreateClient();
        _encoder = new RemoteWriteEncoder(options.SendExemplars, options.SendNativeHistograms);
        _waiting = Channel.CreateBounded<byte[]>(
            new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
            _ => Lose("queue_full", $"more than {MaxWaiting} requests wait for it"));
        _loop = Task.Run(LoopAsync);
    }

    /// <inheritdoc/>
    public void Offer(MetricBatch batch)
    {
        if (_encoder.Encode(batch) is { } body) _waiting.Writer.TryWrite(body);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_waiting.Writer.TryComplete()) return;
        _stop.CancelAfter(s_drainTime);
        await _loop;
        _stop.Dispose();
        _client.Dispose();
        _encoder.Dispose();
    }

    private async Task LoopAsync()
    {
        try
        {
            await foreach (var body in _waiting.Reader.ReadAllAsync(_stop.Token)) await SendAsync(body);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            while (_waiting.Reader.TryRead(out _)) Lose("stopped", "the program stops");
        }
    }

    private async Task SendAsync(byte[] body)
    {
        var pause = s_firstPause;
        while (true)
        {
            var (isDone, problem, wait) = await TryAsync(body);
            if (isDone)
            {
                if (problem is null) s_sent.Add(1, new KeyValuePair<string, object?>("remote", _name));
                else Lose("refused", problem);
                return;
            }

            _events.RemoteWriteFailed(_name, problem!);
            await Task.Delay(wait ?? pause, _time, _stop.Token);
            pause = pause * 2 > s_longestPause ? s_longestPause : pause * 2;
        }
    }

    private async Task<(bool IsDone, string? Problem, TimeSpan? Wait)> TryAsync(byte[] body)
    {
        using var late = new CancellationTokenSource(_options.RemoteTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _stop.Token);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, _options.Url) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
            request.Content.Headers.ContentEncoding.Add("snappy");
            request.Headers.TryAddWithoutValidation("X-Prometheus-Remote-Write-Version", "0.1.0");
            request.Headers.TryAddWithoutValidation("User-Agent", "Triptych/0.1");
            foreach (var (name, value) in _options.Headers) request.Headers.TryAddWithoutValidation(name, value);
            request.Headers.Authorization = await _credentials.ReadAsync(either.Token);
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (response.IsSuccessStatusCode) return (true, null, null);
            var problem = $"it answered with HTTP status {(int)response.StatusCode}";
            var comesAgain = (int)response.StatusCode >= 500 || response.StatusCode == HttpStatusCode.TooManyRequests;
            var wait = response.Headers.RetryAfter?.Delta is { } delta ? delta > s_longestPause ? s_longestPause : delta : (TimeSpan?)null;
            return (!comesAgain, problem, wait);
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            return (false, $"it did not answer within {_options.RemoteTimeout.TotalSeconds:0.###} s", null);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UnauthorizedAccessException)
        {
            return (false, e.InnerException is { } inner ? $"{e.Message} ({inner.Message})" : e.Message, null);
        }
    }

    private void Lose(string reason, string detail)
    {
        s_lost.Add(1, new("remote", _name), new("reason", reason));
        _events.RemoteWriteLost(_name, detail);
    }
}
