using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Triptych.Collect.Forward;
using Triptych.Collect.Scrape;
using Triptych.Ingest;
using Triptych.Ingest.RemoteWrite;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Compression;
using Triptych.Primitives.Memory;

namespace Triptych.Collect.Tests.Forward;

/// <summary>What a server gets by remote write, and what becomes of what it does not take.</summary>
public sealed class RemoteWriteSenderTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private readonly HttpListener _server = new();
    private readonly string _url;
    private readonly SilentEvents _events = new();
    private readonly ConcurrentQueue<(string Headers, byte[] Body)> _got = new();
    private readonly ConcurrentQueue<HttpStatusCode> _answers = new();

    public RemoteWriteSenderTests()
    {
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            _url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/");
        }

        _server.Prefixes.Add(_url);
        _server.Start();
        _ = Task.Run(ServeAsync);
    }

    public void Dispose() => _server.Close();

    [Fact]
    public async Task A_server_gets_samples_exemplars_and_histograms_as_they_are()
    {
        await using var sender = Sender(new RemoteWriteOptions { SendExemplars = true, SendNativeHistograms = true });
        using var batch = Batch();
        sender.Offer(batch);
        var (headers, body) = await GotAsync(1);
        headers.ShouldContain("Content-Encoding=snappy");
        headers.ShouldContain("Content-Type=application/x-protobuf");
        headers.ShouldContain("X-Prometheus-Remote-Write-Version=0.1.0");
        headers.ShouldContain("X-Own=yes");
        headers.ShouldContain("Authorization=Bearer secret");

        using var decoded = Decode(body);
        Texts(decoded).ShouldBe(
            ["{__name__=\"calls\",service=\"shop\"} 1000=0 2000=5", "{__name__=\"calls\",service=\"cart\"} 2000=7", "{__name__=\"latency\"} h2000=3"]);
        decoded.Exemplars.Length.ShouldBe(1);
        decoded.Exemplars[0].Value.ShouldBe(0.5);
        var histogram = decoded.Histograms.ShouldHaveSingleItem().Histogram;
        histogram.PositiveBuckets.ShouldBe([1, 2]);
        histogram.Sum.ShouldBe(4.5);
        histogram.PositiveSpans.ShouldBe([new BucketSpan(-3, 2)]);
    }

    [Fact]
    public async Task What_was_not_asked_for_is_left_out()
    {
        await using var sender = Sender(new RemoteWriteOptions());
        using var batch = Batch();
        sender.Offer(batch);
        using var decoded = Decode((await GotAsync(1)).Body);
        decoded.Exemplars.Length.ShouldBe(0);
        decoded.Histograms.ShouldBeEmpty();
        decoded.Series.Length.ShouldBe(2, "a series without samples is none");
    }

    [Fact]
    public async Task What_a_server_cannot_take_now_comes_again_in_its_order()
    {
        foreach (var status in new[] { HttpStatusCode.ServiceUnavailable, HttpStatusCode.TooManyRequests, HttpStatusCode.OK, HttpStatusCode.OK })
        {
            _answers.Enqueue(status);
        }
        await using var sender = Sender(new RemoteWriteOptions());
        for (var i = 1; i <= 2; i++)
        {
            using var batch = new MetricBatch(MemoryBudget.Unlimited("test"));
            batch.AddSeries("\u0008__name__\u0001b"u8);
            batch.AddSample(i, i);
            sender.Offer(batch);
        }

        await GotAsync(4);
        _got.Select(g => Texts(Decode(g.Body)).Single()).ShouldBe(
            ["{__name__=\"b\"} 1=1", "{__name__=\"b\"} 1=1", "{__name__=\"b\"} 1=1", "{__name__=\"b\"} 2=2"]);
        _events.Told.ShouldContain(static t => t.Contains("503", StringComparison.Ordinal));
        _events.Told.ShouldNotContain(static t => t.Contains("lost", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_server_refuses_is_told_of_and_the_next_goes_on()
    {
        _answers.Enqueue(HttpStatusCode.BadRequest);
        await using var sender = Sender(new RemoteWriteOptions());
        using var batch = Batch();
        sender.Offer(batch);
        sender.Offer(batch);
        await GotAsync(2);
        await sender.DisposeAsync();
        _got.Count.ShouldBe(2);
        _events.Told.ShouldHaveSingleItem().ShouldContain("lost: it answered with HTTP status 400");
    }

    [Theory]
    [InlineData("", "url")]
    [InlineData("ftp://x/", "url")]
    [InlineData("http://user:secret@x/", "user")]
    public void Options_that_cannot_be_are_told_without_a_secret(string url, string about)
    {
        var problem = new RemoteWriteOptions { Url = url }.FindProblem();
        problem.ShouldNotBeNull().ShouldContain(about);
        problem.ShouldNotContain("secret");
        new RemoteWriteOptions { Url = "http://x/write" }.FindProblem().ShouldBeNull();
    }

    private static MetricBatch Batch()
    {
        var batch = new MetricBatch(MemoryBudget.Unlimited("test"));
        batch.AddSeries("\u0008__name__\u0005calls\u0007service\u0004shop"u8);
        batch.AddSample(1_000, 0);
        batch.AddSample(2_000, 5);
        batch.AddExemplar(2_000, 0.5, "\u0007traceID\u0002ab"u8);
        batch.AddSeries("\u0008__name__\u0005calls\u0007service\u0004cart"u8);
        batch.AddSample(2_000, 7);
        batch.AddSeries("\u0008__name__\u0007latency"u8);
        batch.AddHistogram(2_000, new FloatHistogram { Schema = 3, Count = 3, Sum = 4.5, PositiveSpans = [new BucketSpan(-3, 2)], PositiveBuckets = [1, 2] });
        return batch;
    }

    private static MetricBatch Decode(byte[] body)
    {
        Snappy.TryDecompress(body, 1 << 20, null, out var plain).ShouldBe(CodecStatus.Done);
        using (plain)
        {
            var batch = new MetricBatch(MemoryBudget.Unlimited("test"));
            var outcome = new DecodeOutcome();
            RemoteWriteV1Decoder.Decode(plain!.Span, batch, outcome);
            outcome.Error.ShouldBeNull();
            outcome.Refused.ShouldBe(0);
            return batch;
        }
    }

    private static List<string> Texts(MetricBatch batch)
    {
        var texts = new List<string>();
        var writer = new LabelSetWriter();
        for (var s = 0; s < batch.Series.Length; s++)
        {
            batch.ReadLabels(batch.Series[s], writer, out var labels).ShouldBeNull();
            var text = new StringBuilder("{");
            var reader = new LabelSetReader(labels);
            while (reader.TryRead(out var name, out var value))
                text.Append(text.Length > 1 ? "," : "").Append(Encoding.UTF8.GetString(name)).Append("=\"").Append(Encoding.UTF8.GetString(value)).Append('"');
            text.Append('}');
            foreach (var sample in batch.Samples)
            {
                if (sample.Series == s) text.Append(CultureInfo.InvariantCulture, $" {sample.TimestampMs}={sample.Value}");
            }

            foreach (var histogram in batch.Histograms.Where(h => h.Series == s))
            {
                text.Append(CultureInfo.InvariantCulture, $" h{histogram.TimestampMs}={histogram.Histogram.Count}");
            }
            texts.Add(text.ToString());
        }

        return texts;
    }

    private RemoteWriteSender Sender(RemoteWriteOptions options)
    {
        options.Url = _url + "write";
        options.Headers["X-Own"] = "yes";
        options.Authorization = new AuthorizationOptions { Credentials = "secret" };
        return new RemoteWriteSender(options, _events, TimeProvider.System);
    }

    private async Task<(string Headers, byte[] Body)> GotAsync(int count)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (_got.Count < count) await Task.Delay(5, limit.Token);
        return _got.Last();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (_server.IsListening)
            {
                var context = await _server.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                context.Response.StatusCode = (int)(_answers.TryDequeue(out var status) ? status : HttpStatusCode.NoContent);
                _got.Enqueue((string.Join('\n', context.Request.Headers.AllKeys.Select(k => $"{k}={context.Request.Headers[k]}")), body.ToArray()));
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
